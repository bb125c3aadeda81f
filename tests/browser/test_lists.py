"""Searching, sorting and paging: done by the server, without losing what somebody is doing."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.accounts import Account, fill, new_account
from tests.browser.windows import Windows, focused
from tests.server import Gatehouse

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.parametrize("server", ["sqlite"], indirect=True),
]

LONGER_THAN_A_PAUSE = 1000
"""Milliseconds: what somebody waits who has stopped typing."""
KEY_SEARCH = "Search keys by name, ID or owner"


@pytest.fixture(scope="module")
def long_lists(server: Gatehouse) -> Account:
    account = new_account(server)
    fill(
        server,
        account,
        """
for number in range(30):
    make_key(team, ann, f"Bot-{number:02}")
    list_network(team, f"10.{number}.0.0/16", f"Rack {number:02}")
""",
    )
    return account


def test_searching_replaces_the_list_and_keeps_the_place(
    server: Gatehouse, windows: Windows, long_lists: Account
) -> None:
    page = windows.open(server, long_lists, long_lists.page)
    search = page.get_by_role("searchbox", name=KEY_SEARCH)
    search.press_sequentially("bot-07")
    expect(page.locator("#keys-list tbody tr")).to_have_count(1)
    expect(search).to_be_focused()
    expect(search).to_have_value("bot-07")
    expect(page.locator("#keys-list .list-count")).to_have_text(re.compile(r"1\s+key\s+found"))
    expect(page).to_have_url(re.compile(r"\?keys\.q=bot-07"))
    page.keyboard.type("0")
    expect(page.get_by_text("No key matches “bot-070”")).to_be_visible()
    page.keyboard.press("Backspace")
    expect(page.locator("#keys-list tbody tr")).to_have_count(1)
    page.reload()
    expect(page.locator("#keys-list tbody tr")).to_have_count(1)


def test_a_late_answer_does_not_take_letters_away(server: Gatehouse, windows: Windows, long_lists: Account) -> None:
    page = windows.open(server, long_lists, long_lists.page)
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    search = page.get_by_role("searchbox", name=KEY_SEARCH)
    held: list[Route] = []
    page.route(re.compile(r"keys\.q=bot-1&"), lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it is given
    search.press_sequentially("bot-1")
    with page.expect_request(re.compile(r"keys\.q=bot-1&")):
        page.clock.run_for(LONGER_THAN_A_PAUSE)
    search.press_sequentially("3")
    page.evaluate("window.answered = new Promise((done) => addEventListener('htmx:afterRequest', done)), null")
    held[0].continue_()
    page.evaluate("window.answered.then(() => null)")
    expect(search).to_have_value("bot-13")
    page.clock.run_for(LONGER_THAN_A_PAUSE)
    expect(page.locator("#keys-list tbody tr")).to_have_count(1)
    expect(search).to_have_value("bot-13")


def test_sorting_and_paging_one_list_keep_the_state_of_the_other(
    server: Gatehouse, windows: Windows, long_lists: Account
) -> None:
    page = windows.open(server, long_lists, long_lists.page)
    keys, networks = page.locator("#keys-list tbody tr"), page.locator("#networks-list tbody tr")
    page.get_by_role("searchbox", name="Search networks and labels").fill("rack 1")
    expect(networks).to_have_count(10)
    page.locator("#keys-list").get_by_role("link", name="Name").click()
    expect(keys.first).to_contain_text("Bot-00")
    assert focused(page) == "keys-by-name"
    expect(page.locator("#keys-list th[aria-sort=ascending]")).to_have_text(re.compile("Name"))
    page.get_by_role("navigation", name="Pages of API keys").get_by_role("link", name="Next").click()
    expect(keys).to_have_count(5)
    expect(networks).to_have_count(10)
    page.locator("#networks-list").get_by_role("link", name="Label").click()
    expect(networks.first).to_contain_text("Rack 10")
    expect(keys).to_have_count(5)
    page.go_back()
    expect(networks.first).to_contain_text("Rack 19")
    expect(keys).to_have_count(5)
    page.go_back()
    expect(keys).to_have_count(25)
    expect(keys.first).to_contain_text("Bot-00")
    expect(networks).to_have_count(10)


def test_choosing_an_owner_narrows_the_list_and_keeps_the_place(
    server: Gatehouse, windows: Windows, account: Account
) -> None:
    fill(
        server,
        account,
        """
quants = create_group(team=team, name="Quant Research", actor=BY_TESTS)
make_key(team, ann, "Anns")
for number in range(26):
    make_key(team, quants, f"Quant-{number:02}")
""",
    )
    page = windows.open(server, account, account.page)
    keys, owner = page.locator("#keys-list tbody tr"), page.get_by_role("combobox", name="Owner")
    page.get_by_role("searchbox", name=KEY_SEARCH).fill("quant-0")
    expect(keys).to_have_count(10)
    owner.focus()
    page.keyboard.type("quant")
    expect(page).to_have_url(re.compile(r"keys\.owner=group(%3A|:)quant-research"))
    expect(keys).to_have_count(10)
    expect(owner).to_be_focused()
    page.get_by_role("searchbox", name=KEY_SEARCH).fill("")
    expect(keys).to_have_count(25)
    page.locator("#keys-list").get_by_role("link", name="Name").click()
    expect(keys.first).to_contain_text("Quant-00")
    page.get_by_role("navigation", name="Pages of API keys").get_by_role("link", name="Next").click()
    expect(keys).to_have_count(1)
    expect(keys).to_contain_text("Quant-25")
    page.reload()
    expect(owner).to_have_value("group:quant-research")
    expect(keys).to_have_count(1)
    owner.select_option("All owners")
    expect(keys).to_have_count(25)
