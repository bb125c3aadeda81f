"""Passkeys, with Chromium's virtual authenticator: made, signed in with, renamed, removed."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accounts import Account
from tests.browser.windows import Windows
from tests.identity.browsing import Device, confirm_with_password, is_at, sign_in, sign_out
from tests.identity.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.server]


def add_passkey(page: Page, account: Account, name: str) -> None:
    page.goto("/settings/security/")
    page.get_by_role("link", name="Add a passkey").click()
    confirm_with_password(page, account)
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


@pytest.fixture
def page(site: Site, windows: Windows, account: Account) -> Page:
    page = windows.open(site)
    sign_in(page, account)
    page.wait_for_url("**/authorization/")
    return page


def test_signing_in_with_a_passkey_alone(page: Page, account: Account) -> None:
    device = Device(page)
    add_passkey(page, account, "Ann’s laptop")
    (credential,) = device.credentials
    assert (credential["isResidentCredential"], credential["rpId"]) == (True, "localhost")
    page.goto("/settings/security/")
    expect(page.get_by_role("heading", name="Ann’s laptop")).to_be_visible()
    expect(page.get_by_text("Passkey, signs you in alone.")).to_be_visible()

    sign_out(page)
    page.goto("/accounts/login/?next=/settings/profile/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/settings/profile/")
    expect(page.get_by_role("button", name=f"Account of {account.email}")).to_be_visible()


def test_a_passkey_proves_it_again(page: Page, account: Account) -> None:
    Device(page)
    add_passkey(page, account, "Laptop")
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/authorization/")
    page.goto("/accounts/2fa/recovery-codes/")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def test_a_security_key_as_the_second_step(page: Page, account: Account) -> None:
    device = Device(page, resident=False)
    page.goto("/settings/security/")
    page.get_by_role("link", name="Add a passkey").click()
    confirm_with_password(page, account)
    page.get_by_role("textbox", name="Name").fill("Blue key")
    page.get_by_label("Sign in with it alone").uncheck()
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert [credential["isResidentCredential"] for credential in device.credentials] == [False]
    sign_out(page)
    sign_in(page, account)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/authorization/")
    page.goto("/settings/security/")
    expect(page.get_by_text("Security key, the second step after the password.")).to_be_visible()


def test_a_key_without_room_says_so(page: Page, account: Account) -> None:
    """And leaves the form as it was."""
    Device(page, resident=False)
    page.goto("/accounts/passkeys/add/")
    confirm_with_password(page, account)
    page.get_by_role("textbox", name="Name").fill("Blue key")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("alert").filter(has_text=".")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Blue key")
    expect(page.get_by_role("button", name="Add passkey")).to_be_enabled()


def test_a_device_without_a_passkey_signs_nobody_in(page: Page, account: Account) -> None:
    device = Device(page)
    add_passkey(page, account, "Laptop")
    sign_out(page)
    device.forget()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="no passkey")).to_be_visible()


def test_renaming_and_removing(page: Page, account: Account) -> None:
    Device(page)
    add_passkey(page, account, "Laptop")
    page.goto("/settings/security/")
    page.get_by_role("link", name="Rename Laptop").click()
    page.get_by_role("textbox", name="Name").fill("Old laptop")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("link", name="Remove Old laptop").click()
    expect(page.get_by_text("Old laptop will not sign you in any more.")).to_be_visible()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("link", name="Remove Old laptop")).to_have_count(0)
    expect(page.get_by_text("Off", exact=True)).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("#toasts").get_by_text("This passkey opens no account here")).to_be_visible()
    assert is_at(page, "/accounts/login/")
