"""Granting and ending subscriptions: keyword-only, atomic, audited, and announced to every gate."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apikeys.scope_choices import datasets_to_choose_from
from console.datasets.models import Dataset, Subscription
from console.datasets.selectors import dataset_choices
from teams import audit, policy_changes
from teams.arrivals import team_comes
from teams.errors import RefusedChange
from teams.models import Team
from teams.services.team import locked
from teams.texts import printable
from teams.timestamps import rfc3339

LONGEST_REASON: Final = 200

GRANTED = audit.kind("subscription.granted", "granted a subscription to {object}")
END_SET = audit.kind("subscription.end_set", "set the end of the subscription to {object} to {until}")
ENDED = audit.kind("subscription.ended", "ended the subscription to {object}")


@transaction.atomic
def grant_subscription(
    *,
    team: Team,
    dataset: Dataset,
    actor: audit.Actor,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Subscription:
    """From now on if no start is given, for good if no end is. Raises `RefusedChange`, also for one that overlaps."""
    team = locked(team)
    now = timezone.now()
    starts_at = starts_at or now
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise RefusedChange("The end must be in the future, and later than the start.", field="ends_on")
    _refuse_overlap(team, dataset, starts_at, ends_at)
    subscription = Subscription.objects.create(
        team=team, dataset=dataset, starts_at=starts_at, ends_at=ends_at, granted_by_name=actor.name
    )
    _tell(GRANTED, subscription, actor, starts_at=rfc3339(starts_at), ends_at=rfc3339(ends_at))
    return subscription


@transaction.atomic
def end_subscription(*, subscription: Subscription, actor: audit.Actor, reason: str = "") -> Subscription:
    """With the next request its dataset is refused. One that has not begun never will.

    Raises `RefusedChange` when it is over already.
    """
    subscription = _locked(subscription)
    now = timezone.now()
    subscription.ends_at = now
    subscription.starts_at = min(subscription.starts_at, now)
    subscription.save(update_fields=["starts_at", "ends_at"])
    _tell(ENDED, subscription, actor, reason=printable(reason)[:LONGEST_REASON])
    return subscription


@transaction.atomic
def set_end(
    *, subscription: Subscription, ends_at: datetime | None, actor: audit.Actor, reason: str = ""
) -> Subscription:
    """To a moment in the future, earlier or later than it was, or to none. Raises `RefusedChange`."""
    subscription = _locked(subscription)
    if ends_at is not None and ends_at <= max(subscription.starts_at, timezone.now()):
        raise RefusedChange("The end must be in the future, and later than the start.", field="ends_on")
    _refuse_overlap(subscription.team, subscription.dataset, subscription.starts_at, ends_at, besides=subscription)
    before, subscription.ends_at = subscription.ends_at, ends_at
    subscription.save(update_fields=["ends_at"])
    _tell(
        END_SET,
        subscription,
        actor,
        until=rfc3339(ends_at) or "never",
        was=rfc3339(before) or "never",
        reason=printable(reason)[:LONGEST_REASON],
    )
    return subscription


def connect() -> None:
    team_comes.connect(_subscribe_new_team, dispatch_uid="gatehouse.subscribe_new_team")
    if dataset_choices not in datasets_to_choose_from:
        datasets_to_choose_from.append(dataset_choices)


def _subscribe_new_team(*, team: Team, **_: object) -> dict[str, object]:
    """To what every team gets. Nothing is announced: no gate has heard of the team yet."""
    datasets = list(Dataset.objects.filter(for_every_team=True).order_by("id"))
    Subscription.objects.bulk_create(
        Subscription(team=team, dataset=dataset, starts_at=team.created_at, granted_by_name="Included")
        for dataset in datasets
    )
    return {"subscriptions": [dataset.id for dataset in datasets]}


def _refuse_overlap(
    team: Team, dataset: Dataset, starts_at: datetime, ends_at: datetime | None, *, besides: Subscription | None = None
) -> None:
    others = Subscription.objects.filter(team=team, dataset=dataset).filter(Q(ends_at=None) | Q(ends_at__gt=starts_at))
    if ends_at is not None:
        others = others.filter(starts_at__lt=ends_at)
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    other = others.order_by("starts_at").first()
    if other is not None:
        until = f"until {rfc3339(other.ends_at)}" if other.ends_at else "without an end"
        raise RefusedChange(
            f"{team.name} is subscribed to {dataset.name} already, from {rfc3339(other.starts_at)} {until}.",
            field="datasets",
        )


def _locked(subscription: Subscription) -> Subscription:
    locked(subscription.team)
    current = Subscription.objects.select_related("team", "dataset").get(pk=subscription.pk)
    if current.ends_at is not None and current.ends_at <= timezone.now():
        raise RefusedChange(f"The subscription to {current.dataset.name} is over already.")
    return current


def _tell(kind: str, subscription: Subscription, actor: audit.Actor, **details: object) -> None:
    audit.record(
        kind=kind,
        actor=actor,
        team=subscription.team,
        object_id=subscription.pk,
        object_name=subscription.dataset.name,
        details={"dataset": subscription.dataset_id, **details},
    )
    policy_changes.announce(team_id=subscription.team_id)
