"""Copy in the list of keys: straight to the clipboard, and never into the page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import Account, fill
from tests.browser.windows import Windows, clipboard, confirm_it_is_you
from tests.server import Gatehouse

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.parametrize("server", ["sqlite"], indirect=True),
]


def test_a_key_without_a_sealed_copy_gives_its_public_id(
    server: Gatehouse, windows: Windows, shared_account: Account
) -> None:
    key_id = fill(server, shared_account, "print(make_key(team, ann, 'Shown-Once').apikey.pk)")
    page = windows.open(server, shared_account, shared_account.page)
    page.get_by_role("button", name="Copy Shown-Once").click()
    expect(page.locator("#announcer")).to_have_text(
        "Copied the key ID of “Shown-Once”. The key itself was shown only once."
    )
    assert clipboard(page) == key_id
    expect(page.get_by_role("button", name="Copy Shown-Once")).to_be_focused()


def test_a_sealed_copy_goes_to_the_clipboard_once_the_person_is_sure_to_be_there(
    server: Gatehouse, windows: Windows, account: Account
) -> None:
    key = fill(
        server,
        account,
        "print(make_key(team, ann, 'Kept-Sealed', sealed=True).text); list_network(team, '127.0.0.1')",
    )
    windows.expect_complaint("status of 401")  # where the last sign-in is too long ago, the page asks first
    page = windows.open(server, account, f"/accounts/reauthenticate/?next={account.page}")
    confirm_it_is_you(page, account)
    page.get_by_role("button", name="Copy Kept-Sealed").click()
    expect(page.locator("#announcer")).to_have_text(re.compile("Copied the key “Kept-Sealed”"))
    copied = clipboard(page)
    assert copied == key
    assert copied not in page.content()
    assert server.get("/api/v1/datasets", key=copied).status == 200
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text(f"{account.email} copied key Kept-Sealed from its sealed copy")).to_be_visible()
