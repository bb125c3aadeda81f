"""Every dialog, menu and message, as the pages themselves are looked at: see test_every_page."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Page, expect

from tests.browser.accounts import Account
from tests.browser.crowd import Crowd
from tests.browser.inspection import inspect
from tests.browser.windows import Windows, confirm_it_is_you
from tests.server import Gatehouse

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.parametrize("server", ["sqlite"], indirect=True),
]

OPENERS = '[hx-target="#modal-body"]'
LONG = "W" * 64


@pytest.mark.parametrize("name", ["authorization", "members", "groups", "group", "team_settings"])
def test_dialogs_of_a_page(server: Gatehouse, windows: Windows, crowd: Crowd, name: str) -> None:
    path = crowd.path(f"console:{name}")
    page = windows.open(server, crowd.people["ann"], f"/accounts/reauthenticate/?next={path}")
    confirm_it_is_you(page, crowd.people["ann"])
    expect(page).to_have_url(path)
    openers: dict[str, str] = {}
    for path in page.locator(OPENERS).evaluate_all("links => links.map(link => link.getAttribute('hx-get'))"):
        openers.setdefault(resolve(urlsplit(path).path).view_name, path)
    assert openers
    for view, path in openers.items():
        page.locator(f'{OPENERS}[hx-get="{path}"]').first.dispatch_event("click")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("heading").first, view).to_be_visible()
        inspect(page, view)
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def generate_without_a_name(page: Page) -> None:
    page.locator("#generate-key").click()
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_text("Give the key a name")).to_be_visible()
    page.get_by_label("Expiration Period").select_option("Until a date…")
    expect(page.get_by_label("Expiration date")).to_be_visible()


def choose_what_the_key_may_do(page: Page) -> None:
    """Datasets can be chosen as long as the key reads any."""
    page.locator("#generate-key").click()
    page.get_by_text("What the key may do").click()
    only_these = page.get_by_role("group", name="Only these datasets")
    expect(only_these).to_be_visible()
    page.get_by_label("Read datasets").uncheck()
    expect(only_these).to_be_hidden()
    page.get_by_label("Read datasets").check()
    page.get_by_label("US Equity TAQ").check()


def see_a_key_and_leave_it(page: Page) -> None:
    page.locator("#generate-key").click()
    page.get_by_label("Key Name").fill("M" * 64)
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_role("dialog", name="Your new API key")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Show").click()


def mistype_a_network(page: Page) -> None:
    page.locator("#create-subnet").click()
    page.get_by_label("IP address or network").fill("2001:db8:1234:5678:9abc:def0:1234:5679/64")
    page.get_by_role("dialog").get_by_label("Label").fill("L" * 100)
    page.get_by_role("button", name="Create", exact=True).last.click()
    expect(page.get_by_role("button", name="Use 2001:db8:1234:5678::/64")).to_be_visible()


def list_the_whole_internet(page: Page) -> None:
    page.locator("#create-subnet").click()
    page.get_by_label("IP address or network").fill("0.0.0.0/0")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("checkbox")).to_be_visible()


def open_the_row_menu(page: Page) -> None:
    page.locator("#keys-list [popovertarget]").first.click()
    expect(page.get_by_role("link", name="Delete…")).to_be_visible()


def open_the_account_menu(page: Page) -> None:
    page.locator("[popovertarget=user-menu]").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def open_the_team_menu(page: Page) -> None:
    page.locator("[popovertarget=team-menu]").click()
    expect(page.get_by_role("link", name="Globex")).to_be_visible()


def be_told_something(page: Page) -> None:
    for kind in ("success", "error"):
        page.evaluate(
            "detail => document.dispatchEvent(new CustomEvent('toast', {detail}))",
            {"text": f"Deleted “{LONG}”.", "kind": kind},
        )
    expect(page.locator(".toast")).to_have_count(2)


def find_nothing(page: Page) -> None:
    page.get_by_role("searchbox", name="Search keys by name, ID or owner").fill("?" * 200)
    expect(page.get_by_role("link", name="Clear the search")).to_be_visible()


@pytest.mark.parametrize(
    "get_there",
    [
        generate_without_a_name,
        choose_what_the_key_may_do,
        see_a_key_and_leave_it,
        mistype_a_network,
        list_the_whole_internet,
        open_the_row_menu,
        open_the_account_menu,
        open_the_team_menu,
        be_told_something,
        find_nothing,
    ],
)
def test_what_appears(server: Gatehouse, windows: Windows, crowd: Crowd, get_there: Callable[[Page], None]) -> None:
    page = windows.open(server, crowd.people["ann"], crowd.path("console:authorization"))
    get_there(page)
    inspect(page)


@pytest.mark.parametrize("name", ["authorization", "groups", "members", "activity"])
def test_a_team_that_has_just_begun(server: Gatehouse, windows: Windows, shared_account: Account, name: str) -> None:
    page = windows.open(server, shared_account, f"/teams/{shared_account.slug}/{name}/")
    inspect(page)
