"""Gus makes a team for somebody, and stops one that misbehaves."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apikeys.services import delete_key
from teams import audit
from teams.models import AuditEvent, Invitation, Team, User
from teams.permissions import Role
from teams.services import add_member, suspend_team
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.front_door import OFFICE, FrontDoorClient
from tests.identity.visitor import Visitor
from tests.markup import Element, events, read, rows, said

TEAMS = "/operators/teams/"
HTMX = {"HX-Request": "true"}


def cells(page: Element) -> list[list[str]]:
    return [[cell.text for cell in row.all("td")][:6] for row in rows(page, "teams-list")]


def test_the_list_says_how_much_is_in_each_team(cast: Cast, operator: Visitor) -> None:
    for n in range(3):
        make_key(cast.acme, cast.dev, f"Bot {n}")
    delete_key(apikey=make_key(cast.acme, cast.dev, "gone").apikey, actor=BY_TESTS)
    list_network(cast.acme, "198.51.100.0/24")
    list_network(cast.acme, "203.0.113.0/24", hours=8)
    acme, globex = cells(operator.page(TEAMS))
    assert acme[:4] == ["Acme Research acme", "4", "3", "2"]
    assert globex[:4] == ["Globex globex", "1", "0", "0"]
    assert (acme[5], globex[5]) == ("Active", "Active")


def test_nothing_in_the_teams_is_shown(cast: Cast, operator: Visitor) -> None:
    key = make_key(cast.acme, cast.dev).apikey
    page = operator.get(TEAMS).content.decode()
    assert key.name not in page
    assert cast.dev.email not in page
    assert operator.get("/teams/acme/authorization/").status_code == 404


def test_a_suspended_one_says_since_when_by_whom_and_why(cast: Cast, operator: Visitor) -> None:
    suspend_team(team=cast.globex, reason="first", actor=BY_TESTS)
    operator.post(f"{TEAMS}globex/resume/", {"reason": "paid"})
    suspend_team(team=cast.globex, reason="unpaid again", actor=BY_TESTS)
    [_, globex] = cells(operator.page(TEAMS))
    assert "by The tests: unpaid again" in globex[5]
    assert "first" not in globex[5]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("", "Acme Research acme"),
        ("teams.sort=-name", "Globex globex"),
        ("teams.sort=-members", "Acme Research acme"),
        ("teams.sort=keys", "Acme Research acme"),
        ("teams.sort=-keys", "Globex globex"),
        ("teams.sort=status", "Globex globex"),
        ("teams.sort=nonsense", "Acme Research acme"),
        ("teams.q=GLOB", "Globex globex"),
    ],
)
def test_teams_are_searched_and_sorted(cast: Cast, operator: Visitor, query: str, first: str) -> None:
    make_key(cast.globex, cast.mallory)
    suspend_team(team=cast.globex, actor=BY_TESTS)
    assert cells(operator.page(f"{TEAMS}?{query}"))[0][0] == first


def test_a_search_that_finds_nothing_says_so(operator: Visitor) -> None:
    page = operator.page(f"{TEAMS}?teams.q=umbrella")
    assert "No team matches “umbrella”" in page.text


def test_the_list_asks_the_database_as_often_for_many_as_for_few(cast: Cast, operator: Visitor) -> None:
    counts = []
    for start, end in ((0, 2), (2, 40)):
        for n in range(start, end):
            team = Team.objects.create(name=f"Team {n}", slug=f"team-{n}")
            add_member(team=team, user=cast.mallory, role=Role.ADMIN, actor=BY_TESTS)
            if n % 2:
                suspend_team(team=team, reason="x", actor=BY_TESTS)
        operator.get(TEAMS)
        with CaptureQueriesContext(connection) as queries:
            page = operator.page(TEAMS)
        counts.append(len(queries))
    assert len(cells(page)) == 25
    assert counts[0] == counts[1]
    assert counts[0] <= 10


# Making one


def test_a_team_for_somebody_who_has_an_account(cast: Cast, operator: Visitor) -> None:
    answer = operator.post(f"{TEAMS}create/", {"name": "Initech", "slug": "", "email": "Mallory@Globex.example"})
    assert answer["Location"] == TEAMS
    team = Team.objects.get(slug="initech")
    assert team.memberships.get().user == cast.mallory
    assert team.memberships.get().role == Role.ADMIN
    assert said(operator.page(TEAMS)) == ["mallory@globex.example is an admin of Initech now."]
    told = [audit.sentence(event) for event in AuditEvent.objects.filter(team_id=team.pk).order_by("seq")]
    assert told == [
        f"Gus Gate created the team Initech from {OFFICE}",
        f"Gus Gate added mallory@globex.example to the team from {OFFICE}",
    ]


def test_a_team_for_somebody_new(cast: Cast, operator: Visitor) -> None:
    """The link is in this one answer, and in none that comes later."""
    answer = operator.post(
        f"{TEAMS}create/", {"name": "Initech", "slug": "ini", "email": "bill@initech.example"}, headers=HTMX
    )
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert events(answer) == {"teams-changed": True}
    link = read(answer).one(id="invitation-link").get("value")
    team = Team.objects.get(slug="ini")
    assert Invitation.objects.get().team == team
    assert link.rpartition("/")[0].rpartition("/")[2] not in str(list(AuditEvent.objects.values()))
    bill = Visitor("203.0.113.9")
    form = {"full_name": "Bill", "password": "a password of his own", "password_again": "a password of his own"}
    joined = bill.post(link.removeprefix("http://127.0.0.1:8000"), form)
    assert joined["Location"] == "/teams/ini/authorization/"
    assert team.memberships.get().role == Role.ADMIN


@pytest.mark.parametrize(
    ("typed", "field", "said_of_it"),
    [
        ({}, "name", "Give the team a name."),
        ({"name": "Initech"}, "email", "Enter the address of the person who is to run the team."),
        (
            {"name": "Acme", "slug": "acme", "email": "x@x.example"},
            "slug",
            "There is already a team with the slug “acme”.",
        ),
        ({"name": "日本", "email": "x@x.example"}, "slug", "no letter a to z"),
        ({"name": "Initech", "slug": "In It", "email": "x@x.example"}, "slug", "lower-case letters"),
        ({"name": "Initech", "email": "not an address"}, "email", "This is not an e-mail address"),
        ({"name": "Initech", "email": "off@acme.example"}, "email", "may not sign in"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_made(
    cast: Cast, operator: Visitor, typed: dict[str, str], field: str, said_of_it: str
) -> None:
    User.objects.create_user("off@acme.example", is_active=False)
    answer = operator.post(f"{TEAMS}create/", typed)
    assert answer.status_code == 422
    assert said_of_it in read(answer).error_of(field)
    assert Team.objects.count() == 2
    assert not Invitation.objects.exists()


# A team that nobody runs


def test_a_team_without_an_admin_gets_one(cast: Cast, operator: Visitor) -> None:
    cast.acme.memberships.filter(role=Role.ADMIN).delete()
    operator.post(f"{TEAMS}acme/add-admin/", {"email": cast.mallory.email})
    assert cast.acme.memberships.get(role=Role.ADMIN).user == cast.mallory
    answer = operator.post(f"{TEAMS}acme/add-admin/", {"email": cast.mallory.email})
    assert "is already a member of" in read(answer).error_of("email")
    assert operator.post(f"{TEAMS}none-such/add-admin/", {"email": cast.mallory.email}).status_code == 404


# Suspending and resuming


def test_a_suspended_teams_keys_are_refused_with_the_next_request(
    cast: Cast, operator: Visitor, front_door: FrontDoorClient
) -> None:
    list_network(cast.acme, OFFICE)
    key = make_key(cast.acme, cast.dev).text
    assert front_door.get("/api/v1/datasets", key=key).status == 200
    answer = operator.post(f"{TEAMS}acme/suspend/", {"reason": "unpaid"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == TEAMS
    assert said(operator.page(TEAMS)) == ["Suspended the team Acme Research."]
    refused = front_door.get("/api/v1/datasets", key=key)
    assert (refused.status, refused.json()["reason"]) == (401, "team_suspended")
    answer = operator.post(f"{TEAMS}acme/resume/", {"reason": "paid"}, headers=HTMX)
    assert events(answer)["toast"] == {"text": "Resumed the team Acme Research.", "kind": "success"}
    assert "teams-changed" in events(answer)
    assert front_door.get("/api/v1/datasets", key=key).status == 200
    newest = AuditEvent.objects.filter(team_id=cast.acme.pk).order_by("-seq")[:2]
    assert [(event.kind, event.details["reason"], event.actor_name) for event in newest] == [
        ("team.resumed", "paid", "Gus Gate"),
        ("team.suspended", "unpaid", "Gus Gate"),
    ]


def test_a_reason_has_to_be_given(cast: Cast, operator: Visitor) -> None:
    answer = operator.post(f"{TEAMS}acme/suspend/", {"reason": " "})
    assert answer.status_code == 422
    assert read(answer).error_of("reason") == "Say why. The team’s members will ask."
    assert not Team.objects.get(slug="acme").suspended_at


def test_twice_is_refused_in_words(cast: Cast, operator: Visitor) -> None:
    suspend_team(team=cast.acme, reason="unpaid", actor=BY_TESTS)
    answer = operator.post(f"{TEAMS}acme/suspend/", {"reason": "x"}, headers=HTMX)
    assert events(answer)["toast"] == {"text": "The team Acme Research is suspended already.", "kind": "error"}
    answer = operator.post(f"{TEAMS}globex/resume/", {"reason": "x"}, headers=HTMX)
    assert events(answer)["toast"] == {"text": "The team Globex is not suspended.", "kind": "error"}


def test_resuming_recalls_why_it_was_suspended(cast: Cast, operator: Visitor) -> None:
    suspend_team(team=cast.acme, reason="unpaid", actor=BY_TESTS)
    page = operator.page(f"{TEAMS}acme/resume/")
    assert "The tests" in page.one("dl").text
    assert "unpaid" in page.one("dl").text


def test_a_dialog_is_answered_with_the_dialog_only(operator: Visitor) -> None:
    for path in ("create/", "acme/suspend/", "acme/resume/", "acme/add-admin/"):
        page = operator.get(f"{TEAMS}{path}", headers=HTMX).content.decode()
        assert "<html" not in page
        assert 'id="dialog-title"' in page
