"""A call is refused; Ann sees it appear, allows the address with one click, and the next call passes."""

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import Account
from tests.browser.windows import Windows
from tests.server import Gatehouse

pytestmark = [pytest.mark.browser, pytest.mark.server]

DATASETS = "/api/v1/datasets"
WITHIN = 10_000
"""Milliseconds from the refusal to its row on a page that is open."""


def test_a_refused_call_appears_is_allowed_and_passes(server: Gatehouse, windows: Windows, account: Account) -> None:
    key = server.key(account.slug)["key"]
    page = windows.open(server, account, account.page)
    expect(page.get_by_role("heading", name="Nothing to look into")).to_be_visible()

    refused = server.get(DATASETS, key=key, address="127.0.0.9")
    assert (refused.status, refused.json()["code"]) == (403, "ip_not_allowed")
    row = page.locator("#refused-list tbody tr").filter(has_text="127.0.0.9")
    expect(row).to_be_visible(timeout=WITHIN)

    row.get_by_role("button", name="Allow 127.0.0.9 for 8 hours").click()
    expect(page.get_by_role("status").filter(has_text="Added 127.0.0.9/32")).to_be_attached()
    assert server.get(DATASETS, key=key, address="127.0.0.9").status == 200
    expect(row).to_have_count(0)
    expect(page.locator("#networks-list tbody tr").filter(has_text="127.0.0.9/32")).to_be_visible()

    page.goto(f"/teams/{account.slug}/refusals/explain/?request_id={refused.json()['request_id']}")
    expect(page.get_by_text("The address is in 127.0.0.9/32 (Allowed for Backtesting-Alpha-Bot).")).to_be_visible()
