"""Keys are stopped: for a while or for good, by whom, and what the second one who tries is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apikeys import services
from apikeys.models import EXPIRING_SOON, ApiKey
from apikeys.selectors import keys_of
from teams.audit import Actor
from teams.errors import RefusedChange
from teams.models import AuditEvent
from tests.at_once import at_once
from tests.cast import Cast, make_cast, make_key

ANN = Actor(name="Ann Lee")
OLGA = Actor(name="Olga Ops")

Change = Callable[[ApiKey], object]
DISABLE: Change = lambda apikey: services.disable_key(apikey=apikey, reason="security audit", actor=ANN)  # noqa: E731
ENABLE: Change = lambda apikey: services.enable_key(apikey=apikey, actor=ANN)  # noqa: E731
REVOKE: Change = lambda apikey: services.revoke_key(apikey=apikey, reason="leaked", actor=ANN)  # noqa: E731
DELETE: Change = lambda apikey: services.delete_key(apikey=apikey, actor=ANN)  # noqa: E731
ROTATE: Change = lambda apikey: services.rotate_key(  # noqa: E731
    apikey=apikey, expires_at=timezone.now() + timedelta(days=1), actor=ANN
)

TABLE: list[tuple[list[Change], Change, str]] = [
    ([DISABLE], DISABLE, "This key is disabled already."),
    ([], ENABLE, "This key is not disabled."),
    ([DISABLE, ENABLE], ENABLE, "This key is not disabled."),
    ([REVOKE], DISABLE, "This key is revoked; there is nothing left to disable."),
    ([REVOKE], ENABLE, "A revoked key cannot be enabled again."),
    ([DISABLE, REVOKE], ENABLE, "A revoked key cannot be enabled again."),
    ([REVOKE], REVOKE, "This key is revoked already."),
    ([REVOKE], ROTATE, "A revoked key cannot be rotated; generate a new one instead."),
    *[
        (before, change, "The key “Backtesting-Alpha-Bot” has been deleted already.")
        for before in ([DELETE], [REVOKE, DELETE])
        for change in (DISABLE, ENABLE, REVOKE, DELETE, ROTATE)
    ],
]


@pytest.mark.parametrize("number", range(len(TABLE)))
def test_what_cannot_be_done_any_more(cast: Cast, number: int) -> None:
    """The row that the second admin has on screen is from before the first one's change."""
    before, change, told = TABLE[number]
    apikey = make_key(cast.acme, cast.dev).apikey
    for earlier in before:
        earlier(apikey)
    rows, events = list(ApiKey.objects.values()), AuditEvent.objects.count()
    with pytest.raises(RefusedChange) as refusal:
        change(apikey)
    assert refusal.value.message == told
    assert (list(ApiKey.objects.values()), AuditEvent.objects.count()) == (rows, events)


def test_a_disabled_key_says_by_whom_when_and_why_until_it_is_enabled(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        disabled = services.disable_key(apikey=apikey, reason="  security \n audit ", actor=OLGA)
    assert disabled.status_reason == "Disabled by Olga Ops on 2 Mar 2026: security audit"
    assert disabled.status == "disabled"
    enabled = services.enable_key(apikey=apikey, reason="false alarm", actor=ANN)
    assert (enabled.status, enabled.status_reason) == ("active", "")
    event = AuditEvent.objects.filter(kind="key.enabled").get()
    assert (event.actor_name, event.details) == ("Ann Lee", {"reason": "false alarm"})


def test_a_revoked_key_stays_listed_and_says_why(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        DISABLE(apikey)
        REVOKE(apikey)
    row = keys_of(cast.acme).get()
    assert (row.status, row.status_label) == ("revoked", "Revoked")
    assert row.status_reason == "Revoked by Ann Lee on 2 Mar 2026: leaked"


def test_a_deleted_key_is_off_the_list_and_stays_dead(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    services.delete_key(apikey=apikey, reason="no longer used", actor=OLGA)
    assert not keys_of(cast.acme).exists()
    row = ApiKey.objects.get(pk=apikey.pk)
    assert (row.status, row.revoked_by_name, row.revoked_reason) == ("revoked", "Olga Ops", "no longer used")
    assert not ApiKey.objects.live().exists()


def test_deleting_a_revoked_key_does_not_rewrite_who_revoked_it(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    REVOKE(apikey)
    services.delete_key(apikey=apikey, reason="tidying", actor=OLGA)
    row = ApiKey.objects.get(pk=apikey.pk)
    assert (row.revoked_by_name, row.revoked_reason) == ("Ann Lee", "leaked")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("x" * 10_000, "x" * 200),
        ("\x1b[31mred\x00\u202e \udcff", "[31mred"),
        ("<b>leaked</b> 🔥", "<b>leaked</b> 🔥"),
        ("line one\nline two", "line one line two"),
    ],
)
def test_no_reason_keeps_a_key_alive(cast: Cast, typed: str, kept: str) -> None:
    for end in (services.disable_key, services.revoke_key, services.delete_key):
        apikey = make_key(cast.acme, cast.dev, end.__name__).apikey
        end(apikey=apikey, reason=typed, actor=ANN)
        row = ApiKey.objects.get(pk=apikey.pk)
        assert row.status in {"disabled", "revoked"}
        assert {row.disabled_reason, row.revoked_reason} <= {kept, ""}
        assert AuditEvent.objects.filter(object_id=apikey.pk)[0].details["reason"] == kept


def test_the_status_says_what_matters_most(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev, days=90).apikey
    end = apikey.expires_at

    def status_at(moment_before_end: timedelta) -> str:
        with time_machine.travel(end - moment_before_end, tick=False):
            return ApiKey.objects.get(pk=apikey.pk).status

    second = timedelta(seconds=1)
    assert status_at(EXPIRING_SOON + second) == "active"
    assert status_at(EXPIRING_SOON) == status_at(second) == "expiring"
    assert status_at(timedelta(0)) == "expired"
    DISABLE(apikey)
    assert (status_at(second), status_at(timedelta(0))) == ("disabled", "expired")
    REVOKE(apikey)
    assert status_at(second) == status_at(-second) == "revoked"


def test_who_expires_soon_is_counted_like_the_status_says(cast: Cast) -> None:
    for days in (1, 13, 15, 90):
        make_key(cast.acme, cast.dev, f"{days} days", days=days)
    DISABLE(make_key(cast.acme, cast.dev, "disabled", days=2).apikey)
    REVOKE(make_key(cast.acme, cast.dev, "revoked", days=2).apikey)
    counted = {key.name for key in ApiKey.objects.expiring()}
    assert counted == {key.name for key in ApiKey.objects.all() if key.status == "expiring"} == {"1 days", "13 days"}


def test_two_admins_delete_one_key_in_the_same_moment(committed: None) -> None:
    cast = make_cast()
    apikey = make_key(cast.acme, cast.dev).apikey

    def delete() -> str:
        try:
            services.delete_key(apikey=apikey, actor=ANN)
        except RefusedChange as refusal:
            return refusal.message
        return "deleted"

    answers = sorted(at_once([delete] * 3))
    assert answers == ["The key “Backtesting-Alpha-Bot” has been deleted already."] * 2 + ["deleted"]
    assert AuditEvent.objects.filter(kind="key.deleted").count() == 1
