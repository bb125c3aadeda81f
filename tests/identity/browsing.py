"""What people do on the pages of signing in, in a real browser."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.accounts import Account


def sign_in(page: Page, account: Account) -> None:
    """As far as the password leads."""
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(account.email)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def confirm_with_password(page: Page, account: Account) -> None:
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Confirm").click()


def secret_shown(page: Page) -> str:
    """The authenticator's secret, for who types it."""
    page.get_by_text("Enter it by hand instead").click()
    return page.locator("#totp-secret").inner_text().replace(" ", "")


def set_up_app(page: Page, account: Account) -> str:
    """Its secret. Leaves the page that asks for the first code."""
    page.goto("/settings/security/")
    page.get_by_role("link", name="Set up an authenticator app").click()
    confirm_with_password(page, account)
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    return secret_shown(page)


def is_at(page: Page, path: str) -> bool:
    return urlsplit(page.url).path == path


class Device:
    """A device that keeps passkeys: Chromium's virtual authenticator."""

    def __init__(self, page: Page, *, resident: bool = True) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal" if resident else "usb",
            "hasResidentKey": resident,
            "hasUserVerification": resident,
            "isUserVerified": resident,
            "automaticPresenceSimulation": True,
        }
        made = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._id: str = made["authenticatorId"]

    @property
    def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})[
            "credentials"
        ]
        return found

    def forget(self) -> None:
        self._session.send("WebAuthn.clearCredentials", {"authenticatorId": self._id})
