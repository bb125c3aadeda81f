"""Changes on trial: a network that was added or removed, and that reverts by itself unless somebody confirms it.

The deadline is a column of the network, and the gate compares it at each request: it is kept to the second, whether
a server runs or not. What is left to do afterwards is to tidy up and to write into the trail.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from ipsubnets import services
from ipsubnets.models import IPSubnet, Trial
from ipsubnets.networks import Network
from ipsubnets.services import SUBNET_DELETED
from teams import audit, policy_changes
from teams.errors import RefusedChange
from teams.models import Team, User

SHORTEST: Final = timedelta(seconds=10)
LONGEST: Final = timedelta(hours=24)

TRIAL_STARTED = audit.kind("subnet.trial_started", "{trial} the network {object} on trial until {until}")
TRIAL_CONFIRMED = audit.kind("subnet.trial_confirmed", "confirmed that the network {object} was {trial}")
TRIAL_REVERTED = audit.kind("subnet.trial_reverted", "took back that the network {object} was {trial}")
TRIAL_OVER = audit.kind("subnet.trial_over", "took back, for want of a confirmation, that {object} was {trial}")


@transaction.atomic
def create_subnet(
    *,
    team: Team,
    network: Network,
    label: str = "",
    expires_at: datetime | None = None,
    actor: audit.Actor,
    created_by: User | None = None,
    wide_confirmed: bool = False,
    within: timedelta | None = None,
) -> IPSubnet:
    """`services.create_subnet`; with `within`, on trial. Raises `RefusedChange`."""
    subnet = services.create_subnet(
        team=team,
        network=network,
        label=label,
        expires_at=expires_at,
        actor=actor,
        created_by=created_by,
        wide_confirmed=wide_confirmed,
    )
    return try_addition(subnet=subnet, within=within, actor=actor) if within else subnet


@transaction.atomic
def try_addition(*, subnet: IPSubnet, within: timedelta, actor: audit.Actor) -> IPSubnet:
    """A network just listed is taken off again after `within`, unless confirmed. Raises `RefusedChange`."""
    return _start(subnet, Trial.ADDED, within, actor)


@transaction.atomic
def try_removal(*, subnet: IPSubnet, within: timedelta, actor: audit.Actor) -> IPSubnet:
    """A network stops counting at once and counts again after `within`, unless confirmed. Raises `RefusedChange`."""
    return _start(subnet, Trial.REMOVED, within, actor)


@transaction.atomic
def confirm(*, subnet: IPSubnet, actor: audit.Actor) -> None:
    """Make it last. Raises `RefusedChange` when there is nothing left to confirm."""
    subnet = _on_trial(subnet)
    _tell(TRIAL_CONFIRMED, subnet, actor)
    if subnet.trial == Trial.REMOVED:
        audit.record(
            kind=SUBNET_DELETED, actor=actor, team=subnet.team, object_id=subnet.pk, object_name=subnet.network
        )
        subnet.delete()
    else:
        _end(subnet)


@transaction.atomic
def revert(*, subnet: IPSubnet, actor: audit.Actor) -> None:
    """Take it back before its time. Raises `RefusedChange` when there is nothing left to take back."""
    subnet = _on_trial(subnet)
    _tell(TRIAL_REVERTED, subnet, actor)
    _take_back(subnet)


def revert_overdue(*, now: datetime) -> int:
    """Tidy up after trials whose time is over: for the gate they ended to the second. Returns how many."""
    done = 0
    for team in Team.objects.filter(subnets__trial_until__lte=now).distinct():
        with transaction.atomic():
            Team.objects.select_for_update().get(pk=team.pk)
            for subnet in IPSubnet.objects.select_related("team").filter(team=team, trial_until__lte=now):
                _tell(TRIAL_OVER, subnet, audit.Actor.housekeeping())
                _take_back(subnet)
                done += 1
    return done


def _start(subnet: IPSubnet, trial: Trial, within: timedelta, actor: audit.Actor) -> IPSubnet:
    if not SHORTEST <= within <= LONGEST:
        raise RefusedChange("A trial lasts from 10 seconds to a day.", field="trial")
    current = _current(subnet)
    if current.trial:
        raise RefusedChange(f"{current.network} is on trial already: confirm or revert that first.")
    current.trial, current.trial_until = trial, timezone.now() + within
    current.trial_by_name = actor.name
    current.save(update_fields=["trial", "trial_until", "trial_by_name"])
    _tell(TRIAL_STARTED, current, actor)
    return current


def _current(subnet: IPSubnet) -> IPSubnet:
    """The network as it is now, with its team locked: of two who press at once, one finds it done."""
    Team.objects.select_for_update().get(pk=subnet.team_id)
    current = IPSubnet.objects.select_related("team").filter(pk=subnet.pk).first()
    if current is None:
        raise RefusedChange(f"{subnet.network} has been removed already.")
    return current


def _on_trial(subnet: IPSubnet) -> IPSubnet:
    current = _current(subnet)
    if not current.trial:
        raise RefusedChange(f"{current.network} is not on trial any more.")
    if current.trial_until is not None and current.trial_until <= timezone.now():
        raise RefusedChange(f"Too late: what was done to {current.network} has been taken back.")
    return current


def _take_back(subnet: IPSubnet) -> None:
    if subnet.trial == Trial.ADDED:
        subnet.delete()
    else:
        _end(subnet)


def _end(subnet: IPSubnet) -> None:
    subnet.trial, subnet.trial_until, subnet.trial_by_name = "", None, ""
    subnet.save(update_fields=["trial", "trial_until", "trial_by_name"])


def _tell(kind: str, subnet: IPSubnet, actor: audit.Actor) -> None:
    until = subnet.trial_until
    audit.record(
        kind=kind,
        actor=actor,
        team=subnet.team,
        object_id=subnet.pk,
        object_name=subnet.network,
        details={"trial": subnet.trial, "until": until.isoformat(timespec="seconds") if until else None},
    )
    policy_changes.announce(team_id=subnet.team_id)
