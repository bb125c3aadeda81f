"""Every page of signing in: for whoever sees, hears or zooms it, in both colour schemes and on a phone."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.accounts import Account
from tests.browser.windows import Windows
from tests.identity.conftest import Site
from tests.identity.every_page import inside, outside, strangers
from tests.identity.mailbox import Mailbox
from tests.identity.provider import Provider

pytestmark = [pytest.mark.browser, pytest.mark.server]

WIDTHS = (1280, 360)
STILL = """async () => {
    for (let frames = 0; frames < 2; frames++) {
        await new Promise(requestAnimationFrame);
        const transitions = document.getAnimations().filter((each) => each instanceof CSSTransition);
        await Promise.allSettled(transitions.map((each) => each.finished));
    }
}"""
"""Colours change over to another scheme in a moment of their own."""


def assert_in_order(pages: Iterator[tuple[str, Page]]) -> None:
    axe = Axe()
    found: list[str] = []
    for name, page in pages:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(STILL)
            results = axe.run(page)
            found += [
                f"{name}, {scheme}: {each['id']} {each['nodes'][0]['html']}" for each in results.response["violations"]
            ]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append(f"{name} is wider than {width} pixels")
        if page.locator("h1").count() != 1:
            found.append(f"{name} has no heading, or several")
    assert found == []


def test_outside(site: Site, windows: Windows, mailbox: Mailbox, account: Account) -> None:
    windows.expect_complaint("status of 401")
    assert_in_order(outside(site, windows, mailbox, account))


def test_strangers(site: Site, windows: Windows, provider: Provider) -> None:
    windows.expect_complaint("status of 403")
    assert_in_order(strangers(site, windows, provider))


def test_inside(site: Site, windows: Windows, account: Account) -> None:
    assert_in_order(inside(site, windows, account))
