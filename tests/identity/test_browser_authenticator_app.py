"""A second factor on the phone: set up with its QR code, asked for from then on, with codes for the day it is lost."""

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import Account
from tests.browser.windows import Windows
from tests.identity.browsing import set_up_app, sign_in, sign_out
from tests.identity.codes import code
from tests.identity.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_from_setting_it_up_to_signing_in_with_it(site: Site, windows: Windows, account: Account) -> None:
    page = windows.open(site)
    sign_in(page, account)
    page.wait_for_url("**/authorization/")
    secret = set_up_app(page, account)

    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_text("That code is not right, or it has been used already.")).to_be_visible()
    assert page.locator("#totp-secret").text_content() == " ".join(
        secret[start : start + 4] for start in range(0, len(secret), 4)
    ), "a mistyped code must not make the scanned one useless"

    used = code(secret)
    page.get_by_label("Code", exact=True).fill(used)
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    recovery_codes = page.locator(".codes code").all_inner_texts()
    assert len(set(recovery_codes)) == 10
    page.get_by_role("link", name="← Security").click()
    expect(page.get_by_text("On", exact=True)).to_be_visible()
    expect(page.get_by_text("10 of 10 left.")).to_be_visible()

    sign_out(page)
    sign_in(page, account)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.goto("/settings/security/")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(used)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("That code is not right, or it has been used already.")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(code(secret, steps=1))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/authorization/")

    sign_out(page)
    sign_in(page, account)
    page.get_by_label("Code", exact=True).fill(recovery_codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/authorization/")
    page.goto("/settings/security/")
    expect(page.get_by_text("9 of 10 left.")).to_be_visible()


def test_taking_it_away_again(site: Site, windows: Windows, account: Account) -> None:
    page = windows.open(site)
    sign_in(page, account)
    page.wait_for_url("**/authorization/")
    secret = set_up_app(page, account)
    page.get_by_label("Code", exact=True).fill(code(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("link", name="← Security").click()
    page.get_by_role("link", name="Remove the authenticator app").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("link", name="Set up an authenticator app")).to_be_visible()
    expect(page.get_by_role("link", name="Show recovery codes")).to_have_count(0)
    sign_out(page)
    sign_in(page, account)
    page.wait_for_url("**/authorization/")


def test_giving_up_in_the_second_step(site: Site, windows: Windows, account: Account) -> None:
    page = windows.open(site)
    sign_in(page, account)
    page.wait_for_url("**/authorization/")
    secret = set_up_app(page, account)
    page.get_by_label("Code", exact=True).fill(code(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    sign_out(page)
    sign_in(page, account)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/settings/security/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
