"""A key is rotated: one successor at a time, the same name and owner, both working until the old one is revoked."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apikeys import services
from apikeys.models import ApiKey
from apikeys.rules import AlreadyGenerated
from apikeys.services import GeneratedKey
from teams.errors import RefusedChange
from teams.models import AuditEvent
from teams.services import create_group
from tests.at_once import at_once
from tests.cast import BY_TESTS, Cast, list_network, make_cast, make_key
from tests.front_door import OFFICE, FrontDoorClient


def rotate(apikey: ApiKey, **options: object) -> GeneratedKey:
    expires_at = timezone.now() + timedelta(days=90)
    return services.rotate_key(apikey=apikey, expires_at=expires_at, actor=BY_TESTS, **options)  # type: ignore[arg-type]


def refused(apikey: ApiKey) -> str:
    before = list(ApiKey.objects.order_by("pk").values()), AuditEvent.objects.count()
    with pytest.raises(RefusedChange) as refusal:
        rotate(apikey)
    assert (list(ApiKey.objects.order_by("pk").values()), AuditEvent.objects.count()) == before
    return refusal.value.message


def test_both_work_until_the_old_one_is_revoked(front_door: FrontDoorClient, cast: Cast) -> None:
    list_network(cast.acme, OFFICE)
    old = make_key(cast.acme, cast.dev)
    new = rotate(old.apikey)

    def statuses() -> list[int]:
        return [front_door.get("/api/v1/datasets", key=key.text).status for key in (old, new)]

    assert statuses() == [200, 200]
    services.revoke_key(apikey=old.apikey, actor=BY_TESTS)
    assert statuses() == [401, 200]


def test_the_successor_takes_after_its_predecessor(cast: Cast) -> None:
    quants = create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    for owner, name in ((cast.dev, "person's"), (quants, "group's")):
        old = make_key(cast.acme, owner, name).apikey
        ApiKey.objects.filter(pk=old.pk).update(rate_limit=600)
        new = rotate(old, reason="yearly").apikey
        assert (new.name, new.owner_label, new.rate_limit) == (old.name, old.owner_label, 600)
        assert new.predecessor == old
        event = AuditEvent.objects.filter(object_id=new.pk).get()
        assert event.kind == "key.rotated"
        assert (event.details["predecessor"], event.details["reason"]) == (old.pk, "yearly")


def test_a_key_has_one_successor(cast: Cast) -> None:
    old = make_key(cast.acme, cast.dev).apikey
    new = rotate(old).apikey
    assert refused(old) == "This key has been rotated already: its successor is in the list."
    rotate(new)


@pytest.mark.parametrize("end", ["revoke_key", "delete_key"])
def test_a_successor_that_was_stopped_makes_room_for_another(cast: Cast, end: str) -> None:
    """Its text was lost, or went to the wrong place."""
    old = make_key(cast.acme, cast.dev).apikey
    lost = rotate(old).apikey
    getattr(services, end)(apikey=lost, actor=BY_TESTS)
    another = rotate(old).apikey
    assert another.predecessor == old
    assert ApiKey.objects.get(pk=lost.pk).predecessor is None
    assert refused(old) == "This key has been rotated already: its successor is in the list."


def test_an_expired_key_is_rotated_as_long_as_its_name_is_free(cast: Cast) -> None:
    expired = make_key(cast.acme, cast.dev).apikey
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    namesake = make_key(cast.acme, cast.ann).apikey
    assert refused(expired) == "A live key of this team is already called “Backtesting-Alpha-Bot”."
    services.revoke_key(apikey=namesake, actor=BY_TESTS)
    assert rotate(expired).apikey.status == "active"


def test_a_disabled_key_is_rotated_and_stays_disabled(cast: Cast) -> None:
    old = make_key(cast.acme, cast.dev).apikey
    services.disable_key(apikey=old, reason="", actor=BY_TESTS)
    assert rotate(old).apikey.status == "active"
    assert ApiKey.objects.get(pk=old.pk).status == "disabled"


def test_the_same_form_twice_makes_one_successor(cast: Cast) -> None:
    old, form = make_key(cast.acme, cast.dev).apikey, uuid4()
    new = rotate(old, submission=form).apikey
    with pytest.raises(AlreadyGenerated) as refusal:
        rotate(old, submission=form)
    assert refusal.value.apikey == new


def test_two_people_rotate_one_key_in_the_same_moment(committed: None) -> None:
    cast = make_cast()
    old = make_key(cast.acme, cast.dev).apikey

    def click() -> str:
        try:
            rotate(old, submission=uuid4())
        except RefusedChange as refusal:
            return refusal.message
        return "rotated"

    told = "This key has been rotated already: its successor is in the list."
    assert sorted(at_once([click] * 3)) == [told, told, "rotated"]
    assert ApiKey.objects.count() == 2
