"""The audit trail cannot be rewritten: the database refuses, and who gets round it is found out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apikeys.services import delete_key, revoke_key
from teams import audit
from teams.models import AuditChainHead, AuditEvent, Team
from teams.services import change_profile, change_team
from tests.cast import BY_TESTS, Cast, list_network, make_key

ON_POSTGRESQL = connection.vendor == "postgresql"


@pytest.fixture
def chain(cast: Cast) -> str:
    """Acme's chain after some days of work: at least eight events."""
    list_network(cast.acme, "203.0.113.0/24", "Office")
    generated = make_key(cast.acme, cast.dev)
    revoke_key(apikey=generated.apikey, reason="leaked", actor=BY_TESTS)
    change_team(team=cast.acme, name="Acme", max_key_lifetime_days=90, actor=BY_TESTS)
    chain = f"team-{cast.acme.pk}"
    assert AuditEvent.objects.filter(chain=chain).count() >= 8
    assert list(audit.verify()) == []
    return chain


def broken() -> list[str]:
    return [str(link) for link in audit.verify()]


def without_triggers() -> None:
    """What somebody does who owns the database. Undone with the test's transaction."""
    with connection.cursor() as cursor:
        if ON_POSTGRESQL:
            cursor.execute("DROP FUNCTION audit_is_append_only CASCADE")
        else:
            cursor.execute("DROP TRIGGER audit_refuses_update")
            cursor.execute("DROP TRIGGER audit_refuses_delete")


def test_every_event_continues_the_one_before(chain: str) -> None:
    events = list(AuditEvent.objects.filter(chain=chain).order_by("seq"))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.previous_hash for event in events] == ["0" * 64, *(event.hash for event in events[:-1])]
    head = AuditChainHead.objects.get(chain=chain)
    assert (head.seq, head.hash) == (events[-1].seq, events[-1].hash)


STATEMENTS = [
    "UPDATE teams_auditevent SET actor_name = 'Somebody else'",
    "UPDATE teams_auditevent SET id = id + 1000",
    "DELETE FROM teams_auditevent",
    "DELETE FROM teams_auditevent WHERE seq = 1",
]


@pytest.mark.parametrize("statement", [*STATEMENTS, *(["TRUNCATE teams_auditevent"] if ON_POSTGRESQL else [])])
def test_the_database_refuses_to_change_or_remove_events(chain: str, statement: str) -> None:
    before = list(AuditEvent.objects.values())
    with (
        pytest.raises(DatabaseError, match="the audit trail is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(AuditEvent.objects.values()) == before


WRITES: list[Callable[[AuditEvent], object]] = [
    lambda _: AuditEvent.objects.update(actor_name="Somebody else"),
    lambda _: AuditEvent.objects.all().delete(),
    lambda event: AuditEvent.objects.bulk_update([event], ["actor_name"]),
    lambda event: AuditEvent.objects.bulk_create(
        [event], update_conflicts=True, unique_fields=["id"], update_fields=["actor_name"]
    ),
    lambda event: event.save(),
    lambda event: event.save(update_fields=["actor_name"]),
    lambda event: AuditEvent(**AuditEvent.objects.filter(pk=event.pk).values()[0]).save(),
    lambda event: event.delete(),
]


@pytest.mark.parametrize("number", range(len(WRITES)))
def test_nor_does_the_code_have_a_way(chain: str, number: int) -> None:
    before = list(AuditEvent.objects.values())
    event = AuditEvent.objects.filter(chain=chain)[3]
    event.actor_name = "Somebody else"
    with pytest.raises((DatabaseError, TypeError)), transaction.atomic():
        WRITES[number](event)
    assert list(AuditEvent.objects.values()) == before


ALTERED: dict[str, Any] = {
    "at": timezone.now() - timedelta(days=1),
    "team_id": None,
    "team_name": "Globex",
    "actor_id": 999_999,
    "actor_name": "Somebody else",
    "actor_address": "198.51.100.9",
    "via": "console",
    "request_id": "0" * 24,
    "kind": "key.generated",
    "object_id": "another",
    "object_name": "another",
    "details": {"reason": "another"},
    "hash": "f" * 64,
}


@pytest.mark.parametrize("column", ALTERED)
def test_an_altered_event_is_found_out(chain: str, column: str) -> None:
    without_triggers()
    AuditEvent.objects.filter(chain=chain, seq=4).update(**{column: ALTERED[column]})
    assert broken() == [f"{chain}, event 4: was altered after it was written"]


def test_every_column_is_covered_by_the_hash() -> None:
    """A column that is added later must be put under the hash, or an attacker has found a place to write."""
    known = {*ALTERED, "id", "chain", "seq", "previous_hash"}
    assert {field.attname for field in AuditEvent._meta.concrete_fields} == known


def test_an_altered_event_with_a_hash_to_match_breaks_the_next_link(chain: str) -> None:
    without_triggers()
    event = AuditEvent.objects.get(chain=chain, seq=4)
    event.actor_name = "Somebody else"
    AuditEvent.objects.filter(pk=event.pk).update(actor_name=event.actor_name, hash=audit.link_hash(event))
    assert broken() == [f"{chain}, event 5: does not continue the event before it"]


@pytest.mark.parametrize("removed", [1, 4])
def test_a_removed_event_is_found_out(chain: str, removed: int) -> None:
    without_triggers()
    AuditEvent.objects.filter(chain=chain, seq=removed).delete()
    assert broken() == [f"{chain}, event {removed}: is missing; the next one there is event {removed + 1}"]


def test_events_removed_at_the_end_are_found_out(chain: str) -> None:
    without_triggers()
    AuditEvent.objects.filter(chain=chain, seq__gte=6).delete()
    assert broken() == [f"{chain}, event 6: is missing at the end of the chain"]


def test_a_chain_removed_as_a_whole_is_found_out(chain: str) -> None:
    without_triggers()
    AuditEvent.objects.filter(chain=chain).delete()
    assert broken() == [f"{chain}, event 1: is missing at the end of the chain"]


def test_two_events_that_change_places_are_found_out(chain: str) -> None:
    without_triggers()
    AuditEvent.objects.filter(chain=chain, seq=3).update(seq=1000)
    AuditEvent.objects.filter(chain=chain, seq=4).update(seq=3)
    AuditEvent.objects.filter(chain=chain, seq=1000).update(seq=4)
    assert broken() == [f"{chain}, event 3: does not continue the event before it"]


def test_an_event_slipped_in_at_the_end_is_found_out(chain: str) -> None:
    """It needs no trigger dropped, and its hash is right: the head of the chain does not know it."""
    last = AuditEvent.objects.filter(chain=chain).order_by("seq").last()
    assert last is not None
    forged = AuditEvent(**{**AuditEvent.objects.filter(pk=last.pk).values()[0], "id": None})
    forged.seq, forged.previous_hash, forged.actor_name = last.seq + 1, last.hash, "Somebody else"
    forged.hash = audit.link_hash(forged)
    forged.save()
    assert broken() == [f"{chain}, event {forged.seq}: was slipped in at the end of the chain"]


def test_a_chain_that_was_written_anew_is_found_out_by_its_head(chain: str) -> None:
    without_triggers()
    previous = audit.GENESIS
    for event in AuditEvent.objects.filter(chain=chain).order_by("seq"):
        event.previous_hash, event.actor_name = previous, "Somebody else"
        event.hash = previous = audit.link_hash(event)
        AuditEvent.objects.filter(pk=event.pk).update(
            previous_hash=event.previous_hash, actor_name=event.actor_name, hash=event.hash
        )
    assert broken() == [f"{chain}, event {event.seq}: is not the one that was written there"]


def test_a_chain_that_has_lost_its_head_is_found_out(chain: str) -> None:
    AuditChainHead.objects.filter(chain=chain).delete()
    assert broken() == [f"{chain}, event 1: was slipped in at the end of the chain"]


def test_only_the_first_broken_link_of_each_broken_chain_is_named(cast: Cast, chain: str) -> None:
    without_triggers()
    AuditEvent.objects.filter(chain=chain, seq__in=[2, 5]).delete()
    AuditEvent.objects.filter(chain=f"team-{cast.globex.pk}", seq=1).update(actor_name="Somebody else")
    assert broken() == sorted(
        [
            f"{chain}, event 2: is missing; the next one there is event 3",
            f"team-{cast.globex.pk}, event 1: was altered after it was written",
        ]
    )


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_chain_that_grows_while_it_is_verified_is_not_called_broken(cast: Cast, chain: str, when: str) -> None:
    grown: list[AuditEvent] = []

    def grow(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        reads_events = "teams_auditevent" in sql and "DISTINCT" not in sql and sql.startswith("SELECT")
        if not reads_events or grown:
            return execute(sql, params, many, context)
        result = execute(sql, params, many, context) if when == "after" else None
        with connection.cursor():
            grown.append(audit.record(kind="team.changed", actor=BY_TESTS, team=cast.acme))
        return result or execute(sql, params, many, context)

    with connection.execute_wrapper(grow):
        links = [audit._first_broken_link(chain)]
    assert grown
    assert links == [None]


def test_events_outlive_what_they_tell_of(cast: Cast, chain: str) -> None:
    delete_key(apikey=make_key(cast.acme, cast.ann, "short-lived").apikey, actor=BY_TESTS)
    before = AuditEvent.objects.filter(chain=chain).count()
    cast.acme.keys.all().delete()
    Team.objects.filter(pk=cast.acme.pk).delete()
    cast.dev.delete()
    events = AuditEvent.objects.filter(chain=chain).order_by("seq")
    assert len(events) == before
    assert {event.team_name for event in events} == {"Acme Research", "Acme"}
    assert broken() == []


def test_an_event_reads_as_a_sentence(cast: Cast) -> None:
    ann = audit.Actor(name="Ann Lee", user_id=cast.ann.pk, address="198.51.100.7")
    revoke_key(apikey=make_key(cast.acme, cast.dev).apikey, actor=ann)
    assert audit.sentence(AuditEvent.objects.filter(team_id=cast.acme.pk)[0]) == (
        "Ann Lee revoked key Backtesting-Alpha-Bot from 198.51.100.7"
    )
    change_profile(user=cast.ann, full_name="Ann Li", time_zone="UTC", actor=BY_TESTS)
    event = AuditEvent.objects.filter(chain=audit.INSTALLATION_CHAIN)[0]
    assert audit.sentence(event) == "The tests changed the profile of ann@acme.example"


def test_every_kind_of_event_has_words(cast: Cast, chain: str) -> None:
    assert audit.kinds()
    assert all(phrase and "." in kind for kind, phrase in audit.kinds().items())
    with pytest.raises(LookupError):
        audit.record(kind="key.vanished", actor=BY_TESTS, team=cast.acme)


def test_texts_of_any_script_survive_the_way_through_the_database(cast: Cast) -> None:
    details = {"naïve": "Ünïcödé \u2028 🦊 <b>", "none": None, "n": 10**12, "list": ["a", {"b": True}]}
    event = audit.record(kind="team.changed", actor=BY_TESTS, team=cast.acme, object_name="日本語", details=details)
    assert AuditEvent.objects.get(pk=event.pk).details == details
    assert broken() == []
