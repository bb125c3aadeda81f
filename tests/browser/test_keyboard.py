"""The main job by keyboard alone: nothing needs a pointer, and the focus is always where the person is."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accounts import Account, fill
from tests.browser.windows import Windows, clipboard, focused
from tests.server import Gatehouse

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.parametrize("server", ["sqlite"], indirect=True),
]

FURTHEST = 60
"""No page of these tests has more stops for the Tab key."""


def test_from_the_skip_link_to_a_copied_key(server: Gatehouse, windows: Windows, account: Account) -> None:
    page = windows.open(server, account, account.page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    _tab_to(page, "add-current-notice")
    page.keyboard.press("Enter")
    expect(page.locator("#networks-list").get_by_text("Covers your address 127.0.0.1")).to_be_visible()

    _tab_to(page, "generate-key")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Key Name")).to_be_focused()
    page.keyboard.type("By-Keyboard")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Your new API key")
    expect(dialog.get_by_role("button", name="Copy", exact=True)).to_be_focused()
    page.keyboard.press("Space")
    expect(dialog.get_by_role("status")).to_have_text("The key copied to the clipboard.")
    assert server.get("/api/v1/datasets", key=clipboard(page)).status == 200

    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#generate-key")).to_be_focused()
    expect(page.locator("#keys-list tbody tr").filter(has_text="By-Keyboard")).to_have_count(1)


def test_a_dialog_keeps_the_focus_until_it_closes(server: Gatehouse, windows: Windows, shared_account: Account) -> None:
    page = windows.open(server, shared_account, shared_account.page)
    for opener, first in (("generate-key", "Key Name"), ("create-subnet", "IP address or network")):
        page.locator(f"#{opener}").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_label(first)).to_be_focused()
        for key in ("Tab", "Shift+Tab"):
            visited = []
            for _ in range(20):
                page.keyboard.press(key)
                assert _focus_is_in_the_dialog_or_on_no_element(page), f"{key} led behind the dialog: {focused(page)}"
                visited.append(focused(page))
            assert {"Close", "Cancel"} <= set(visited)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator(f"#{opener}")).to_be_focused()


def test_escape_warns_once_about_a_key_that_was_not_copied(
    server: Gatehouse, windows: Windows, shared_account: Account
) -> None:
    page = windows.open(server, shared_account, shared_account.page)
    _generate(page, "Not-Copied")
    dialog = page.get_by_role("dialog", name="Your new API key")
    page.keyboard.press("Escape")
    expect(dialog.get_by_role("alert")).to_contain_text("You have not copied the key yet")
    expect(dialog.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#generate-key")).to_be_focused()

    _generate(page, "Shown")
    page.keyboard.press("Shift+Tab")
    expect(dialog.get_by_role("button", name="Show")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("way", ["Done", "Close"])
def test_the_buttons_that_close_warn_too(
    server: Gatehouse, windows: Windows, shared_account: Account, way: str
) -> None:
    page = windows.open(server, shared_account, shared_account.page)
    _generate(page, f"Left-By-{way}")
    dialog = page.get_by_role("dialog", name="Your new API key")
    button = dialog.get_by_role("link", name=way).or_(dialog.get_by_role("button", name=way))
    button.focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_be_focused()
    button.focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()


def test_menus(server: Gatehouse, windows: Windows, shared_account: Account) -> None:
    key_id = fill(server, shared_account, "print(make_key(team, ann, 'Menu-Key').apikey.pk)")
    page = windows.open(server, shared_account, shared_account.page)
    button, menu = page.locator(f"#actions-{key_id}"), page.locator(f"#menu-{key_id}")
    items = ["Rotate…", "Disable…", "Change owner…", "Revoke…", "Delete…"]
    for opens in ("Enter", "Space"):
        button.focus()
        page.keyboard.press(opens)
        expect(menu.get_by_text(items[0])).to_be_focused()
        for item in [*items[1:], items[0]]:
            page.keyboard.press("ArrowDown")
            assert focused(page) == item
        for item in reversed(items):
            page.keyboard.press("ArrowUp")
            assert focused(page) == item
        page.keyboard.press("End")
        assert focused(page) == items[-1]
        page.keyboard.press("Home")
        assert focused(page) == items[0]
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        expect(button).to_be_focused()

    _choose_the_last(page, button)
    dialog = page.get_by_role("dialog", name="Delete API key")
    expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_after_deleting_a_row_the_focus_is_at_the_head_of_its_list(
    server: Gatehouse, windows: Windows, shared_account: Account
) -> None:
    key_id, subnet_id = fill(
        server,
        shared_account,
        "print(make_key(team, ann, 'Deleted-Key').apikey.pk, list_network(team, '203.0.113.9').pk)",
    ).split()
    page = windows.open(server, shared_account, shared_account.page)
    _choose_the_last(page, page.locator(f"#actions-{key_id}"))
    _confirm(page, "Delete key")
    expect(page.locator("#keys-title")).to_be_focused()

    page.locator(f"#delete-{subnet_id}").focus()
    page.keyboard.press("Enter")
    _confirm(page, "Delete network")
    expect(page.locator("#networks-title")).to_be_focused()


def test_adding_the_own_address_does_not_lose_the_focus(server: Gatehouse, windows: Windows, account: Account) -> None:
    page = windows.open(server, account, account.page)
    page.locator("#add-current").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#networks-list").get_by_text("Covers your address 127.0.0.1")).to_be_visible()
    expect(page.locator("#networks-title")).to_be_focused()


def _choose_the_last(page: Page, button: Locator) -> None:
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".menu:popover-open a").first).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")


def _confirm(page: Page, button: str) -> None:
    expect(page.get_by_role("dialog").get_by_role("link", name="Cancel")).to_be_focused()
    _tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def _generate(page: Page, name: str) -> None:
    page.locator("#generate-key").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Key Name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Copy", exact=True)).to_be_focused()


def _tab_to(page: Page, name: str) -> None:
    for _ in range(FURTHEST):
        if focused(page) == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the Tab key does not lead to {name}")


def _focus_is_in_the_dialog_or_on_no_element(page: Page) -> bool:
    """With nothing behind it to go to, Tab leaves the last field for the window's own controls."""
    inside: bool = page.evaluate(
        "document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)"
    )
    return inside
