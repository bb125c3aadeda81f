"""The first run and the operators' pages in a real browser, Django's admin among them, under the strict CSP."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.accounts import Account, fill
from tests.browser.inspection import LOOKS, TOO_WIDE, inspect
from tests.browser.windows import Windows
from tests.cast import PASSWORD
from tests.server import Gatehouse

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatehouse]:
    """Started for the first time."""
    instance = Gatehouse(tmp_path_factory.mktemp("fresh"))
    try:
        yield instance.start()
    finally:
        instance.stop()
    instance.assert_trail_intact()


@pytest.fixture(scope="module")
def link(fresh: Gatehouse) -> str:
    [path] = re.findall(r"/setup/\w+/", fresh.log.read_text())
    return str(path)


@pytest.fixture(scope="module")
def gus(fresh: Gatehouse, link: str) -> Account:
    """The first here, however he came to be it: the test of the first run, or this."""
    account = Account("acme-research", "gus@acme.example", PASSWORD)
    set_up = f"""
from teams.first_run import set_up, somebody_can_sign_in
from tests.cast import BY_TESTS
if not somebody_can_sign_in():
    set_up(token={link.split("/")[2]!r}, name="Acme Research", full_name="Gus Gate", email={account.email!r},
           password={account.password!r}, actor=BY_TESTS)
"""
    fresh.shell(set_up)
    return account


def confirm(page: Page) -> None:
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def inspect_admin(page: Page) -> None:
    """As `inspect` does, and axe-core is not to load the sheets anew: it trips over those that import others."""
    for scheme, size in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(size)
        results = Axe().run(page, options={"preload": False})
        assert results.violations_count == 0, f"{scheme}, {size['width']}: {results.generate_report()}"
        assert page.evaluate(TOO_WIDE) == [], f"{scheme}, {size['width']}"


def test_the_link_leads_to_a_team_of_ones_own(fresh: Gatehouse, windows: Windows, link: str) -> None:
    page = windows.open(fresh, path=link)
    inspect(page)
    page.get_by_label("Team name").fill("Acme Research")
    page.get_by_label("Full name").fill("Gus Gate")
    page.get_by_label("Your e-mail address").fill("gus@acme.example")
    page.get_by_label("Password", exact=True).fill("too short")
    page.get_by_label("Password again").fill("too short")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_text("too short")).to_be_visible()
    inspect(page)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="API Keys")).to_be_visible()
    messages = page.get_by_role("region", name="Messages")
    expect(messages.get_by_text("Gatehouse is set up, and you are the admin of Acme Research.")).to_be_visible()
    page.get_by_role("button", name="Account of Gus Gate").click()
    page.get_by_role("link", name="Operators").click()
    expect(page.get_by_role("heading", name="Teams")).to_be_visible()
    windows.expect_complaint("status of 404")
    page.goto(link)
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_a_team_is_made_suspended_and_resumed(fresh: Gatehouse, windows: Windows, gus: Account) -> None:
    page = windows.open(fresh, gus, "/operators/teams/")
    page.get_by_role("link", name="+ Create a team").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Team name").fill("Initech")
    dialog.get_by_label("E-mail address of the admin").fill("bill@initech.example")
    dialog.get_by_role("button", name="Create team").click()
    expect(dialog.get_by_label("Link for bill@initech.example")).to_have_value(re.compile(r"/invitations/\w{32}/$"))
    inspect(page)
    dialog.get_by_role("link", name="Done").click()
    row = page.get_by_role("row").filter(has_text="Initech")
    expect(row.get_by_text("Active")).to_be_visible()
    row.get_by_role("link", name="Suspend Initech").click()
    confirm(page)
    page.get_by_label("Reason").fill("unpaid")
    inspect(page)
    page.get_by_role("button", name="Suspend team").click()
    expect(row.get_by_text("unpaid")).to_be_visible()
    row.get_by_role("link", name="Resume Initech").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("paid")
    page.get_by_role("dialog").get_by_role("button", name="Resume team").click()
    expect(row.get_by_text("Active")).to_be_visible()
    expect(page.get_by_role("region", name="Messages").get_by_text("Resumed the team Initech.")).to_be_visible()


def test_somebody_is_let_in_and_shut_out_in_the_admin(fresh: Gatehouse, windows: Windows, gus: Account) -> None:
    page = windows.open(fresh, gus, "/operators/admin/teams/user/add/")
    confirm(page)
    page.get_by_label("E-mail address").fill("nora@acme.example")
    page.get_by_label("Full name").fill("Nora New")
    page.get_by_label("Password:").fill(PASSWORD)
    page.get_by_label("Password again:").fill(PASSWORD)
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    inspect_admin(page)
    nora = windows.open(fresh, Account("", "nora@acme.example", PASSWORD), "/settings/profile/")
    expect(nora.get_by_role("heading", name="Profile Settings")).to_be_visible()
    page.get_by_label("May sign in").uncheck()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    nora.reload()
    expect(nora.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("cell", name="Gus Gate deactivated the account of nora@acme.example")).to_be_visible()


PAGES = (
    "/operators/teams/",
    "/operators/teams/?teams.q=nothing-of-that-name",
    "/operators/teams/create/",
    "/operators/teams/acme-research/subscriptions/",
    "/operators/teams/acme-research/subscriptions/grant/",
    "/operators/activity/",
    "/operators/activity/?events.since=2026-03-02&events.until=2026-03-01",
    "/operators/activity/?events.where=everywhere",
    "/operators/admin/",
    "/operators/admin/teams/",
    "/operators/admin/teams/user/",
    "/operators/admin/teams/user/?is_active__exact=1",
    "/operators/admin/teams/team/",
    "/operators/admin/teams/team/1/change/",
    "/operators/admin/teams/membership/",
    "/operators/admin/teams/group/",
    "/operators/admin/teams/auditevent/",
    "/operators/admin/teams/auditevent/1/change/",
    "/operators/admin/apikeys/apikey/",
    "/operators/admin/apikeys/apikey/{key}/change/",
    "/operators/admin/ipsubnets/ipsubnet/",
    "/operators/admin/console/subscription/",
)
GRAVE = (
    "/operators/teams/acme-research/suspend/",
    "/operators/teams/acme-research/add-admin/",
    "/operators/admin/teams/user/add/",
    "/operators/admin/teams/user/{vic}/change/",
    "/operators/admin/teams/user/{vic}/password/",
)


@pytest.fixture(scope="module")
def something(fresh: Gatehouse, gus: Account) -> dict[str, str]:
    """A key, a network and a person whose names are as long as names can be."""
    code = """
list_network(team, "2001:db8:1234:5678:9abc:def0:1234:5678", "L" * 100)
create_group(team=team, name="G" * 100, actor=BY_TESTS)
vic = add_person(email="v" * 60 + "@acme.example", full_name="W" * 150, password=PASSWORD, actor=BY_TESTS)
long = create_team(name="W" * 100, actor=BY_TESTS)
suspend_team(team=long, reason="r" * 200, actor=BY_TESTS)
print(vic.pk, make_key(team, ann, "W" * 64).apikey.pk)
"""
    vic, key = fill(fresh, gus, code).split()
    return {"vic": vic, "key": key}


@pytest.mark.parametrize("path", PAGES)
def test_every_page(fresh: Gatehouse, windows: Windows, gus: Account, something: dict[str, str], path: str) -> None:
    page = windows.open(fresh, gus, path.format(**something))
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    (inspect_admin if "/admin/" in path else inspect)(page)


@pytest.mark.parametrize("path", GRAVE)
def test_every_page_that_asks_for_the_password_first(
    fresh: Gatehouse, windows: Windows, gus: Account, something: dict[str, str], path: str
) -> None:
    path = path.format(**something)
    page = windows.open(fresh, gus, path)
    confirm(page)
    expect(page).to_have_url(fresh.url + path)
    (inspect_admin if "/admin/" in path else inspect)(page)
