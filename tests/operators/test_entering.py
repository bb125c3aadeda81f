"""Operators' pages are there for operators only; all others find nothing."""

import re

import pytest
from django.test import Client

from apikeys.models import ApiKey
from console.datasets.models import Dataset, Subscription
from teams.models import AuditEvent, User
from teams.services import deactivate_person, dismiss_operator
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.conftest import SignIn
from tests.console.every_url import TABLE, path_of
from tests.identity.visitor import Visitor, signed_in
from tests.markup import read

PAGES = [route for route in TABLE if route.startswith("operators/")]


@pytest.fixture
def paths(cast: Cast) -> dict[str, str]:
    """Each page, of something that is there."""
    key = make_key(cast.acme, cast.dev).apikey
    subnet = list_network(cast.acme, "198.51.100.0/24")
    subscription = Subscription.objects.filter(team=cast.acme).order_by("pk")[0]
    things = {
        "user": cast.vic.pk,
        "team": cast.acme.pk,
        "membership": cast.acme.memberships.get(user=cast.vic).pk,
        "group": cast.acme.groups.create(name="Quants", slug="quants").pk,
        "auditevent": AuditEvent.objects.filter(team_id=cast.acme.pk)[0].pk,
        "apikey": key.pk,
        "ipsubnet": subnet.pk,
        "dataset": Dataset.objects.order_by("pk")[0].pk,
        "subscription": subscription.pk,
    }
    ids = {"slug": "acme", "person_id": str(cast.vic.pk), "subscription_id": str(subscription.pk)}
    found = {}
    for route in PAGES:
        thing = next((str(pk) for name, pk in things.items() if f"/{name}/" in route), "")
        found[route] = path_of(route, app_label="teams", object_id=thing, **ids)
    return found


def test_an_operator_sees_every_page(operator: Visitor, paths: dict[str, str]) -> None:
    for route, path in paths.items():
        answer = operator.get(path)
        if route == "operators/admin/login/":
            assert answer["Location"] == "/operators/admin/"
        else:
            assert answer.status_code == 200, path
        assert "no-store" in answer.headers["Cache-Control"], path


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "DELETE"])
def test_nobody_else_does(cast: Cast, sign_in: SignIn, paths: dict[str, str], method: str) -> None:
    ann, stranger = sign_in(cast.ann), Client()
    for path in paths.values():
        answer = ann.generic(method, path)
        assert answer.status_code in {404, 405}, path
        answer = stranger.generic(method, path)
        assert answer.status_code == 405 or answer["Location"].startswith("/accounts/login/?next="), path


def test_what_others_try_to_change_is_in_the_trail(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    ann.get("/operators/teams/globex/suspend/")
    assert not AuditEvent.objects.filter(kind="operator.refused").exists()
    assert ann.post("/operators/teams/globex/suspend/", {"reason": "x"}).status_code == 404
    assert ann.post(f"/operators/admin/teams/user/{cast.ann.pk}/change/", {"is_superuser": "on"}).status_code == 404
    events = AuditEvent.objects.filter(kind="operator.refused").order_by("seq")
    assert [(event.actor_name, event.object_name) for event in events] == [
        ("Ann Lee", "console:operators_suspend"),
        ("Ann Lee", "admin:teams_user_change"),
    ]
    assert not User.objects.get(pk=cast.ann.pk).is_superuser


def test_only_operators_are_shown_the_way(cast: Cast, gus: User, sign_in: SignIn) -> None:
    menu = read(sign_in(gus).get("/settings/profile/")).one(id="user-menu")
    assert [link.get("href") for link in menu.all("a")][-1] == "/operators/teams/"
    menu = read(sign_in(cast.ann).get("/settings/profile/")).one(id="user-menu")
    assert "/operators/teams/" not in [link.get("href") for link in menu.all("a")]


def test_an_operator_without_a_team_lands_there(operator: Visitor) -> None:
    assert operator.get("/")["Location"] == "/operators/teams/"


@pytest.mark.parametrize("end", [dismiss_operator, deactivate_person])
def test_whoever_is_none_any_more_is_out_with_the_next_request(
    cast: Cast, gus: User, operator: Visitor, end: object
) -> None:
    User.objects.filter(pk=cast.ann.pk).update(is_superuser=True)
    assert operator.get("/operators/teams/").status_code == 200
    assert callable(end)
    end(user=gus, actor=BY_TESTS)
    assert operator.get("/operators/teams/").status_code in {302, 404}
    assert operator.get("/operators/admin/").status_code in {302, 404}


def test_the_admin_has_no_way_in_of_its_own(cast: Cast, gus: User) -> None:
    """Its own form would know neither the limits of ours nor second factors."""
    stranger = Client()
    answer = stranger.post("/operators/admin/login/", {"username": gus.email, "password": "x"})
    assert answer["Location"] == "/accounts/login/?next=/operators/admin/login/"
    for path in ("logout/", "password_change/", "autocomplete/", "r/1/1/", "nothing/"):
        assert signed_in(gus).get(f"/operators/admin/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["teams/acme/suspend/", "teams/acme/add-admin/", "admin/teams/user/add/", "admin/teams/user/{vic}/change/"]
)
def test_what_is_grave_asks_for_the_password_again(cast: Cast, gus: User, path: str) -> None:
    visitor = signed_in(gus)
    path = f"/operators/{path.format(vic=cast.vic.pk)}"
    for answer in (visitor.get(path), visitor.post(path, {"reason": "x", "email": "x@x.example"})):
        assert re.match(r"/accounts/reauthenticate/\?next=", answer["Location"])
    assert User.objects.get(pk=cast.vic.pk).is_active
    assert not cast.acme.suspended_at
    assert not ApiKey.objects.exists()
