"""Every URL, asked for by everybody: nothing is open that the table does not say is open."""

import re
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve

from apikeys.models import ApiKey
from teams.models import AuditEvent
from tests.cast import Cast, make_key
from tests.conftest import SignIn
from tests.console.every_url import PEOPLE, REDIRECTS, TABLE, every_route, path_of, things_of, things_of_acme
from tests.front_door import FrontDoorClient

METHODS = ("GET", "POST")
PAGES = [route for route in TABLE if not route.startswith("api/v1")]
API = [route for route in TABLE if route.startswith("api/v1")]


def ids_in(route: str) -> list[str]:
    """The parameters that name something of the team."""
    return [name for name in re.findall(r"<\w+:(\w+)>", route) if name != "team_slug"]


WITH_AN_ID = [route for route in TABLE if "team_slug" in route and ids_in(route)]
OF_A_KEY = [route for route in PAGES if "key_id" in route and not route.endswith("<key:key_id>/")]
"""What is done to a key; its page is everybody's to read."""


def test_every_url_has_its_place_in_the_table() -> None:
    assert set(every_route()) == set(TABLE), "Place the new URL in the table of tests/console/every_url.py."


@pytest.mark.parametrize("route", TABLE)
def test_the_table_gets_to_where_it_says(route: str) -> None:
    arguments = dict.fromkeys(re.findall(r"<(?:\w+:)?(\w+)>", route), "1")
    arguments |= {"app_label": "teams"} | dict.fromkeys(re.findall(r"<key:(\w+)>", route), "0" * 12)
    assert resolve(path_of(route, **arguments)).route == route


def test_who_gets_what(cast: Cast, sign_in: SignIn) -> None:
    """And: a refused change is in the trail, with whose it was and what it was about; a refused look is not."""
    arguments = things_of_acme(cast)
    sessions = {person: _browser(cast, sign_in, person).cookies for person in PEOPLE}
    browser = Client()
    found = {}
    for route in PAGES:
        path = path_of(route, **arguments)
        about = "/".join(arguments[name] for name in ids_in(route))
        rows = []
        for method in METHODS:
            words = []
            for person, cookies in sessions.items():
                browser.cookies = SimpleCookie(cookies.output(header="", sep=";"))
                with transaction.atomic():
                    answer = browser.generic(method, path)
                    refusals = list(AuditEvent.objects.filter(kind="access.refused"))
                    transaction.set_rollback(True)  # everybody finds the same
                words.append(_word(answer, path))
                recorded = [(event.team_id, event.actor_name, event.object_id) for event in refusals]
                refused_change = method == "POST" and answer.status_code == 403 and "team_slug" in route
                name = cast.person(person).full_name if person else ""
                assert recorded == ([(cast.acme.pk, name, about)] if refused_change else []), (
                    f"{person} {method} {path}"
                )
            rows.append(" ".join(words))
        found[route] = tuple(rows)
    assert found == {route: TABLE[route] for route in PAGES}


@pytest.mark.parametrize("route", API)
def test_no_session_opens_the_api(cast: Cast, sign_in: SignIn, front_door: FrontDoorClient, route: str) -> None:
    path = path_of(route, **things_of_acme(cast))
    for method, row in zip(METHODS, TABLE[route], strict=True):
        statuses = []
        for person in PEOPLE:
            cookies = _browser(cast, sign_in, person).cookies
            headers: list[tuple[str | bytes, str | bytes]] = [("Cookie", f"{n}={m.value}") for n, m in cookies.items()]
            statuses.append(str(front_door.request(method, path, headers=headers).status))
        assert " ".join(statuses) == row, f"{method} {path}"


@pytest.mark.parametrize("route", OF_A_KEY)
@pytest.mark.parametrize("method", METHODS)
def test_a_developer_manages_own_keys_only(cast: Cast, sign_in: SignIn, route: str, method: str) -> None:
    anns = make_key(cast.acme, cast.ann, "Anns-Bot").apikey
    path = path_of(route, team_slug="acme", key_id=anns.pk)
    answer = sign_in(cast.dev).generic(method, path)
    assert answer.status_code == (302 if route.endswith("copy/") else 403)
    anns.refresh_from_db()
    assert anns.status == "active"
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("route", WITH_AN_ID)
def test_ids_of_another_team_lead_nowhere(cast: Cast, sign_in: SignIn, route: str) -> None:
    """What is Globex's, asked for under the name of Acme by those whom Acme lets do most."""
    foreign = things_of(cast.globex, owner=cast.mallory, member=cast.mallory)
    own = things_of_acme(cast)
    trail = AuditEvent.objects.count()
    browsers = [sign_in(cast.ann), sign_in(cast.dev if "key_id" in route else cast.ann)]
    for name in ids_in(route):
        path = path_of(route, **own | {name: foreign[name]})
        for method, row in zip(METHODS, TABLE[route], strict=True):
            expected = 405 if row.startswith("405") else 404
            for browser in browsers:
                for headers in ({}, {"HX-Request": "true"}, {"X-Gatehouse-Clipboard": "1"}):
                    answer = browser.generic(method, path, headers=headers)
                    assert answer.status_code == expected, f"{method} {path} {headers}"
                    assert b"Globex" not in answer.content
    assert AuditEvent.objects.count() == trail, "Something was changed."


@pytest.mark.parametrize("route", [route for route in WITH_AN_ID if "key_id" in route or "subnet_id" in route])
def test_neither_does_a_deleted_id_of_another_team(cast: Cast, sign_in: SignIn, route: str) -> None:
    """For its own team a deleted key or network is worth a kind word; another team must not learn that it was there."""
    foreign = things_of(cast.globex, owner=cast.mallory, member=cast.mallory)
    mallory = sign_in(cast.mallory)
    for thing in ("keys/{key_id}", "networks/{subnet_id}"):
        assert mallory.post(f"/teams/globex/{thing.format(**foreign)}/delete/").status_code == 302
    ann, path = sign_in(cast.ann), path_of(route, **foreign | {"team_slug": "acme"})
    only_reads = TABLE[route][1].startswith("405")
    assert (ann.get(path) if only_reads else ann.post(path)).status_code == 404


@pytest.mark.parametrize(
    ("person", "path", "permission"),
    [
        ("vic", "/teams/acme/keys/generate/", "keys:generate"),
        ("dev", "/teams/acme/keys/{key}/delete/", "keys:manage"),
        ("dev", "/teams/acme/create-group/", "groups:manage"),
        ("olga", "/teams/acme/members/invite/", "members:manage"),
        ("dev", "/teams/acme/networks/create/", "subnets:manage"),
        ("olga", "/teams/acme/settings/", "team:manage"),
    ],
)
def test_the_trail_names_the_permission_that_was_missing(
    cast: Cast, sign_in: SignIn, person: str, path: str, permission: str
) -> None:
    anns = make_key(cast.acme, cast.ann, "Anns-Bot").apikey
    assert sign_in(cast.person(person)).post(path.format(key=anns.pk)).status_code == 403
    event = AuditEvent.objects.get(kind="access.refused")
    assert event.object_name == permission
    assert permission in sign_in(cast.ann).get("/teams/acme/activity/").content.decode()


def test_an_id_of_any_length_can_be_refused(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.vic).post(f"/teams/acme/keys/{'x' * 2000}/delete/").status_code == 403


def test_htmx_is_sent_to_sign_in_rather_than_given_the_page_for_a_dialog(cast: Cast) -> None:
    """The session ended while the page was open: the whole window goes to sign in, and comes back to the page."""
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/teams/acme/authorization/?keys.q=bot"}
    answer = Client().get("/teams/acme/keys/generate/", headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["HX-Redirect"] == "/accounts/login/?next=/teams/acme/authorization/%3Fkeys.q%3Dbot"
    elsewhere = {**headers, "HX-Current-URL": "https://evil.example/teams/acme/"}
    answer = Client().get("/teams/acme/keys/generate/", headers=elsewhere)
    assert answer["HX-Redirect"] == "/accounts/login/?next=/teams/acme/keys/generate/"


def _browser(cast: Cast, sign_in: SignIn, person: str) -> Client:
    return sign_in(cast.person(person)) if person else Client()


def _word(answer: Any, path: str) -> str:
    if answer.status_code != 302:
        return str(answer.status_code)
    word = next((word for word, place in REDIRECTS.items() if re.fullmatch(place, answer["Location"])), "?")
    if word == "in":
        assert answer["Location"] == f"/accounts/login/?next={path}"
    return word
