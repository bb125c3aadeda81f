"""Ann invites Nora, Nora accepts and generates her first key; then Nora goes and Ann takes the key over."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accounts import Account, fill
from tests.browser.inspection import inspect
from tests.browser.windows import Windows, clipboard
from tests.server import Gatehouse

pytestmark = [pytest.mark.browser, pytest.mark.server]

PASSWORD = "seven lanterns over the harbour"
WITH_DEV = """
dev = User.objects.create_user(f"dev@{team.slug}.example", full_name="Dev")
add_member(team=team, user=dev, role=Role.DEVELOPER, actor=BY_TESTS)
group = create_group(team=team, name="Desk", actor=BY_TESTS)
add_to_group(group=group, user=dev, actor=BY_TESTS)
make_key(team, dev)
"""


def invite(page: Page, address: str) -> str:
    """From Ann's Members page; the link, as the dialog's Copy puts it on the clipboard."""
    page.get_by_role("link", name="+ Invite a member").click()
    dialog = page.get_by_role("dialog", name="Invite a member")
    dialog.get_by_label("E-mail address").fill(address)
    expect(dialog.get_by_role("radio", name="Developer")).to_be_checked()
    dialog.get_by_role("button", name="Invite").click()
    done = page.get_by_role("dialog", name="The invitation is made")
    expect(done.get_by_text("This Gatehouse sends no mail.")).to_be_visible()
    done.get_by_role("button", name="Copy").click()
    expect(done.get_by_role("status")).to_have_text("The link copied to the clipboard.")
    link = clipboard(page)
    done.get_by_role("link", name="Done").click()
    expect(page.locator("#invitations-list").get_by_text(address)).to_be_visible()
    return link


def test_invited_accepted_and_the_first_key(server: Gatehouse, windows: Windows, account: Account) -> None:
    nora_s_address = f"nora@{account.slug}.example"
    ann = windows.open(server, account, f"/teams/{account.slug}/members/")
    link = invite(ann, nora_s_address.upper())
    assert link.startswith(f"{server.url}/invitations/")

    nora = windows.open(server)
    nora.goto(link)
    expect(nora.get_by_label("E-mail address")).to_have_value(nora_s_address)
    nora.get_by_label("Full name").fill("Nora Novak")
    nora.get_by_label("Password", exact=True).fill("short")
    nora.get_by_label("Password again").fill("short")
    nora.get_by_role("button", name="Join the team").click()
    expect(nora.get_by_text("at least 12 characters").first).to_be_visible()
    nora.get_by_label("Password", exact=True).fill(PASSWORD)
    nora.get_by_label("Password again").fill(PASSWORD)
    nora.get_by_role("button", name="Join the team").click()
    nora.wait_for_url(f"**{account.page}")
    expect(nora.get_by_role("status").filter(has_text="as Developer.")).to_be_attached()

    nora.get_by_role("link", name="+ Generate New API Key").click()
    dialog = nora.get_by_role("dialog", name="Generate New API Key")
    dialog.get_by_label("Key Name").fill("First-Bot")
    dialog.get_by_role("button", name="Generate").click()
    key = nora.get_by_role("dialog", name="Your new API key").get_by_label("Key of First-Bot").input_value()
    server.manage("ipsubnet", "create", "--team", account.slug, "127.0.0.1")
    let_through = server.get("/authz", key=key)
    assert (let_through.status, let_through.headers["x-gatehouse-owner"]) == (204, nora_s_address)

    windows.expect_complaint("status of 410 ")
    late = windows.open(server)
    late.goto(link)
    expect(late.get_by_role("heading", name="This invitation has been used")).to_be_visible()

    ann.reload()
    expect(ann.get_by_role("heading", name="Nobody is invited at the moment")).to_be_visible()
    ann.get_by_role("link", name="Remove Nora Novak").click()
    question = ann.get_by_role("dialog", name="Remove member")
    expect(question.get_by_text("First-Bot")).to_be_visible()
    question.get_by_role("button", name="Remove member").click()
    expect(question.get_by_text("Say what becomes of the keys.")).to_be_visible()
    question.get_by_label("What becomes of the keys").select_option("Disable them; they become yours")
    question.get_by_role("button", name="Remove member").click()
    expect(ann.get_by_role("dialog")).to_have_count(0)
    expect(ann.locator("#members-list").get_by_text("Nora Novak")).to_have_count(0)
    refused = server.get("/authz", key=key)
    assert (refused.status, refused.json()["reason"]) == (401, "disabled")

    windows.expect_complaint("status of 404 ")
    nora.reload()
    expect(nora.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_without_javascript_it_works_too(server: Gatehouse, windows: Windows, account: Account) -> None:
    ann = windows.open(server, account, f"/teams/{account.slug}/members/", java_script_enabled=False)
    ann.get_by_role("link", name="+ Invite a member").click()
    ann.get_by_label("E-mail address").fill("vic@acme.example")
    ann.get_by_role("radio", name="Viewer").check()
    ann.get_by_role("button", name="Invite").click()
    link = ann.get_by_label("Link for vic@acme.example").input_value()
    ann.get_by_role("link", name="Done").click()
    vic = windows.open(server, java_script_enabled=False)
    vic.goto(link)
    vic.get_by_label("Full name").fill("Vic Viewer")
    vic.get_by_label("Password", exact=True).fill(PASSWORD)
    vic.get_by_label("Password again").fill(PASSWORD)
    vic.get_by_role("button", name="Join the team").click()
    vic.wait_for_url(f"**{account.page}")
    ann.get_by_role("link", name="Members").click()
    ann.get_by_role("link", name="Change the role of Vic Viewer").click()
    ann.get_by_role("radio", name="Ops").check()
    ann.get_by_role("button", name="Change role").click()
    expect(ann.locator("#members-list tbody tr").filter(has_text="Vic Viewer").get_by_text("Ops")).to_be_visible()


def test_groups_and_settings_by_mouse(server: Gatehouse, windows: Windows, account: Account) -> None:
    fill(server, account, WITH_DEV)
    page = windows.open(server, account, f"/teams/{account.slug}/groups/")
    page.get_by_role("link", name="+ Create a group").click()
    page.get_by_role("dialog").get_by_label("Group name").fill("Quant Research")
    page.get_by_role("dialog").get_by_role("button", name="Create group").click()
    page.get_by_role("link", name="Quant Research").click()
    page.get_by_role("link", name="+ Add a member").click()
    page.get_by_role("dialog").get_by_label("Member of the team").select_option("Dev")
    page.get_by_role("dialog").get_by_role("button", name="Add to group").click()
    expect(page.locator("#group-page").get_by_text(f"dev@{account.slug}.example")).to_be_visible()
    page.get_by_role("link", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Group name").fill("Alpha Research")
    page.get_by_role("dialog").get_by_role("button", name="Rename group").click()
    expect(page.get_by_role("heading", name="Alpha Research")).to_be_visible()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete group").click()
    expect(page.get_by_role("link", name="Desk")).to_be_visible()
    expect(page.get_by_role("link", name="Alpha Research")).to_have_count(0)

    page.get_by_role("link", name="Team settings").click()
    page.get_by_role("link", name="Require a second factor…").click()
    page.get_by_role("dialog").get_by_role("button", name="Require a second factor").click()
    expect(page.get_by_text("asks for a second factor.")).to_be_visible()
    page.get_by_role("link", name="Delete this team…").click()
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("main").get_by_role("button").first.click()
    page.get_by_label("Type the team's slug to confirm").fill(account.slug)
    page.get_by_role("button", name="Delete this team").click()
    expect(page.get_by_text("You are in no team yet.")).to_be_visible()


DIALOGS = {
    "members/": ("+ Invite a member", "Change the role of Dev", "Remove Dev", "Leave team"),
    "groups/": ("+ Create a group",),
    "groups/desk/": ("Rename", "Delete…", "+ Add a member"),
    "settings/": ("Require a second factor…", "Forbid sealed copies…"),
}


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_pages_and_dialogs_are_for_everybody(server: Gatehouse, windows: Windows, account: Account) -> None:
    fill(server, account, WITH_DEV)
    page = windows.open(server, account)
    for path, dialogs in DIALOGS.items():
        page.goto(f"/teams/{account.slug}/{path}")
        inspect(page, path)
        for name in dialogs:
            page.get_by_role("link", name=name).click()
            expect(page.get_by_role("dialog")).to_be_visible()
            inspect(page, name)
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto(f"/teams/{account.slug}/members/")
    link = invite(page, "nora@acme.example")
    inspect(page, "an open invitation")
    stranger = windows.open(server)
    stranger.goto(link)
    inspect(stranger, "joining")
    windows.expect_complaint("status of 403 ")
    page.goto(link)
    inspect(page, "an invitation for somebody else")
