"""Links in mails, opened in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import Account
from tests.browser.windows import Windows
from tests.identity.browsing import confirm_with_password, sign_in
from tests.identity.conftest import Site
from tests.identity.mailbox import Mailbox, link_in, text_of

pytestmark = [pytest.mark.browser, pytest.mark.server]

NEW = "a quite different pass phrase"


def test_a_forgotten_password(site: Site, windows: Windows, mailbox: Mailbox, account: Account) -> None:
    page = windows.open(site, path="/accounts/login/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill(account.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.goto(link_in(mailbox.wait_for(account.email, "Set a new password")))
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("New password, once more").fill(NEW)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()
    sign_in(page, Account(account.slug, account.email, NEW))
    page.wait_for_url("**/authorization/")
    told = text_of(mailbox.wait_for(account.email, "Your password was changed"))
    assert "127.0.0.1, Chrome on Linux" in told


def test_another_address(site: Site, windows: Windows, mailbox: Mailbox, account: Account) -> None:
    new = f"new-{account.email}"
    page = windows.open(site)
    sign_in(page, account)
    page.wait_for_url("**/authorization/")
    page.goto("/settings/security/")
    page.get_by_role("link", name="Change or verify e-mail address").click()
    confirm_with_password(page, account)
    page.get_by_label("New e-mail address").fill(new)
    page.get_by_role("button", name="Send the link").click()
    expect(page.locator("#toasts").get_by_text(f"We have sent a link to {new}.")).to_be_visible()
    page.goto(link_in(mailbox.wait_for(new, "Confirm your new e-mail address")))
    page.get_by_role("button", name="Change it").click()
    page.wait_for_url("**/settings/security/")
    expect(page.get_by_role("listitem").filter(has_text=new).get_by_text("Verified")).to_be_visible()
    assert new in text_of(mailbox.wait_for(account.email, "Your e-mail address was changed"))
