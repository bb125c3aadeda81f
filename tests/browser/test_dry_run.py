"""Before a network that is in use goes, Ann sees what that breaks and has to say that she means it."""

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import Account
from tests.browser.windows import Windows
from tests.server import Gatehouse, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server]

DATASETS = "/api/v1/datasets"


def test_what_would_break_is_shown_and_asked_about(server: Gatehouse, windows: Windows, account: Account) -> None:
    for network in ("127.0.0.0/30", "127.0.0.8/30"):
        server.manage("ipsubnet", "create", "--team", account.slug, network)
    key = server.key(account.slug)["key"]
    assert server.get(DATASETS, key=key, address="127.0.0.9").status == 200
    others = ("ipsubnet", "dry-run", "--team", account.slug, "--only", "127.0.0.0/30")
    wait_until(lambda: server.manage(*others, check=False).returncode == 1, "the request was not counted", seconds=20)

    page = windows.open(server, account, account.page)
    page.get_by_role("link", name="Dry run").click()
    page.get_by_label("Proposed networks").fill("127.0.0.0/30")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#forecast tbody tr").filter(has_text="127.0.0.9")).to_be_visible()

    page.goto(account.page)
    page.get_by_role("link", name="Delete 127.0.0.8/30").click()
    dialog = page.get_by_role("dialog", name="Delete IP subnet")
    expect(dialog.get_by_role("row").filter(has_text="127.0.0.9")).to_be_visible()
    dialog.get_by_role("button", name="Delete network").click()
    expect(dialog.get_by_text("Tick this if these requests may be refused.")).to_be_visible()
    assert server.get(DATASETS, key=key, address="127.0.0.9").status == 200
    dialog.get_by_label("Remove it although").check()
    dialog.get_by_role("button", name="Delete network").click()
    expect(page.get_by_role("status").filter(has_text="Removed 127.0.0.8/30.")).to_be_attached()
    assert server.get(DATASETS, key=key, address="127.0.0.9").status == 403
