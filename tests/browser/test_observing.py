"""Ann lets the team only observe: a call from elsewhere passes and is listed, until she enforces the networks again."""

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import Account
from tests.browser.windows import Windows
from tests.server import Gatehouse

pytestmark = [pytest.mark.browser, pytest.mark.server]

DATASETS = "/api/v1/datasets"


def test_observe_and_enforce(server: Gatehouse, windows: Windows, account: Account) -> None:
    key = server.key(account.slug)["key"]
    assert server.get(DATASETS, key=key, address="127.0.0.9").status == 403
    page = windows.open(server, account, f"/teams/{account.slug}/settings/")
    page.get_by_role("link", name="Observe only…").click()
    dialog = page.get_by_role("dialog", name="Observe only")
    dialog.get_by_label("For how long").select_option("For 3 days")
    dialog.get_by_role("button", name="Observe only").click()
    expect(page.get_by_text("only observes: its keys work from every address")).to_be_visible()
    for path in (DATASETS, "/authz"):
        assert server.get(path, key=key, address="127.0.0.9").status in {200, 204}
    page.goto(account.page)
    expect(page.locator("#refused-list tbody tr").filter(has_text="observed")).to_be_visible()

    page.get_by_role("link", name="Enforce now…").click()
    page.get_by_role("dialog").get_by_role("button", name="Enforce").click()
    expect(page.get_by_role("status").filter(has_text="The networks are binding again.")).to_be_attached()
    expect(page.get_by_text("only observes: its keys work from every address")).to_have_count(0)
    for path in (DATASETS, "/authz"):
        assert server.get(path, key=key, address="127.0.0.9").status == 403
