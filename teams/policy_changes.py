"""How a change of policy reaches everyone who decides by it.

A service that alters what the gate would answer calls `announce` inside its transaction. Then, and only if the
transaction commits:

* this process hears of it through `policy_changed`, before the response to the change is sent;
* other processes on the same machine (SQLite) see `PRAGMA data_version` move and read the `PolicyChange` rows
  that are new to them: SQLite has one writer at a time, so the rows' ids are in commit order;
* other processes and machines (PostgreSQL) get a `NOTIFY`, which the server delivers at commit, in commit order.
  No row is written there: ids of a sequence are not in commit order and would invite a reader to miss one.
"""

from functools import partial

from django.db import connection, transaction
from django.dispatch import Signal

from teams.models import PolicyChange

CHANNEL = "gatehouse_policy"

KEPT_CHANGES = 10_000
"""A process that is further behind than this forgets all it knows instead of replaying."""

policy_changed = Signal()
"""Sent on commit with `team_id: int` and `key_id: str` (empty: everything of the team)."""


def announce(*, team_id: int, key_id: str = "") -> None:
    """Tell every gate that the policy of a team (or of one key of it) is not what it was.

    Raises `TransactionManagementError` outside a transaction: a change and its announcement stand or fall together.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A policy change is announced inside its transaction.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{team_id}:{key_id}"])
    else:
        change = PolicyChange.objects.create(team_id=team_id, key_id=key_id)
        if change.pk % 1000 == 0:
            PolicyChange.objects.filter(pk__lte=change.pk - KEPT_CHANGES).delete()
    transaction.on_commit(partial(policy_changed.send, sender=None, team_id=team_id, key_id=key_id))
