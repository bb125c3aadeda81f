"""Changes to a team as a whole: making it, its settings, suspending it, ending it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from teams import audit, policy_changes
from teams.arrivals import welcome
from teams.departures import team_goes
from teams.errors import RefusedChange
from teams.models import Team
from teams.names import check_fields, clean_name, slug_of
from teams.texts import printable

LONGEST_GRACE: Final = timedelta(days=90)
LONGEST_REASON: Final = 200

TEAM_CREATED = audit.kind("team.created", "created the team {object}")
TEAM_CHANGED = audit.kind("team.changed", "changed the settings of the team {object}")
SECOND_FACTOR_REQUIRED = audit.kind(
    "team.second_factor_required", "required a second factor of all members of {object}"
)
SECOND_FACTOR_OPTIONAL = audit.kind("team.second_factor_optional", "no longer required a second factor in {object}")
TEAM_SUSPENDED = audit.kind("team.suspended", "suspended the team {object}")
TEAM_RESUMED = audit.kind("team.resumed", "ended the suspension of the team {object}")
TEAM_DELETED = audit.kind("team.deleted", "deleted the team {object}")


@transaction.atomic
def create_team(*, name: str, slug: str = "", actor: audit.Actor, max_key_lifetime_days: int = 365) -> Team:
    """Raises `RefusedChange` for a name or slug that cannot be used."""
    name = clean_name(name, "team")
    slug = slug or slug_of(name)
    if not slug:
        raise RefusedChange("This name has no letter a to z and no digit to make a slug of; give one.", field="slug")
    team = Team(name=name, slug=slug, max_key_lifetime_days=max_key_lifetime_days)
    check_fields(team)
    taken = RefusedChange(f"There is already a team with the slug “{slug}”.", field="slug")
    if Team.objects.filter(slug=slug).exists():
        raise taken
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError:
        raise taken from None
    _record(TEAM_CREATED, team, actor, welcome(team))
    return team


@transaction.atomic
def change_team(
    *, team: Team, name: str, max_key_lifetime_days: int, expiry_reminders: bool | None = None, actor: audit.Actor
) -> Team:
    """Raises `RefusedChange`. A shorter longest lifetime binds keys generated from now on.

    `expiry_reminders` says whether owners and admins are mailed before keys expire; None leaves it as it is.
    """
    team = locked(team)
    before = _settings(team)
    team.name, team.max_key_lifetime_days = clean_name(name, "team"), max_key_lifetime_days
    if expiry_reminders is not None:
        team.expiry_reminders = expiry_reminders
    after = _settings(team)
    check_fields(team)
    team.save(update_fields=[*after])
    _record(TEAM_CHANGED, team, actor, {"before": before, "after": after})
    return team


@transaction.atomic
def require_second_factor(*, team: Team, grace: timedelta, actor: audit.Actor) -> Team:
    """Close the team's pages, once the grace is over, to members who have no second factor. Raises `RefusedChange`."""
    team = locked(team)
    if not timedelta(0) <= grace <= LONGEST_GRACE:
        raise RefusedChange(f"The grace is 0 to {LONGEST_GRACE.days} days.", field="grace")
    team.second_factor_required_from = timezone.now() + grace
    team.save(update_fields=["second_factor_required_from"])
    _record(SECOND_FACTOR_REQUIRED, team, actor, {"from": team.second_factor_required_from.isoformat()})
    return team


@transaction.atomic
def stop_requiring_second_factor(*, team: Team, actor: audit.Actor) -> Team:
    """Raises `RefusedChange` when none is required."""
    team = locked(team)
    if team.second_factor_required_from is None:
        raise RefusedChange("This team requires no second factor.")
    team.second_factor_required_from = None
    team.save(update_fields=["second_factor_required_from"])
    _record(SECOND_FACTOR_OPTIONAL, team, actor)
    return team


@transaction.atomic
def suspend_team(*, team: Team, reason: str = "", by_team: bool = False, actor: audit.Actor) -> Team:
    """Refuse every request of the team until it is resumed: with `by_team`, by an admin of it.

    An operator may suspend a team that has suspended itself. Raises `RefusedChange` when it is suspended already.
    """
    team = locked(team)
    if team.suspended_at and (by_team or not team.suspended_by_itself):
        raise RefusedChange(f"The team {team.name} is suspended already.")
    team.suspended_at, team.suspended_by_itself = timezone.now(), by_team
    team.save(update_fields=["suspended_at", "suspended_by_itself"])
    _record(TEAM_SUSPENDED, team, actor, {"reason": printable(reason)[:LONGEST_REASON]})
    policy_changes.announce(team_id=team.pk)
    return team


@transaction.atomic
def resume_team(*, team: Team, reason: str = "", by_team: bool = False, actor: audit.Actor) -> Team:
    """Raises `RefusedChange` when the team is not suspended, and to an admin of it when an operator did so."""
    team = locked(team)
    if not team.suspended_at:
        raise RefusedChange(f"The team {team.name} is not suspended.")
    if by_team and not team.suspended_by_itself:
        raise RefusedChange(f"Whoever runs this Gatehouse has suspended {team.name}, and only they can resume it.")
    team.suspended_at, team.suspended_by_itself = None, False
    team.save(update_fields=["suspended_at", "suspended_by_itself"])
    _record(TEAM_RESUMED, team, actor, {"reason": printable(reason)[:LONGEST_REASON]})
    policy_changes.announce(team_id=team.pk)
    return team


@transaction.atomic
def delete_team(*, team: Team, actor: audit.Actor) -> None:
    """End the team with all that belongs to it: keys, networks, groups, memberships. Its audit trail stays.

    The people stay too, in the teams they have besides. Raises `RefusedChange` when somebody else has just deleted it.
    """
    team = locked(team)
    members = list(team.memberships.values_list("user__email", flat=True).order_by("pk"))
    team_goes.send(sender=Team, team=team)
    _record(TEAM_DELETED, team, actor, {"members": members})
    policy_changes.announce(team_id=team.pk)
    team.delete()


def locked(team: Team) -> Team:
    """The team as it is now, its row locked: whoever changes who or what is in it queues here.

    Raises `RefusedChange` when it has just been deleted.
    """
    current = Team.objects.select_for_update().filter(pk=team.pk).first()
    if current is None:
        raise RefusedChange(f"The team {team.name} has been deleted.")
    return current


def _settings(team: Team) -> dict[str, object]:
    return {
        "name": team.name,
        "max_key_lifetime_days": team.max_key_lifetime_days,
        "expiry_reminders": team.expiry_reminders,
    }


def _record(kind: str, team: Team, actor: audit.Actor, details: Mapping[str, object] | None = None) -> None:
    audit.record(kind=kind, actor=actor, team=team, object_id=team.slug, object_name=team.name, details=details)
