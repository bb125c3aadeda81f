"""Single sign-on in a real browser, against a real provider, under the page's own policy."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accounts import Account
from tests.browser.windows import Windows
from tests.identity.browsing import confirm_with_password, is_at, sign_in, sign_out
from tests.identity.conftest import Site
from tests.identity.provider import Provider

pytestmark = [pytest.mark.browser, pytest.mark.server]


def to_sign_in(site: Site, windows: Windows, path: str = "/accounts/login/", **options: Any) -> Page:
    """The provider's pages want a style sheet from elsewhere: they get an empty one."""
    page = windows.open(site, path=path, **options)
    page.context.route(re.compile("^https://"), lambda route: route.fulfill(body="", content_type="text/css"))
    return page


def authorize(page: Page, sub: str) -> None:
    """On the provider's own page."""
    page.get_by_placeholder("sub").fill(sub)
    page.get_by_role("button", name="Authorize").click()


def test_signing_in_through_the_provider(site: Site, windows: Windows, provider: Provider, account: Account) -> None:
    sub = provider.knows(f"sub-{account.slug}", email=account.email.upper(), email_verified=True, name="Ann Lee")
    page = to_sign_in(site, windows, "/accounts/login/?next=/settings/security/")
    page.get_by_role("button", name="Continue with Acme ID").click()
    authorize(page, sub)
    page.wait_for_url("**/settings/security/")
    expect(page.get_by_text(f"Linked to {account.email.upper()}")).to_be_visible()

    sign_out(page)
    page.get_by_role("button", name="Continue with Acme ID").click()
    authorize(page, sub)
    page.wait_for_url("**/authorization/")


def test_whoever_is_not_here_stays_outside(site: Site, windows: Windows, provider: Provider) -> None:
    windows.expect_complaint("status of 403")
    sub = provider.knows("sub-stranger", email="stranger@elsewhere.example", email_verified=True)
    page = to_sign_in(site, windows)
    page.get_by_role("button", name="Continue with Acme ID").click()
    authorize(page, sub)
    expect(page.get_by_role("heading", name="No account here")).to_be_visible()
    page.goto("/settings/security/")
    assert is_at(page, "/accounts/login/")


def test_linking_by_hand(site: Site, windows: Windows, provider: Provider, account: Account) -> None:
    """The provider knows her by another address: she says herself that it is she."""
    sub = provider.knows(f"other-{account.slug}", email="ann.lee@private.example", email_verified=True)
    page = to_sign_in(site, windows)
    sign_in(page, account)
    page.wait_for_url("**/authorization/")
    page.goto("/settings/security/")
    page.get_by_role("button", name="Link Acme ID").click()
    confirm_with_password(page, account)
    page.get_by_role("button", name="Link Acme ID").click()
    authorize(page, sub)
    expect(page.get_by_text("Linked to ann.lee@private.example")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Continue with Acme ID").click()
    authorize(page, sub)
    page.wait_for_url("**/authorization/")
    expect(page.get_by_role("button", name=f"Account of {account.email}")).to_be_visible()


def test_without_script(site: Site, windows: Windows, provider: Provider, account: Account) -> None:
    sub = provider.knows(f"plain-{account.slug}", email=account.email, email_verified=True)
    page = to_sign_in(site, windows, java_script_enabled=False)
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
    page.get_by_role("button", name="Continue with Acme ID").click()
    authorize(page, sub)
    page.wait_for_url("**/authorization/")
