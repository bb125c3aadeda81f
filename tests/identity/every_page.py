"""A walk past every page of signing in, with something on each of them."""

import re
from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.browser.accounts import Account
from tests.browser.windows import Windows
from tests.identity.browsing import Device, confirm_with_password, secret_shown, sign_in, sign_out
from tests.identity.codes import code
from tests.identity.conftest import Site
from tests.identity.mailbox import Mailbox, link_in
from tests.identity.provider import Provider


def outside(site: Site, windows: Windows, mailbox: Mailbox, account: Account) -> Iterator[tuple[str, Page]]:
    """Pages for whoever is not signed in."""
    page = windows.open(site, path="/accounts/login/")
    yield "sign in", page
    page.get_by_label("Email").fill(account.email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "sign in, wrong password", page
    page.get_by_role("link", name="Forgot your password?").click()
    expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()
    yield "forgot password", page
    page.get_by_label("Email").fill(account.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    yield "forgot password, sent", page
    page.goto(link_in(mailbox.wait_for(account.email, "Set a new password")))
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("New password, once more").fill("other")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("too short")).to_be_visible()
    yield "new password, refused", page
    for name, path in {
        "new password, dead link": "/accounts/password/reset/key/1-none/",
        "new password, done": "/accounts/password/reset/key/done/",
        "deactivated": "/accounts/inactive/",
        "sign-on cancelled": "/accounts/sso/cancelled/",
        "sign-on failed": "/accounts/sso/callback/",
    }.items():
        page.goto(path)
        yield name, page


def strangers(site: Site, windows: Windows, provider: Provider) -> Iterator[tuple[str, Page]]:
    """What the provider's people see who are nobody here."""
    page = windows.open(site, path="/accounts/login/")
    page.route(re.compile("/oauth2/authorize"), lambda route: route.fulfill(status=204))  # so the page stays
    people: dict[str, dict[str, object]] = {
        "no account": {"email": "stranger@elsewhere.example", "email_verified": True},
        "no account, address not verified": {"email": "stranger@elsewhere.example"},
        "no account, no address": {},
    }
    for name, claims in people.items():
        sub = provider.knows(f"stranger-{len(claims)}", **claims)
        page.goto("/accounts/login/")
        page.get_by_role("button", name="Continue with Acme ID").click()
        url = page.get_by_role("link", name="Continue").get_attribute("href")
        assert url
        yield "on to the provider", page
        page.goto(provider.authorize(url, sub))
        yield name, page


def inside(site: Site, windows: Windows, account: Account) -> Iterator[tuple[str, Page]]:
    """Pages for whoever is signed in, from the first visit to a full set of second factors."""
    other = windows.open(site)
    sign_in(other, account)
    other.wait_for_url("**/authorization/")
    page = windows.open(site)
    Device(page)
    sign_in(page, account)
    page.wait_for_url("**/authorization/")
    page.goto("/settings/security/")
    yield "security, bare", page
    page.goto("/accounts/password/change/")
    yield "change password", page
    page.get_by_label("Current password").fill("wrong")
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("This is not your current password.")).to_be_visible()
    yield "change password, refused", page
    page.goto("/accounts/email/")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    yield "confirm with password", page
    confirm_with_password(page, account)
    yield "e-mail address", page
    page.goto("/accounts/2fa/totp/activate/")
    secret = secret_shown(page)
    yield "authenticator app", page
    page.get_by_label("Code", exact=True).fill(code(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    yield "recovery codes", page
    page.get_by_role("link", name="Make new ones").click()
    yield "recovery codes, new", page
    page.goto("/accounts/passkeys/add/")
    yield "add passkey", page
    page.get_by_role("textbox", name="Name").fill("Ann’s laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("link", name="Rename Ann’s laptop")).to_be_visible()
    yield "security, full", page
    yield from _on_top(page, account)


def _on_top(page: Page, account: Account) -> Iterator[tuple[str, Page]]:
    """What there is to do about the second factors, and being asked for them."""
    page.get_by_role("link", name="Rename Ann’s laptop").click()
    yield "rename passkey", page
    page.goto("/settings/security/")
    page.get_by_role("link", name="Remove Ann’s laptop").click()
    yield "remove passkey", page
    page.goto("/accounts/2fa/totp/deactivate/")
    yield "remove app", page
    page.goto("/accounts/sessions/")
    yield "sessions", page
    for name, path in {
        "confirm with code": "/accounts/2fa/reauthenticate/",
        "confirm with passkey": "/accounts/passkeys/reauthenticate/",
        "sign out": "/accounts/logout/",
    }.items():
        page.goto(path)
        yield name, page
    sign_out(page)
    sign_in(page, account)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    yield "second step", page
