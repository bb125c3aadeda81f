"""What tests share: the cast, signed-in browsers, and a gate whose memory starts empty."""

from collections.abc import Callable, Iterator
from importlib import import_module
from threading import Barrier
from time import monotonic

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from console import mail
from console.enforcement import gate as gate_module
from console.enforcement.memory import PolicyMemory
from teams.models import User
from tests.cast import Cast, make_cast
from tests.front_door import FrontDoorClient
from tests.server import Gatehouse, gatehouse, postgres_missing

SignIn = Callable[[User], Client]

# No example is a failure for being slow: machines differ.
settings.register_profile("gatehouse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gatehouse")

append_only = import_module("teams.migrations.0002_audit_is_append_only")
really_on_commit = transaction.on_commit


class TestsOwnWatch:
    """Vouches always: within a test there is one process. The real watches are tested with real processes."""

    __test__ = False

    def __init__(self, _: PolicyMemory) -> None:
        self.vouched_at = monotonic()
        self.lag = 0.0

    def vouches(self) -> bool:
        self.vouched_at = monotonic()
        return True


@pytest.fixture(autouse=True)
def fresh_gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A gate that remembers nothing of other tests, and that hears of changes though no test commits."""
    monkeypatch.setattr(gate_module, "_watch", TestsOwnWatch)
    monkeypatch.setattr(transaction, "on_commit", lambda run: run())
    gate_module.gate.cache_clear()
    yield
    gate_module.gate.cache_clear()


@pytest.fixture(autouse=True)
def no_mail_is_late() -> Iterator[None]:
    """Mails leave in the background: what this test sends does not arrive in the next one's outbox."""
    yield
    both_are_idle = Barrier(mail.SENDERS)
    for sender in [mail.senders.submit(both_are_idle.wait, 30) for _ in range(mail.SENDERS)]:
        sender.result()


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def _append_only_again(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    yield
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        append_only.add_triggers(apps, editor)


@pytest.fixture
def committed(_append_only_again: None, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A database in which transactions really commit, for several threads; emptied afterwards.

    Emptied by `transactional_db`, which the append-only audit trail would refuse.
    """
    monkeypatch.setattr(transaction, "on_commit", really_on_commit)
    yield
    with connection.schema_editor() as editor:
        append_only.remove_triggers(apps, editor)


@pytest.fixture
def sign_in() -> SignIn:
    def signed_in(user: User) -> Client:
        client = Client(enforce_csrf_checks=False)
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def front_door(db: None) -> FrontDoorClient:
    return FrontDoorClient()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatehouse]:
    """The real server, once on SQLite and once on PostgreSQL. Tests make teams of their own on it."""
    if request.param == "postgresql" and (missing := postgres_missing()):
        pytest.skip(missing)
    with gatehouse(tmp_path_factory.mktemp(request.param), request.param) as running:
        yield running
