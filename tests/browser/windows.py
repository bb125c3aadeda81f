"""Windows of a real browser, each with a profile of its own, and what goes wrong in them is heard."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, StorageState, WebError, expect

from tests.browser.accounts import Account
from tests.server import Gatehouse

# No test fails for a slow machine; what is awaited is awaited until it is so.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

HANDLED = re.compile(r"Failed to load resource: the server responded with a status of 422 ")
"""Chromium notes each answer of 4xx; this one is a form that comes back with what to mend in it."""
HINTS = {"verbose"}
"""The level of the developer tools' advice, hidden unless asked for."""


class Windows:
    def __init__(self, browser: Browser, signed_in: dict[tuple[str, str], StorageState]) -> None:
        self._browser = browser
        self._signed_in = signed_in
        self._contexts: list[BrowserContext] = []
        self._expected = [HANDLED]
        self.heard: list[str] = []

    def open(self, server: Gatehouse, account: Account | None = None, path: str = "/", **options: Any) -> Page:
        """A window on `path`, of a fresh profile; signed in when an account is given."""
        if account and (server.url, account.email) not in self._signed_in:
            self._signed_in[server.url, account.email] = self._sign_in(server, account)
        context = self._context(
            server,
            reduced_motion="reduce",
            storage_state=self._signed_in[server.url, account.email] if account else None,
            **options,
        )
        page = context.new_page()
        page.goto(path)
        return page

    def expect_complaint(self, words: str) -> None:
        """The browser's console is to be clean but for lines with these words."""
        self._expected.append(re.compile(re.escape(words)))

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        self._contexts.clear()

    @property
    def complaints(self) -> list[str]:
        return [line for line in self.heard if not any(expected.search(line) for expected in self._expected)]

    def _context(self, server: Gatehouse, **options: Any) -> BrowserContext:
        context = self._browser.new_context(base_url=server.url, **options)
        context.set_default_timeout(PATIENCE)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
        context.on("console", self._hear)
        context.on("weberror", self._hear_error)
        self._contexts.append(context)
        return context

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in HINTS:
            self.heard.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _hear_error(self, error: WebError) -> None:
        self.heard.append(f"uncaught: {error.error}")

    def _sign_in(self, server: Gatehouse, account: Account) -> StorageState:
        page = self._context(server).new_page()
        page.goto("/accounts/login/")
        sign_in(page, account)
        return page.context.storage_state()


def sign_in(page: Page, account: Account) -> None:
    """Fill in the sign-in form that the page shows."""
    page.get_by_label("Email").fill(account.email)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Profile Settings")).to_be_visible()


def confirm_it_is_you(page: Page, account: Account) -> None:
    """Answer the question for the password, where the page has led to it."""
    if urlsplit(page.url).path == "/accounts/reauthenticate/":
        page.get_by_label("Password").fill(account.password)
        page.get_by_role("button", name="Confirm").click()


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def focused(page: Page) -> str:
    """What has the focus, as a person would call it: its id, or else its label or text."""
    name: str = page.evaluate(
        """() => {
            const element = document.activeElement;
            return element.id || element.getAttribute("aria-label") || element.textContent.trim();
        }"""
    )
    return name
