"""Sealed copies: a key can be copied again later, for as long as it lives, and opens nowhere else."""

import base64
import secrets
from datetime import timedelta

import pytest
import time_machine
from django.core.mail import EmailMessage
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from apikeys import services
from apikeys.copying_limits import MOST_OF_A_KEY, MOST_OF_A_PERSON
from apikeys.models import ApiKey, SealedCopy
from apikeys.sealing import CannotUnseal, seal, unseal
from apikeys.services import GeneratedKey
from teams.audit import Actor
from teams.errors import RefusedChange
from teams.models import AuditEvent
from tests.cast import BY_TESTS, Cast, make_key
from tests.server import wait_until


def keyring(*numbers: int) -> str:
    return ",".join(f"{n}:{base64.b64encode(secrets.token_bytes(32)).decode()}" for n in numbers)


def opened(apikey: ApiKey) -> str:
    return services.open_sealed_copy(apikey=apikey, actor=BY_TESTS)


def refused(apikey: ApiKey) -> str:
    events = AuditEvent.objects.count()
    with pytest.raises(RefusedChange) as refusal:
        opened(apikey)
    assert AuditEvent.objects.count() == events
    return refusal.value.message


@pytest.fixture
def made(cast: Cast) -> GeneratedKey:
    return make_key(cast.acme, cast.dev, sealed=True)


KEYS = st.text(st.characters(max_codepoint=127), max_size=80)


@given(KEYS, st.integers(1, 2**40))
def test_what_is_sealed_is_unsealed(key: str, team_id: int) -> None:
    number, sealed = seal(key, key_id="A" * 12, team_id=team_id)
    assert unseal(sealed, number=number, key_id="A" * 12, team_id=team_id) == key
    if len(key) > 3:
        assert key.encode() not in sealed
    assert seal(key, key_id="A" * 12, team_id=team_id)[1] != sealed


@given(st.data())
def test_a_copy_with_one_bit_changed_does_not_open(data: st.DataObject) -> None:
    number, sealed = seal("gate_key", key_id="A" * 12, team_id=1)
    position = data.draw(st.integers(0, len(sealed) * 8 - 1))
    changed = bytearray(sealed)
    changed[position // 8] ^= 1 << position % 8
    with pytest.raises(CannotUnseal):
        unseal(bytes(changed), number=number, key_id="A" * 12, team_id=1)


@given(st.binary(max_size=200))
def test_nothing_else_opens(sealed: bytes) -> None:
    number, _ = seal("gate_key", key_id="A" * 12, team_id=1)
    with pytest.raises(CannotUnseal):
        unseal(sealed, number=number, key_id="A" * 12, team_id=1)


def test_a_copy_that_is_cut_short_does_not_open() -> None:
    number, sealed = seal("gate_key", key_id="A" * 12, team_id=1)
    for length in range(len(sealed)):
        with pytest.raises(CannotUnseal):
            unseal(sealed[:length], number=number, key_id="A" * 12, team_id=1)


def test_copying_gives_the_key_and_is_in_the_trail(made: GeneratedKey) -> None:
    assert opened(made.apikey) == made.text
    event = AuditEvent.objects.filter(team_id=made.apikey.team_id)[0]
    assert (event.kind, event.object_id) == ("key.copied", made.apikey.pk)
    assert made.text not in str(AuditEvent.objects.values())


def test_a_copy_moved_to_another_key_does_not_open(cast: Cast, made: GeneratedKey) -> None:
    other = make_key(cast.acme, cast.dev, "another").apikey
    SealedCopy.objects.filter(key=made.apikey).update(key=other)
    assert "does not match its key" in refused(other)


def test_a_key_moved_to_another_team_does_not_open(cast: Cast, made: GeneratedKey) -> None:
    ApiKey.objects.filter(pk=made.apikey.pk).update(team=cast.globex)
    assert "does not match its key" in refused(ApiKey.objects.get(pk=made.apikey.pk))


def test_a_copy_under_another_number_does_not_open(made: GeneratedKey, settings: Settings) -> None:
    one = settings.GATEHOUSE_SEALING_KEYS
    settings.GATEHOUSE_SEALING_KEYS = f"{one},2:{one.partition(':')[2]}"
    SealedCopy.objects.filter(key=made.apikey).update(sealing_key=2)
    assert "does not match its key" in refused(made.apikey)


def test_sealing_keys_are_replaced_one_after_the_other(cast: Cast, settings: Settings) -> None:
    one, two = keyring(1), keyring(2)
    settings.GATEHOUSE_SEALING_KEYS = one
    old = make_key(cast.acme, cast.dev, "old", sealed=True)
    settings.GATEHOUSE_SEALING_KEYS = f"{one},{two}"
    new = make_key(cast.acme, cast.dev, "new", sealed=True)
    assert [copy.sealing_key for copy in SealedCopy.objects.order_by("key__created_at")] == [1, 2]
    assert (opened(old.apikey), opened(new.apikey)) == (old.text, new.text)
    settings.GATEHOUSE_SEALING_KEYS = two
    assert "Sealing key number 1 is not configured" in refused(old.apikey)
    assert opened(new.apikey) == new.text


def test_without_the_box_ticked_there_is_no_copy(cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev)
    assert refused(made.apikey) == "There is no sealed copy of this key."
    assert not SealedCopy.objects.exists()


def test_a_team_can_forbid_copies(cast: Cast) -> None:
    cast.acme.sealed_copies_allowed = False
    cast.acme.save()
    with pytest.raises(RefusedChange, match="does not allow sealed copies") as refusal:
        make_key(cast.acme, cast.dev, sealed=True)
    assert refusal.value.field == "keep_sealed_copy"
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("end", [services.revoke_key, services.delete_key])
def test_the_copy_ends_with_the_key(made: GeneratedKey, end: object) -> None:
    assert callable(end)
    end(apikey=made.apikey, actor=BY_TESTS)
    assert not SealedCopy.objects.exists()
    refused(made.apikey)


def test_the_copy_of_an_expired_key_does_not_open(made: GeneratedKey) -> None:
    with time_machine.travel(made.apikey.expires_at - timedelta(seconds=1), tick=False):
        assert opened(made.apikey) == made.text
    with time_machine.travel(made.apikey.expires_at, tick=False):
        assert refused(made.apikey) == "There is no sealed copy of this key."


def test_the_successor_has_a_copy_if_the_key_has_one(cast: Cast, made: GeneratedKey) -> None:
    rotated = services.rotate_key(apikey=made.apikey, expires_at=made.apikey.expires_at, actor=BY_TESTS)
    assert opened(rotated.apikey) == rotated.text
    cast.acme.sealed_copies_allowed = False
    cast.acme.save()
    again = services.rotate_key(apikey=rotated.apikey, expires_at=made.apikey.expires_at, actor=BY_TESTS)
    assert refused(again.apikey) == "There is no sealed copy of this key."


def test_copying_again_and_again_is_refused_until_an_hour_has_passed(made: GeneratedKey) -> None:
    with time_machine.travel(made.apikey.created_at + timedelta(days=1), tick=False) as clock:
        assert [opened(made.apikey) for _ in range(MOST_OF_A_KEY)] == [made.text] * MOST_OF_A_KEY
        assert "copied 5 times within an hour" in refused(made.apikey)
        clock.shift(timedelta(hours=1))
        assert opened(made.apikey) == made.text


def test_nobody_empties_the_safe(cast: Cast) -> None:
    """With a session that was left open, say: many keys, each of them once."""
    ann = Actor(name="Ann Lee", user_id=cast.ann.pk)
    names = [f"key {number}" for number in range(MOST_OF_A_PERSON + 1)]
    keys = [make_key(cast.acme, cast.dev, name, sealed=True).apikey for name in names]
    for apikey in keys[:-1]:
        services.open_sealed_copy(apikey=apikey, actor=ann)
    with pytest.raises(RefusedChange, match="copied 20 keys within an hour"):
        services.open_sealed_copy(apikey=keys[-1], actor=ann)


def test_the_owner_is_told_when_somebody_else_copies_the_key(
    cast: Cast, made: GeneratedKey, mailoutbox: list[EmailMessage]
) -> None:
    services.open_sealed_copy(apikey=made.apikey, actor=Actor(name="Dev Patel", user_id=cast.dev.pk))
    services.open_sealed_copy(apikey=made.apikey, actor=Actor(name="Ann Lee", user_id=cast.ann.pk))
    wait_until(lambda: mailoutbox, "nobody told Dev")
    [told] = mailoutbox
    assert told.to == ["dev@acme.example"]
    assert "Ann Lee has copied the API key “Backtesting-Alpha-Bot”" in told.body
    assert made.text not in str(told.message())
