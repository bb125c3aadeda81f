"""A change of policy and its announcement stand or fall together."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction

from teams.models import PolicyChange
from teams.policy_changes import CHANNEL, KEPT_CHANGES, announce, policy_changed
from teams.services import create_team
from tests.cast import BY_TESTS

Heard = list[tuple[int, str]]

needs_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="rows announce changes on SQLite only")
needs_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="NOTIFY is PostgreSQL's")


@pytest.fixture
def heard(committed: None) -> Iterator[Heard]:
    """What this process's gate hears."""
    changes: Heard = []

    def hear(*, team_id: int, key_id: str, **_: object) -> None:
        changes.append((team_id, key_id))

    policy_changed.connect(hear)
    yield changes
    policy_changed.disconnect(hear)


def test_outside_a_transaction_it_is_refused(heard: Heard) -> None:
    with pytest.raises(transaction.TransactionManagementError, match="announced inside its transaction"):
        announce(team_id=1)
    assert heard == []
    assert not PolicyChange.objects.exists()


def test_it_is_heard_once_the_change_is_committed(heard: Heard) -> None:
    with transaction.atomic():
        announce(team_id=1, key_id="A" * 12)
        announce(team_id=2)
        assert heard == []
    assert heard == [(1, "A" * 12), (2, "")]


def test_what_is_rolled_back_is_not_heard(heard: Heard) -> None:
    with transaction.atomic():
        announce(team_id=1)
        transaction.set_rollback(True)
    assert heard == []
    assert not PolicyChange.objects.exists()


def test_of_a_transaction_that_takes_back_a_part_the_rest_is_heard(heard: Heard) -> None:
    with transaction.atomic():
        announce(team_id=1)
        with transaction.atomic():
            announce(team_id=2)
            transaction.set_rollback(True)
        announce(team_id=3)
    assert heard == [(1, ""), (3, "")]


def test_a_new_team_is_no_change_of_policy(heard: Heard) -> None:
    create_team(name="Acme Research", actor=BY_TESTS)
    assert heard == []


@needs_sqlite
def test_other_processes_find_the_changes_in_commit_order(heard: Heard) -> None:
    for team_id in (7, 8):
        with transaction.atomic():
            announce(team_id=team_id, key_id=str(team_id))
    changes = list(PolicyChange.objects.order_by("pk").values_list("pk", "team_id", "key_id"))
    assert [change[1:] for change in changes] == [(7, "7"), (8, "8")]
    assert changes[1][0] == changes[0][0] + 1


@needs_sqlite
def test_old_changes_are_cleared_away(heard: Heard) -> None:
    last = 5 * KEPT_CHANGES
    old, kept = last - KEPT_CHANGES, last - KEPT_CHANGES + 1
    PolicyChange.objects.bulk_create(PolicyChange(pk=pk, team_id=1) for pk in (1, old, kept, last - 1))
    with transaction.atomic():
        announce(team_id=2)
    assert list(PolicyChange.objects.order_by("pk").values_list("pk", flat=True)) == [kept, last - 1, last]


@needs_postgresql
def test_other_machines_are_notified_at_commit_and_in_order(heard: Heard) -> None:
    parameters = connection.get_connection_params()
    with psycopg.connect(
        dbname=parameters["dbname"],
        host=parameters.get("host"),
        port=parameters.get("port"),
        user=parameters.get("user"),
        password=parameters.get("password"),
        autocommit=True,
    ) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        with transaction.atomic():
            announce(team_id=7, key_id="A" * 12)
            announce(team_id=8)
            assert list(listener.notifies(timeout=0)) == []
        with transaction.atomic():
            announce(team_id=9)
            transaction.set_rollback(True)
        with transaction.atomic():
            announce(team_id=10)
        payloads = [notify.payload for notify in listener.notifies(timeout=30, stop_after=3)]
    assert payloads == [f"7:{'A' * 12}", "8:", "10:"]
