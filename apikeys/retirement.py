"""What becomes of the old key of a rotation: revoked by hand, or at a time.

The time is a column of the key, and the gate compares it at each request: it is kept to the second, whether a server
runs or not. What is left to do afterwards is to write it down.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from apikeys import audit_kinds as kinds
from apikeys.changes import locked_if_listed, locked_key, record, retire, tell
from apikeys.models import ApiKey
from teams import audit
from teams.errors import Mistyped, RefusedChange


@dataclass(frozen=True, slots=True)
class Retirement:
    """At a time, or by hand."""

    at: datetime | None = None

    def __str__(self) -> str:
        """After "to retire the key"."""
        if self.at is not None:
            return f"on {in_words(self.at)}"
        return "by hand"


BY_HAND: Final = Retirement()


def retirement_of(apikey: ApiKey) -> Retirement:
    """What is planned for it; by hand where nothing is, or nothing is left of it."""
    if not apikey.is_to_retire:
        return BY_HAND
    return Retirement(apikey.retire_at)


@transaction.atomic
def plan_retirement(*, apikey: ApiKey, retirement: Retirement, actor: audit.Actor) -> ApiKey:
    """Say what becomes of a key that has been rotated, in place of what was planned before.

    Raises `RefusedChange` for what cannot be: a key without a successor, a moment that is over or after its expiry.
    """
    apikey = locked_key(apikey)
    if retirement.at is None:
        return cancel_retirement(apikey=apikey, actor=actor)
    _refuse_what_is_over(apikey)
    if not ApiKey.objects.listed().filter(predecessor=apikey, revoked_at=None).exists():
        raise RefusedChange("This key has no successor. Rotate it first, so that something takes its place.")
    _refuse_bad_time(apikey, retirement.at)
    if retirement == retirement_of(apikey):
        raise Mistyped("That is planned already.", field="retire")
    _set(apikey, retirement, actor, kinds.RETIREMENT_PLANNED, plan=str(retirement))
    return apikey


@transaction.atomic
def cancel_retirement(*, apikey: ApiKey, actor: audit.Actor, reason: str = "") -> ApiKey:
    """Let the key live on until somebody revokes it. Raises `RefusedChange` where nothing is planned, or too late."""
    apikey = locked_key(apikey)
    if apikey.is_revoked:
        raise RefusedChange("Too late: this key is revoked already.")
    before = retirement_of(apikey)
    if before == BY_HAND:
        raise Mistyped("Nothing is planned for this key: it is revoked by hand.", field="retire")
    _set(apikey, BY_HAND, actor, kinds.RETIREMENT_CANCELLED, plan=str(before), reason=reason)
    return apikey


def keep_predecessor_of(apikey: ApiKey, actor: audit.Actor) -> None:
    """Called when a key ends for good: the key it was to replace is needed again, unless another one follows.

    Before anything is written to the trail: keys are locked first, the trail's head last.
    """
    predecessor = locked_if_listed(apikey.predecessor_id) if apikey.predecessor_id else None
    if predecessor is None or not predecessor.is_to_retire or any(key.is_usable for key in successors_of(apikey)):
        return
    cancel_retirement(apikey=predecessor, actor=actor, reason=f"Its successor {apikey.pk} is gone")


def successors_of(apikey: ApiKey) -> Iterator[ApiKey]:
    """Listed keys that follow it, one after another."""
    step = apikey
    while successor := ApiKey.objects.listed().select_related("usage").filter(predecessor=step.pk).first():
        yield successor
        step = successor


def retire_overdue(*, now: datetime) -> int:
    """Write down the retirements whose moment has come: for the gate they happened to the second. Returns how many."""
    done = 0
    overdue = ApiKey.objects.listed().filter(revoked_at=None, retire_at__lte=now)
    for key_id in overdue.order_by("retire_at").values_list("pk", flat=True):
        with transaction.atomic():
            apikey = locked_if_listed(key_id)
            if apikey is not None and apikey.retire_at is not None and apikey.retirement_is_due:
                retire(apikey, at=apikey.retire_at)
                done += 1
    return done


def in_words(moment: datetime) -> str:
    """In the current time zone, to the second where it has seconds."""
    local = timezone.localtime(moment)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{local.day} {local:%b %Y}, {clock} {local:%Z}"


def _set(apikey: ApiKey, retirement: Retirement, actor: audit.Actor, kind: str, **details: object) -> None:
    stopped_at = apikey.retire_at
    apikey.retire_at = retirement.at
    apikey.retirement_planned_at = None if retirement == BY_HAND else timezone.now()
    apikey.retirement_planned_by_name = "" if retirement == BY_HAND else actor.name
    apikey.save(update_fields=["retire_at", "retirement_planned_at", "retirement_planned_by_name"])
    # What the gate does not know of yet is no reason to make every gate forget the key.
    write = record if apikey.retire_at == stopped_at else tell
    write(kind, apikey, actor, **details)


def _refuse_what_is_over(apikey: ApiKey) -> None:
    if apikey.is_revoked:
        raise RefusedChange("This key is revoked already; there is nothing left to retire.")
    if apikey.expires_at <= timezone.now():
        raise RefusedChange("This key has expired already; there is nothing left to retire.")


def _refuse_bad_time(apikey: ApiKey, moment: datetime) -> None:
    if moment <= timezone.now():
        raise RefusedChange("That moment is over. To stop the key now, revoke it.", field="retire_on")
    if moment > apikey.expires_at:
        raise RefusedChange(f"The key expires before that, on {in_words(apikey.expires_at)}.", field="retire_on")
