"""Somebody generates a key: how long it lives, whose it is, and that one form makes one key."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from apikeys.models import ApiKey
from apikeys.rules import MOST_PER_MINUTE, AlreadyGenerated
from apikeys.services import GeneratedKey, generate_key, rotate_key
from teams.errors import RefusedChange
from teams.models import AuditEvent, Group, Team, User
from teams.services import change_team, create_group
from tests.at_once import at_once
from tests.cast import BY_TESTS, Cast, make_cast, make_key

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def generate(team: Team, owner: User | Group, name: str = "Bot", **options: Any) -> GeneratedKey:
    chosen = {"expires_at": timezone.now() + timedelta(days=90), "actor": BY_TESTS, **options}
    return generate_key(team=team, owner=owner, name=name, **chosen)


def refused(team: Team, owner: User | Group, **options: Any) -> RefusedChange:
    before = (ApiKey.objects.count(), AuditEvent.objects.count())
    with pytest.raises(RefusedChange) as refusal:
        generate(team, owner, **options)
    assert (ApiKey.objects.count(), AuditEvent.objects.count()) == before
    return refusal.value


def test_the_row_tells_everything_but_the_key(cast: Cast) -> None:
    made = generate(cast.acme, cast.dev, created_by=cast.ann, rate_limit=600)
    row = ApiKey.objects.get(pk=made.apikey.pk)
    assert (row.team, row.owner_user, row.owner_group, row.created_by) == (cast.acme, cast.dev, None, cast.ann)
    assert (row.created_by_name, row.rate_limit, row.prefix) == ("The tests", 600, "gate")
    public, _, rest = row.hint.rpartition("_")
    assert public == f"gate_{row.pk}"
    assert not any(character.isalnum() for character in rest)
    assert (row.status, row.status_label, row.status_reason) == ("active", "Active", "")
    assert made.text not in str(vars(row))


@pytest.mark.parametrize(
    "distance", [timedelta(0), timedelta(microseconds=-1), timedelta(days=-1), timedelta(days=-9999)]
)
def test_an_expiration_that_is_over_is_refused(cast: Cast, distance: timedelta) -> None:
    with time_machine.travel(NOON, tick=False):
        refusal = refused(cast.acme, cast.dev, expires_at=NOON + distance)
    assert (refusal.field, refusal.message) == ("expires_on", "The expiration must be in the future.")


def test_an_expiration_beyond_the_teams_maximum_is_refused(cast: Cast) -> None:
    change_team(team=cast.acme, name="Acme", max_key_lifetime_days=30, actor=BY_TESTS)
    with time_machine.travel(NOON, tick=False):
        longest = NOON + timedelta(days=30)
        refusal = refused(cast.acme, cast.dev, expires_at=longest + timedelta(microseconds=1))
        assert (refusal.field, refusal.message) == ("expires_on", "Keys of this team live at most 30 days.")
        assert refused(cast.acme, cast.dev, expires_at=datetime.max.replace(tzinfo=UTC)).field == "expires_on"
        assert generate(cast.acme, cast.dev, expires_at=longest).apikey.expires_at == longest
        assert generate(cast.globex, cast.mallory, expires_at=NOON + timedelta(days=365)).apikey.status == "active"


def test_a_shorter_maximum_binds_successors_and_not_keys_that_exist(cast: Cast) -> None:
    old = make_key(cast.acme, cast.dev, days=300).apikey
    change_team(team=cast.acme, name="Acme", max_key_lifetime_days=30, actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="at most 30 days"):
        rotate_key(apikey=old, expires_at=old.expires_at, actor=BY_TESTS)
    assert ApiKey.objects.get(pk=old.pk).expires_at == old.expires_at


@pytest.mark.parametrize("limit", [0, -1, MOST_PER_MINUTE + 1, 2**63])
def test_rate_limits_that_cannot_be(cast: Cast, limit: int) -> None:
    assert refused(cast.acme, cast.dev, rate_limit=limit).field == "rate_limit"


def test_rate_limits_that_can_be(cast: Cast) -> None:
    limits = [None, 1, MOST_PER_MINUTE]
    made = [generate(cast.acme, cast.dev, name=str(limit), rate_limit=limit) for limit in limits]
    assert [key.apikey.rate_limit for key in made] == limits


def test_a_group_owns_a_key(cast: Cast) -> None:
    quants = create_group(team=cast.acme, name="Quant Research", actor=BY_TESTS)
    apikey = make_key(cast.acme, quants).apikey
    assert (apikey.owner_group, apikey.owner_user, apikey.owner_label) == (quants, None, "Quant Research")


def test_nobody_of_another_team_owns_a_key(cast: Cast) -> None:
    theirs = create_group(team=cast.globex, name="Quant Research", actor=BY_TESTS)
    for owner in (cast.mallory, theirs):
        refusal = refused(cast.acme, owner)
        assert refusal.field == "owner"
        assert "does not belong to this team" in refusal.message


def test_the_same_form_twice_makes_one_key(cast: Cast) -> None:
    form = uuid4()
    first = generate(cast.acme, cast.dev, submission=form)
    with pytest.raises(AlreadyGenerated, match="has already generated the key “Bot”") as refusal:
        generate(cast.acme, cast.dev, submission=form)
    assert refusal.value.apikey == first.apikey
    assert first.text not in refusal.value.message
    refused(cast.acme, cast.dev, name="Another", submission=form)
    assert [key.pk for key in ApiKey.objects.all()] == [first.apikey.pk]


def test_the_form_of_another_team_tells_nothing_of_it(cast: Cast) -> None:
    form = uuid4()
    generate(cast.globex, cast.mallory, name="Globex-Secret-Project", submission=form)
    refusal = refused(cast.acme, cast.dev, submission=form)
    assert not isinstance(refusal, AlreadyGenerated)
    assert "Globex" not in refusal.message


def outcome(run: Callable[[], object]) -> str:
    try:
        run()
    except RefusedChange as refusal:
        return type(refusal).__name__
    return "made"


def test_a_double_click_makes_one_key(committed: None) -> None:
    cast = make_cast()
    form, expires_at = uuid4(), timezone.now() + timedelta(days=90)

    def click() -> str:
        return outcome(lambda: generate(cast.acme, cast.dev, submission=form, expires_at=expires_at))

    assert sorted(at_once([click] * 4)) == ["AlreadyGenerated"] * 3 + ["made"]
    assert ApiKey.objects.count() == 1
    assert AuditEvent.objects.filter(kind="key.generated").count() == 1


def test_two_people_choose_one_name_in_the_same_moment(committed: None) -> None:
    cast = make_cast()
    people = [cast.ann, cast.dev, cast.ann, cast.dev]
    clicks = [lambda owner=person: outcome(lambda: generate(cast.acme, owner, submission=uuid4())) for person in people]
    assert sorted(at_once(clicks)) == ["RefusedChange"] * 3 + ["made"]
    assert ApiKey.objects.count() == 1
