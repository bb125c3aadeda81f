"""With JavaScript off, everything works as plain pages and forms."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accounts import Account, fill
from tests.browser.windows import Windows, sign_in
from tests.server import Gatehouse

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.parametrize("server", ["sqlite"], indirect=True),
]


def test_the_main_job(server: Gatehouse, windows: Windows, account: Account) -> None:
    page = windows.open(server, java_script_enabled=False)
    sign_in(page, account)
    page.get_by_role("button", name="Add my current IP (127.0.0.1)").click()
    _expect_message(page, "Added your address 127.0.0.1/32.")
    expect(_networks(page)).to_have_count(1)

    page.get_by_role("link", name="+ Generate New API Key").click()
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Give the key a name")).to_be_visible()
    page.get_by_label("Key Name").fill("Plain-Bot")
    page.get_by_role("button", name="Generate").click()
    shown = page.get_by_label("Key of Plain-Bot")
    expect(shown).to_have_css("-webkit-text-security", "none")  # nothing could unmask it
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    key = shown.input_value()
    assert server.get("/api/v1/datasets", key=key).status == 200

    page.get_by_role("link", name="Done").click()
    _choose(page, "Plain-Bot", "Revoke…")
    page.get_by_label("Reason").fill("Found in a notebook")
    page.get_by_role("button", name="Revoke key").click()
    _expect_message(page, "Revoked “Plain-Bot”.")
    expect(_keys(page).get_by_text("Found in a notebook")).to_be_visible()
    assert server.get("/api/v1/datasets", key=key).json()["reason"] == "revoked"

    _choose(page, "Plain-Bot", "Delete…")
    page.get_by_role("button", name="Delete key").click()
    _expect_message(page, "Deleted “Plain-Bot”.")
    expect(page.get_by_role("heading", name="No keys yet")).to_be_visible()


def test_a_network_with_host_bits_is_chosen_not_guessed(
    server: Gatehouse, windows: Windows, shared_account: Account
) -> None:
    page = windows.open(server, shared_account, shared_account.page, java_script_enabled=False)
    page.get_by_role("link", name="+ Create New IP Subnet").click()
    page.get_by_label("IP address or network").fill("198.51.100.77/24")
    page.get_by_label("Label").fill("Office")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("198.51.100.77/24 has host bits set.")).to_be_visible()
    expect(page.get_by_label("Label")).to_have_value("Office")
    page.get_by_role("button", name="Use 198.51.100.0/24").click()
    _expect_message(page, "Added 198.51.100.0/24.")
    expect(_networks(page).filter(has_text="198.51.100.0/24")).to_contain_text("Office")

    page.get_by_role("link", name="Delete 198.51.100.0/24").click()
    expect(page.get_by_text("This is the last network of the account")).to_be_visible()
    page.get_by_role("button", name="Delete network").click()
    _expect_message(page, "Removed 198.51.100.0/24.")
    expect(_networks(page)).to_have_count(0)


def test_searching_sorting_and_paging(server: Gatehouse, windows: Windows, account: Account) -> None:
    fill(
        server,
        account,
        """
for number in range(30):
    make_key(team, ann, f"Bot-{number:02}")
    list_network(team, f"10.{number}.0.0/16", f"Rack {number:02}")
""",
    )
    page = windows.open(server, account, account.page, java_script_enabled=False)
    expect(_keys(page)).to_have_count(25)
    page.get_by_role("navigation", name="Pages of API keys").get_by_role("link", name="Next").click()
    expect(_keys(page)).to_have_count(5)
    page.get_by_role("navigation", name="Pages of IP subnets").get_by_role("link", name="Page 2").click()
    expect(_keys(page)).to_have_count(5)
    expect(_networks(page)).to_have_count(5)

    page.locator("#keys-list").get_by_role("link", name="Name").click()
    expect(_keys(page).first).to_contain_text("Bot-00")
    expect(_networks(page)).to_have_count(5)
    page.locator("#keys-list").get_by_role("link", name="Name").click()
    expect(_keys(page).first).to_contain_text("Bot-29")

    search = page.get_by_role("searchbox", name="Search keys by name, ID or owner")
    search.fill("bot-1")
    page.locator("#keys-list").get_by_role("button", name="Search").click()
    expect(_keys(page)).to_have_count(10)
    expect(_keys(page).first).to_contain_text("Bot-19")
    expect(search).to_have_value("bot-1")
    expect(_networks(page)).to_have_count(5)
    page.get_by_role("combobox", name="Owner").select_option("Mine and my groups’ (30)")
    page.locator("#keys-list").get_by_role("button", name="Search").click()
    expect(page).to_have_url(re.compile("keys.owner=mine"))
    expect(_keys(page)).to_have_count(10)
    search.fill("nothing of the kind")
    search.press("Enter")
    expect(page.get_by_text("No key matches “nothing of the kind”")).to_be_visible()
    page.get_by_role("link", name="Clear the search").click()
    expect(_keys(page)).to_have_count(25)
    expect(_networks(page)).to_have_count(5)


def test_a_button_that_only_a_script_could_serve_is_not_there(
    server: Gatehouse, windows: Windows, shared_account: Account
) -> None:
    fill(server, shared_account, "make_key(team, ann, 'Not-Copied')")
    page = windows.open(server, shared_account, shared_account.page, java_script_enabled=False)
    expect(_keys(page).filter(has_text="Not-Copied")).to_have_count(1)
    expect(page.get_by_role("button", name="Copy Not-Copied")).to_have_count(0)


def _keys(page: Page) -> Locator:
    return page.locator("#keys-list tbody tr")


def _networks(page: Page) -> Locator:
    return page.locator("#networks-list tbody tr")


def _expect_message(page: Page, text: str) -> None:
    """Above the page, once: what a script would show as a toast must not lie over it."""
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()
    expect(page.locator("#toasts")).to_be_hidden()


def _choose(page: Page, name: str, action: str) -> None:
    page.get_by_role("button", name=f"More actions for {name}").click()
    page.get_by_role("link", name=action).click()
