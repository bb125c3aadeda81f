"""Observing: for a while, requests from unlisted addresses are let through and only counted."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from ipsubnets.models import ObserveMode
from teams import audit, policy_changes
from teams.errors import RefusedChange
from teams.models import Team

LONGEST: Final = timedelta(days=14)

OBSERVING_STARTED = audit.kind("networks.observed", "let requests from unlisted addresses into {object} until {until}")
OBSERVING_STOPPED = audit.kind("networks.enforced", "made the networks of {object} binding again")
OBSERVING_OVER = audit.kind("networks.observing_ended", "found the observing of {object} over")


@transaction.atomic
def observe(*, team: Team, length: timedelta, actor: audit.Actor) -> ObserveMode:
    """Begin, or begin anew with another end. Raises `RefusedChange` for more than 14 days, or none."""
    if not timedelta(0) < length <= LONGEST:
        raise RefusedChange(f"A team observes for at most {LONGEST.days} days at a time.", field="length")
    Team.objects.select_for_update().get(pk=team.pk)
    until = timezone.now() + length
    mode, _ = ObserveMode.objects.update_or_create(
        team=team, defaults={"until": until, "started_at": timezone.now(), "started_by_name": actor.name}
    )
    _tell(OBSERVING_STARTED, team, actor, until)
    return mode


@transaction.atomic
def enforce(*, team: Team, actor: audit.Actor) -> None:
    """Back to refusing. Raises `RefusedChange` for a team that does not observe."""
    Team.objects.select_for_update().get(pk=team.pk)
    if not ObserveMode.objects.filter(team=team, until__gt=timezone.now()).exists():
        raise RefusedChange(f"{team.name} does not observe: its networks are binding already.")
    ObserveMode.objects.filter(team=team).delete()
    _tell(OBSERVING_STOPPED, team, actor, None)


def close_ended(*, now: datetime) -> int:
    """Write into the trail which teams have ceased to observe: it ended by itself, to the second. Returns how many."""
    closed = 0
    for mode in ObserveMode.objects.filter(until__lte=now).select_related("team"):
        with transaction.atomic():
            Team.objects.select_for_update().get(pk=mode.team_id)
            if ObserveMode.objects.filter(pk=mode.pk, until__lte=now).delete()[0]:
                _tell(OBSERVING_OVER, mode.team, audit.Actor.housekeeping(), mode.until)
                closed += 1
    return closed


def _tell(kind: str, team: Team, actor: audit.Actor, until: datetime | None) -> None:
    audit.record(
        kind=kind,
        actor=actor,
        team=team,
        object_id=team.slug,
        object_name=team.name,
        details={"until": until.isoformat(timespec="seconds") if until else None},
    )
    policy_changes.announce(team_id=team.pk)
