"""What dialogs and toasts do while somebody works with them, and when something goes wrong."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import Account, fill, new_account
from tests.browser.windows import Windows, sign_in
from tests.server import Gatehouse, gatehouse

pytestmark = [pytest.mark.browser, pytest.mark.server]
on_sqlite = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@on_sqlite
def test_errors_stand_beside_their_field_and_keep_what_was_typed(
    server: Gatehouse, windows: Windows, shared_account: Account
) -> None:
    fill(server, shared_account, "make_key(team, ann, 'Taken-Name')")
    page = windows.open(server, shared_account, shared_account.page)
    page.locator("#generate-key").click()
    dialog = page.get_by_role("dialog", name="Generate New API Key")
    dialog.get_by_label("Key Name").fill("Taken-Name")
    dialog.get_by_label("Expiration Period").select_option("30 days")
    dialog.get_by_label("Rate limit").fill("120")
    dialog.get_by_role("button", name="Generate").click()

    name = dialog.get_by_label("Key Name")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description(re.compile("already"))
    expect(name).to_have_value("Taken-Name")
    expect(dialog.get_by_label("Expiration Period")).to_have_value("30")
    expect(dialog.get_by_label("Rate limit")).to_have_value("120")
    name.fill("Free-Name")
    dialog.get_by_role("button", name="Generate").click()
    expect(page.get_by_label("Key of Free-Name")).to_be_visible()


@on_sqlite
def test_a_proposed_network_is_one_press_away(server: Gatehouse, windows: Windows, shared_account: Account) -> None:
    page = windows.open(server, shared_account, shared_account.page)
    page.locator("#create-subnet").click()
    dialog = page.get_by_role("dialog", name="Create New IP Subnet")
    dialog.get_by_label("IP address or network").fill("203.0.113.77/25")
    dialog.get_by_label("Label").fill("Backup site")
    dialog.get_by_label("IP address or network").press("Enter")
    expect(dialog.get_by_text("203.0.113.77/25 has host bits set.")).to_be_visible()
    expect(dialog.get_by_label("Label")).to_have_value("Backup site")
    dialog.get_by_role("button", name="Use 203.0.113.0/25").click()
    expect(dialog).to_be_hidden()
    row = page.locator("#networks-list tbody tr").filter(has_text="203.0.113.0/25")
    expect(row).to_contain_text("Backup site")


@on_sqlite
def test_toasts_are_seen_and_heard(server: Gatehouse, windows: Windows, account: Account) -> None:
    page = windows.open(server, account, account.page)
    page.locator("#add-current").click()
    toast = page.locator(".toast").filter(has_text="Added your address 127.0.0.1/32.")
    expect(toast).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("Added your address 127.0.0.1/32.")
    expect(page.locator("#announcer")).to_have_attribute("aria-live", "polite")
    toast.get_by_role("button", name="Dismiss").click()
    expect(toast).to_have_count(0)


@on_sqlite
def test_what_is_said_while_a_dialog_is_open_is_said_in_the_dialog(
    server: Gatehouse, windows: Windows, account: Account
) -> None:
    """Everything outside of a modal dialog is inert: no screen reader would tell of it, no press would reach it."""
    page = windows.open(server, account, account.page)
    page.locator("#generate-key").click()
    page.get_by_label("Key Name").fill("Told-In-Place")
    page.get_by_role("button", name="Generate", exact=True).click()
    dialog = page.get_by_role("dialog", name="Your new API key")
    dialog.get_by_role("button", name="Add my current IP").click()
    expect(dialog.locator("#announcer")).to_have_text("Added your address 127.0.0.1/32.")
    expect(dialog.get_by_text("403 IP address not allowed")).to_be_hidden()
    dialog.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".toast")).to_have_count(0)
    dialog.get_by_role("button", name="Copy", exact=True).click()
    dialog.get_by_role("link", name="Done").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("body > #announcer")).to_have_count(1)


@on_sqlite
def test_a_double_click_on_generate_creates_one_key(server: Gatehouse, windows: Windows, account: Account) -> None:
    page = windows.open(server, account, account.page)
    page.locator("#generate-key").click()
    page.get_by_label("Key Name").fill("Clicked-Twice")
    page.get_by_role("button", name="Generate", exact=True).dblclick()
    expect(page.get_by_label("Key of Clicked-Twice")).to_be_visible()
    assert [key["name"] for key in server.manage_json("apikey", "list", "--team", account.slug)] == ["Clicked-Twice"]


@pytest.fixture
def doomed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatehouse]:
    """A server that the test may take away."""
    with gatehouse(tmp_path_factory.mktemp("doomed"), "sqlite") as running:
        yield running


def test_a_server_that_is_gone_is_told_and_nothing_typed_is_lost(doomed: Gatehouse, windows: Windows) -> None:
    account = new_account(doomed)
    page = windows.open(doomed, account, account.page)
    page.locator("#generate-key").click()
    dialog = page.get_by_role("dialog", name="Generate New API Key")
    dialog.get_by_label("Key Name").fill("Typed-With-Care")
    doomed.stop()

    windows.expect_complaint("net::ERR_CONNECTION_REFUSED")
    windows.expect_complaint("htmx:afterRequest")
    windows.expect_complaint("htmx:sendError")
    dialog.get_by_role("button", name="Generate").click()
    expect(dialog.locator("#announcer")).to_have_text(re.compile("The server cannot be reached. Nothing was changed"))
    expect(dialog.locator(".toast")).to_be_visible()
    expect(dialog.get_by_label("Key Name")).to_have_value("Typed-With-Care")
    expect(dialog.get_by_role("button", name="Generate")).to_be_enabled()
    dialog.get_by_role("button", name="Dismiss").click()

    doomed.start()
    dialog.get_by_role("button", name="Generate").click()
    expect(page.get_by_label("Key of Typed-With-Care")).to_be_visible()


@on_sqlite
def test_what_somebody_else_has_deleted_meanwhile_is_told(
    server: Gatehouse, windows: Windows, account: Account
) -> None:
    key_id = fill(server, account, "print(make_key(team, ann, 'Gone-Meanwhile').apikey.pk)")
    page = windows.open(server, account, account.page)
    server.manage("apikey", "delete", key_id)
    page.get_by_role("button", name="More actions for Gone-Meanwhile").click()
    page.get_by_role("link", name="Revoke…").click()
    expect(page.locator("#announcer")).to_have_text("The key “Gone-Meanwhile” has been deleted already.")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name="No keys yet")).to_be_visible()


@on_sqlite
def test_whoever_was_signed_out_meanwhile_signs_in_and_comes_back(
    server: Gatehouse, windows: Windows, account: Account
) -> None:
    page = windows.open(server, account, account.page)
    page.context.clear_cookies(name="gatehouse_session")
    page.locator("#generate-key").click()
    sign_in(page, account)
    expect(page).to_have_url(account.page)
    expect(page.get_by_role("dialog")).to_have_count(0)
