"""Somebody looks for what has happened: on the Activity tab of a team, and on that of the installation."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apikeys.services import revoke_key
from teams import audit
from teams.audit_search import AREAS, OF_TEAMS, kind_choices
from teams.models import AuditEvent, User
from teams.services import change_profile, change_team, create_group
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.conftest import SignIn
from tests.identity.visitor import Visitor
from tests.markup import Element, read, rows

ACTIVITY = "/teams/acme/activity/"
EVERYTHING = "/operators/activity/"


@pytest.fixture
def ann(cast: Cast, sign_in: SignIn) -> Client:
    """Some days of March in Acme, and Ann, who looks back at them."""
    by_ann = audit.Actor(name="Ann Lee", user_id=cast.ann.pk, address="198.51.100.7", request_id="a1b2c3")
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False):
        create_group(team=cast.acme, name="Quant Research", actor=by_ann)
    with time_machine.travel(datetime(2026, 3, 10, 23, 30, tzinfo=UTC), tick=False):
        key = make_key(cast.acme, cast.dev).apikey
    with time_machine.travel(datetime(2026, 3, 11, 0, 30, tzinfo=UTC), tick=False):
        revoke_key(apikey=key, reason="leaked", actor=by_ann)
    with time_machine.travel(datetime(2026, 3, 20, 12, tzinfo=UTC), tick=False):
        list_network(cast.acme, "203.0.113.0/24", "Office")
    return sign_in(cast.ann)


def sentences(page: Element) -> list[str]:
    return [row.all("td")[2].text for row in rows(page, "events-list")]


def found(browser: Client, query: str, path: str = ACTIVITY) -> list[str]:
    """The newest first, without what makes the cast."""
    told = sentences(read(browser.get(f"{path}?{query}")))
    return [words for words in told if "created the team" not in words and "to the team" not in words]


def test_it_reads_as_a_person_would_tell_it(ann: Client) -> None:
    assert found(ann, "") == [
        "The tests added the network 203.0.113.0/24",
        "Ann Lee revoked key Backtesting-Alpha-Bot from 198.51.100.7 Reason: leaked",
        "The tests generated key Backtesting-Alpha-Bot",
        "Ann Lee created the group Quant Research from 198.51.100.7",
    ]


REVOKED = "Ann Lee revoked key Backtesting-Alpha-Bot from 198.51.100.7 Reason: leaked"
GENERATED = "The tests generated key Backtesting-Alpha-Bot"
GROUP = "Ann Lee created the group Quant Research from 198.51.100.7"
NETWORK = "The tests added the network 203.0.113.0/24"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("events.actor=Ann+Lee", [REVOKED, GROUP]),
        ("events.actor=ann", [REVOKED, GROUP]),
        ("events.actor=ANN@acme.example", [REVOKED, GROUP]),
        ("events.actor=mallory@globex.example", []),
        ("events.thing=backtesting", [REVOKED, GENERATED]),
        ("events.thing=quant-research", [GROUP]),
        ("events.kind=key.revoked", [REVOKED]),
        ("events.kind=key", [REVOKED, GENERATED]),
        ("events.kind=subnet", [NETWORK]),
        ("events.since=2026-03-11", [NETWORK, REVOKED]),
        ("events.until=2026-03-10", [GENERATED, GROUP]),
        ("events.since=2026-03-10&events.until=2026-03-10", [GENERATED]),
        ("events.actor=ann&events.kind=key&events.until=2026-03-11", [REVOKED]),
        ("events.q=a1b2c3&events.kind=group", [GROUP]),
        ("events.q=203.0.113", [NETWORK]),
        ("events.actor=&events.thing=&events.kind=&events.since=&events.until=", [NETWORK, REVOKED, GENERATED, GROUP]),
    ],
)
def test_a_filter_finds_what_it_says(ann: Client, query: str, expected: list[str]) -> None:
    assert found(ann, query) == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("UTC", [REVOKED]), ("Europe/Berlin", [REVOKED, GENERATED]), ("America/New_York", [])],
)
def test_a_day_is_that_of_the_person_who_asks(cast: Cast, ann: Client, zone: str, expected: list[str]) -> None:
    """At half past midnight in London it is half past one in Berlin, and still yesterday in New York."""
    User.objects.filter(pk=cast.ann.pk).update(time_zone=zone)
    assert found(ann, "events.since=2026-03-11&events.until=2026-03-11") == expected


def test_a_day_on_which_the_clocks_change_is_whole(cast: Cast, ann: Client) -> None:
    User.objects.filter(pk=cast.ann.pk).update(time_zone="Europe/Berlin")
    for moment in (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), datetime(2026, 3, 29, 21, 59, 59, 999_999, tzinfo=UTC)):
        with time_machine.travel(moment, tick=False):
            audit.record(kind="team.changed", actor=BY_TESTS, team=cast.acme, object_name="Acme")
    assert len(found(ann, "events.since=2026-03-29&events.until=2026-03-29")) == 2
    assert found(ann, "events.since=2026-03-30") == []


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("events.since=yesterday", "since", "Write the date as 2026-03-31."),
        ("events.since=2026-02-30", "since", "Write the date as 2026-03-31."),
        ("events.since=0001-01-01", "since", "Gatehouse is younger than that."),
        ("events.until=9999-12-31", "until", "That is too far ahead."),
        ("events.since=2026-03-11&events.until=2026-03-10", "until", "This is before the day to begin with."),
        ("events.kind=key.vanished", "kind", "Nothing of that kind is recorded."),
        ("events.kind=sign_in", "kind", "Nothing of that kind is recorded."),
        ("events.actor=%00", "actor", "Null characters are not allowed."),
        ("events.thing=" + "x" * 201, "thing", "at most 200 characters"),
    ],
)
def test_a_filter_that_cannot_be_is_not_taken_for_none(ann: Client, query: str, field: str, said: str) -> None:
    page = read(ann.get(f"{ACTIVITY}?{query}"))
    assert sentences(page) == []
    assert "This filter cannot be used" in page.text
    assert said in page.one("details").error_of(f"events.{field}")
    file = ann.get(f"{ACTIVITY[:-1]}.csv?{query}")
    assert file.status_code == 302
    assert file["Location"].startswith(f"{ACTIVITY}?events.")


def test_what_is_filtered_by_stays_while_one_searches_sorts_and_turns_pages(cast: Cast, ann: Client) -> None:
    for n in range(30):
        make_key(cast.acme, cast.dev, f"Bot {n}")
    page = read(ann.get(f"{ACTIVITY}?events.kind=key&events.q=Bot&events.sort=at"))
    assert page.one("details").field("events.kind").all("option", selected="")[0].get("value") == "key"
    links = [link.get("href") for link in page.one(id="events-list").all("a") if "events.page" in link.get("href")]
    assert links
    assert all("events.kind=key" in link and "events.q=Bot" in link and "events.sort=at" in link for link in links)
    second = read(ann.get(f"{ACTIVITY}{links[-1]}"))
    assert 0 < len(sentences(second)) < 25
    [search] = page.all("form", role="search")
    assert {"events.kind": "key", "events.sort": "at"}.items() <= hidden(search).items()
    [filters] = [form for form in page.one(id="events-list").all("form") if form is not search]
    assert hidden(filters) == {"events.sort": "at", "events.q": "Bot"}


def hidden(form: Element) -> dict[str, str]:
    return {field.get("name"): field.get("value") for field in form.all("input", type="hidden")}


def test_the_filter_offers_what_is_said_of_it(ann: Client) -> None:
    page = read(ann.get(ACTIVITY))
    options = {option.get("value"): option.text for option in page.one("details").field("events.kind").all("option")}
    assert options["key.revoked"] == "Revoked key …"
    assert options["key"] == "Anything about: API keys"
    assert not [value for value in options if value.startswith(("sign_in", "operator", "password"))]
    people = [option.get("value") for option in page.one(id="people").all("option")]
    assert people == ["Ann Lee", "Dev Patel", "Olga Ops", "Vic Viewer", "Command line"]


def test_every_kind_of_event_can_be_chosen() -> None:
    """A kind of a new area needs a place in `teams.audit_search.AREAS`, or nobody finds its events."""
    assert {kind for kind in audit.kinds() if not any(area.covers(kind) for area in AREAS)} == set()
    groups = [group for _, group in kind_choices(AREAS) if isinstance(group, list)]
    offered = {value for group in groups for value, _ in group}
    assert set(audit.kinds()) <= offered


def test_kinds_are_where_they_are_said_to_be(cast: Cast, ann: Client, operator: Visitor) -> None:
    """The events of a team are of kinds that its filter offers; the installation's are not."""
    for event in AuditEvent.objects.all():
        assert any(area.covers(event.kind) for area in OF_TEAMS) == (event.team_id is not None), event.kind


def test_what_was_changed_is_said_from_what_to_what(cast: Cast, sign_in: SignIn) -> None:
    change_team(team=cast.acme, name="Acme Labs", max_key_lifetime_days=90, actor=BY_TESTS)
    [newest, *_] = sentences(read(sign_in(cast.ann).get(ACTIVITY)))
    assert newest == (
        "The tests changed the settings of the team Acme Labs "
        "Name: Acme Research → Acme Labs Longest key lifetime: 365 → 90"
    )


def test_names_are_text_and_nothing_else(cast: Cast, sign_in: SignIn) -> None:
    make_key(cast.acme, cast.dev, "<b>bold</b>")
    page = sign_in(cast.ann).get(ACTIVITY).content.decode()
    assert "generated key &lt;b&gt;bold&lt;/b&gt;" in page


def test_a_fragment_is_the_list_alone(ann: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "events-list"}
    page = ann.get(f"{ACTIVITY}?events.kind=key", headers=headers).content.decode()
    assert page.lstrip().startswith('<section id="events-list"')


def test_the_page_costs_the_same_however_much_has_happened(cast: Cast, sign_in: SignIn) -> None:
    ann, counts = sign_in(cast.ann), []
    for start, end in ((0, 3), (3, 40)):
        for n in range(start, end):
            make_key(cast.acme, cast.dev, f"Bot {n}")
        with CaptureQueriesContext(connection) as queries:
            ann.get(f"{ACTIVITY}?events.kind=key&events.actor=tests")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 8


# The installation's


def test_an_operator_sees_who_signed_in(cast: Cast, operator: Visitor) -> None:
    Visitor("203.0.113.66").sign_in(cast.vic.email, "a guess")
    change_profile(user=cast.dev, full_name="Dev P.", time_zone="UTC", actor=BY_TESTS)
    told = sentences(operator.page(EVERYTHING))
    assert told[:2] == [
        "The tests changed the profile of dev@acme.example",
        "Somebody not signed in failed to sign in as vic@acme.example: wrong password from 203.0.113.66",
    ]
    assert any(words.startswith("Gus Gate signed in with password from") for words in told)
    assert not [words for words in told if "team" in words]


def test_and_where_asked_for_what_happened_in_every_team(cast: Cast, ann: Client, operator: Visitor) -> None:
    page = operator.page(f"{EVERYTHING}?events.where=everywhere&events.kind=key.revoked")
    [row] = rows(page, "events-list")
    assert [cell.text for cell in row.all("td")][2:] == [REVOKED, "Acme Research"]
    assert "events.where=everywhere" in page.one(id="events-by-at").get("href")


def test_a_teams_trail_outlives_the_team(cast: Cast, operator: Visitor) -> None:
    from teams.services import delete_team

    delete_team(team=cast.globex, actor=BY_TESTS)
    told = sentences(operator.page(f"{EVERYTHING}?events.where=everywhere&events.q=Globex"))
    assert told[0] == "The tests deleted the team Globex"
