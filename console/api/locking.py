"""The rows that a change is about, as they are now and locked until it is done: the team first, as services do it."""

from django.db import connection

from apikeys.models import ApiKey
from console.api.caller import Caller
from console.api.keys import key_named
from teams.models import Team


def lock_team(caller: Caller) -> None:
    """So that of two changes at once the second sees what the first has made of it. Only within a transaction.

    What the caller itself may do is read anew as well: it may have been less for a moment.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("There is no transaction to hold the lock.")
    Team.objects.select_for_update().get(pk=caller.team.pk)
    caller.apikey.refresh_from_db(fields=["narrowed", "rate_limit"])


def locked_key_named(caller: Caller, key_id: str) -> ApiKey:
    """Also raises `Problem` for a key that is not there."""
    lock_team(caller)
    ApiKey.objects.select_for_update().filter(team=caller.team, pk=key_id).first()
    return key_named(caller, key_id)
