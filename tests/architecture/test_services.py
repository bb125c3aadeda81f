"""No service forgets to tell the gates what it changed, or the audit trail that it did.

Every service is placed in `service_table` and really called. What the gate decides by is read before and after, so a
service that alters it without saying so is found out, wherever it is placed.
"""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from pytest_django import DjangoDbBlocker

from apikeys.models import ApiKey, KeyNetwork
from console.datasets.models import Subscription
from ipsubnets.models import IPSubnet, ObserveMode
from teams import audit, policy_changes
from teams.models import AuditEvent, PolicyChange, Team
from teams.policy_changes import policy_changed
from tests.architecture.service_table import EVERYTHING, TABLE, Announced, World, make_world, silent
from tests.cast import BY_TESTS, make_cast

APPS = ("teams", "ipsubnets", "apikeys")
PACKAGES = (*APPS, "console.datasets")
"""Where services are."""
ALL = pytest.mark.parametrize("name", TABLE)
WRITE_THE_TRAIL_ITSELF = ("teams.audit.", "teams.refusals.")


@pytest.fixture(scope="module")
def the_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once: every test takes back what it does to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world(make_cast())
        transaction.set_rollback(True)


@pytest.fixture
def world(the_world: World, db: None) -> World:
    return deepcopy(the_world)


@contextmanager
def listening() -> Iterator[Announced]:
    heard: Announced = []

    def hear(*, team_id: int, key_id: str, **_: object) -> None:
        heard.append((team_id, key_id))

    policy_changed.connect(hear)
    try:
        yield heard
    finally:
        policy_changed.disconnect(hear)


def key_policies() -> dict[tuple[int, str], tuple[object, ...]]:
    """Everything of a key that the gate decides by or tells an upstream."""
    columns = (
        *("team_id", "pk", "name", "digest", "pepper", "expires_at", "disabled_at", "revoked_at", "deleted_at"),
        *("rate_limit", "scopes", "owner_user__email", "owner_group__slug", "team__slug", "narrowed", "retire_at"),
    )
    rows = ApiKey.objects.values_list(*columns)
    return {(row[0], row[1]): tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows}


def team_policies() -> dict[int, tuple[object, ...]]:
    """Everything of a team that the gate decides by; a team without keys is never asked for."""
    terms: dict[int, set[tuple[object, ...]]] = {}
    columns = ("team_id", "version", "first", "last", "expires_at", "trial", "trial_until")
    for team_id, *network in IPSubnet.objects.values_list(*columns):
        terms.setdefault(team_id, set()).add(tuple(network))
    for team_id, *subscription in Subscription.objects.values_list("team_id", "dataset_id", "starts_at", "ends_at"):
        terms.setdefault(team_id, set()).add(tuple(subscription))
    for team_id, *binding in KeyNetwork.objects.values_list("key__team_id", "key_id", "subnet_id"):
        terms.setdefault(team_id, set()).add(("bound", *binding))
    for team_id, until in ObserveMode.objects.values_list("team_id", "until"):
        terms.setdefault(team_id, set()).add(("observes", until))
    teams_with_keys = Team.objects.filter(keys__isnull=False).values_list("pk", "slug", "suspended_at")
    return {pk: (slug, suspended, terms.get(pk, set())) for pk, slug, suspended in teams_with_keys}


def changed(before: dict[Any, Any], after: dict[Any, Any]) -> set[Any]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def every_row() -> dict[str, list[dict[str, Any]]]:
    """Everything that the services write, but the announcements."""
    models = [
        model
        for label in (*APPS, "console")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model is not PolicyChange
    ]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def services_of(package: str) -> dict[str, Callable[..., Any]]:
    """By its form: a public function with `actor` among its keywords, in whatever module of the package it stands."""
    names = [module.name for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}.")]
    modules = [import_module(name) for name in names if ".migrations" not in name and ".management" not in name]
    return {
        f"{module.__name__}.{name}": function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
        for parameter in inspect.signature(function).parameters.values()
        if (parameter.name, parameter.kind) == ("actor", inspect.Parameter.KEYWORD_ONLY)
    }


SERVICES = {
    name: function
    for package in PACKAGES
    for name, function in services_of(package).items()
    if not name.startswith(WRITE_THE_TRAIL_ITSELF)
}


def test_every_service_is_in_the_table() -> None:
    """A new one must say what it announces and what it writes to the trail."""
    assert set(SERVICES) == set(TABLE)


@pytest.mark.parametrize("app", APPS)
def test_whatever_services_offer_takes_an_actor(app: str) -> None:
    """So that nothing in `services` escapes the table by its form."""
    module = import_module(f"{app}.services")
    offered = {
        f"{function.__module__}.{name}"
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__.startswith(module.__name__) and not name.startswith("_")
    }
    assert offered <= set(TABLE)


@ALL
def test_takes_keywords_only(name: str) -> None:
    parameters = inspect.signature(SERVICES[name]).parameters.values()
    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}


@ALL
def test_announces_what_it_alters(world: World, name: str) -> None:
    service = TABLE[name]
    keys, teams = key_policies(), team_policies()
    with listening() as heard:
        result = service.call(world)
    assert sorted(heard) == service.announces(world, result)
    altered_keys, altered_teams = changed(keys, key_policies()), changed(teams, team_policies())
    assert all((team, key) in heard or (team, EVERYTHING) in heard for team, key in altered_keys)
    assert all((team, EVERYTHING) in heard for team in altered_teams - {team for team, _ in altered_keys})
    for_nothing = heard and not altered_keys and not altered_teams
    assert service.to_be_sure or not for_nothing, "an announcement without a change makes every gate forget"


@ALL
def test_writes_events_that_say_who_did_what(world: World, name: str) -> None:
    known = set(AuditEvent.objects.values_list("pk", flat=True))
    TABLE[name].call(world)
    events = AuditEvent.objects.exclude(pk__in=known)
    assert {event.kind for event in events} == TABLE[name].kinds
    for event in events:
        assert event.actor_name
        assert event.via == BY_TESTS.via
        assert event.object_id
        assert event.object_name
        assert event.object_name in audit.sentence(event)
        assert "{" not in audit.sentence(event)
    assert list(audit.verify()) == []


@ALL
def test_what_cannot_be_recorded_does_not_happen(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change is in the transaction of its event: without the event there is no change."""

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(AuditEvent, "save", fail)
    before = every_row()
    with pytest.raises(OSError, match="the disk is full"), listening() as heard:
        TABLE[name].call(world)
    assert heard == []
    assert every_row() == before


@pytest.mark.parametrize("name", [name for name, service in TABLE.items() if service.announces is not silent])
def test_what_cannot_be_announced_does_not_happen(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise OSError("the database is gone")

    monkeypatch.setattr(policy_changes, "announce", fail)
    before = every_row()
    with pytest.raises(OSError, match="the database is gone"):
        TABLE[name].call(world)
    assert every_row() == before


@pytest.mark.parametrize("name", ["apikeys.services.revoke_key", "ipsubnets.services.delete_subnet"])
def test_a_service_that_forgets_would_be_found_out(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that cannot fail proves nothing."""
    monkeypatch.setattr(policy_changes, "announce", lambda **_: None)
    with pytest.raises(AssertionError):
        test_announces_what_it_alters(world, name)
