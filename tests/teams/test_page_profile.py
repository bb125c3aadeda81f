"""A person's own page, and the frame around every page: whose session it is, which team, and what there is to see."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from teams.models import AuditEvent, Team, User
from teams.permissions import Role
from teams.services import add_member
from tests.cast import BY_TESTS, Cast, make_key
from tests.conftest import SignIn
from tests.markup import Element, read, said

PROFILE = "/settings/profile/"


@pytest.fixture
def ann(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.ann)


def tabs(page: Element) -> list[str]:
    return [link.text for link in page.one("ul", _class="tabs").all("a")]


def current(page: Element) -> list[str]:
    return [link.text for link in page.one("ul", _class="tabs").all("a", aria_current="page")]


def test_a_saved_profile_says_so_is_shown_and_is_in_the_trail(cast: Cast, ann: Client) -> None:
    form = read(ann.get(PROFILE)).form
    assert (form["full_name"], form["time_zone"]) == ("Ann Lee", "UTC")
    answer = ann.post(PROFILE, form | {"full_name": " Ann  <Lee> ", "time_zone": "Europe/Paris"}, follow=True)
    assert answer.redirect_chain == [(PROFILE, 302)]
    page = read(answer)
    assert said(page) == ["Your profile is saved."]
    assert page.form["full_name"] == "Ann <Lee>"
    assert page.form["time_zone"] == "Europe/Paris"
    assert "Ann <Lee>" in page.one(id="user-menu").text
    assert AuditEvent.objects.filter(kind="profile.changed", object_name="ann@acme.example").count() == 1


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("full_name", "x" * 151, "at most 150 characters"),
        ("full_name", "x" * 10_000, "at most 150 characters"),
        ("full_name", "Ann\u202eeeL", "changes the writing direction"),
        ("full_name", "Ann\x1b[31m", "control character"),
        ("full_name", "Ann\x00", "Null characters are not allowed"),
        ("time_zone", "Mars/Olympus_Mons", "not one of the available choices"),
        ("time_zone", "../../etc/passwd", "not one of the available choices"),
        ("time_zone", "", "This field is required."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(cast: Cast, ann: Client, field: str, value: str, error: str) -> None:
    typed = {"full_name": "Ann Changed", "time_zone": "Europe/Paris"} | {field: value}
    answer = ann.post(PROFILE, typed)
    assert answer.status_code == 422
    page = read(answer)
    assert error in page.error_of(field)
    other = "full_name" if field == "time_zone" else "time_zone"
    assert page.form[other] == typed[other]
    person = User.objects.get(pk=cast.ann.pk)
    assert (person.full_name, person.time_zone) == ("Ann Lee", "UTC")


def test_a_person_without_a_name_goes_by_the_address(cast: Cast, ann: Client) -> None:
    assert ann.post(PROFILE, {"full_name": "", "time_zone": "UTC"}).status_code == 302
    assert "ann@acme.example" in read(ann.get("/teams/acme/members/")).text


def test_times_are_the_persons(cast: Cast, ann: Client) -> None:
    with time_machine.travel(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), tick=False):
        make_key(cast.acme, cast.dev)
        for zone, day in (("UTC", "1 Jul 2026"), ("Asia/Tokyo", "2 Jul 2026")):
            User.objects.filter(pk=cast.ann.pk).update(time_zone=zone)
            created = read(ann.get("/teams/acme/authorization/")).one("td", data_label="Created")
            assert day in created.text


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("ann", ["Members", "Groups", "Subscriptions", "Activity", "Team settings"]),
        ("dev", ["Members", "Groups", "Subscriptions", "Activity"]),
        ("olga", ["Members", "Groups", "Subscriptions", "Activity"]),
        ("vic", ["Members", "Groups", "Subscriptions"]),
    ],
)
def test_the_tabs_are_what_the_role_may_see(cast: Cast, sign_in: SignIn, person: str, seen: list[str]) -> None:
    browser = sign_in(cast.person(person))
    for path in (PROFILE, "/teams/acme/authorization/"):
        assert tabs(read(browser.get(path))) == ["Profile", "Security", "Team Authorization", *seen]
    for link in read(browser.get(PROFILE)).one("ul", _class="tabs").all("a"):
        page = browser.get(link.get("href"))
        assert page.status_code == 200
        assert current(read(page)) == [link.text]


def test_somebody_in_no_team_has_the_personal_tabs(db: None, sign_in: SignIn) -> None:
    page = read(sign_in(User.objects.create_user("new@acme.example")).get(PROFILE))
    assert tabs(page) == ["Profile", "Security"]
    assert "You are in no team yet." in page.text


def test_somebody_in_two_teams_can_tell_them_apart_and_switch(cast: Cast, sign_in: SignIn) -> None:
    add_member(team=cast.globex, user=cast.olga, role=Role.VIEWER, actor=BY_TESTS)
    olga = sign_in(cast.olga)
    page = read(olga.get("/teams/globex/authorization/"))
    assert "Viewer of Globex" in page.one(id="user-menu").text
    assert [link.get("href") for link in page.one(id="team-menu").all("a")] == [
        "/teams/acme/authorization/",
        "/teams/globex/authorization/",
    ]
    assert [link.text for link in page.one(id="team-menu").all("a", aria_current="true")] == ["Globex"]
    assert "Activity" not in tabs(page)
    assert "Activity" in tabs(read(olga.get("/teams/acme/authorization/")))


def test_a_suspended_team_is_told(cast: Cast, ann: Client) -> None:
    Team.objects.filter(pk=cast.acme.pk).update(suspended_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert "This team is suspended." in read(ann.get("/teams/acme/authorization/")).one(id="team-notices").text


def test_what_expires_soon_is_told_with_the_way_to_it(cast: Cast, ann: Client) -> None:
    notices = read(ann.get("/teams/acme/authorization/")).one(id="team-notices")
    assert "within 14 days" not in notices.text
    make_key(cast.acme, cast.dev, "Soon", days=13)
    make_key(cast.acme, cast.dev, "Later", days=15)
    make_key(cast.acme, cast.dev, "Sooner", days=1)
    notices = read(ann.get("/teams/acme/authorization/")).one(id="team-notices")
    assert "2 keys expire within 14 days." in notices.text
    (link,) = [link for link in notices.all("a") if link.text == "Show them"]
    page = read(ann.get("/teams/acme/authorization/" + link.get("href").partition("#")[0]))
    assert [cell.all("bdi")[0].text for cell in page.all("td", data_label="Name")] == ["Sooner", "Soon"]
