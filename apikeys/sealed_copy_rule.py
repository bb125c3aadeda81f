"""Whether a team's keys may be kept as sealed copies at all."""

from django.db import transaction

from apikeys import audit_kinds as kinds
from apikeys.models import SealedCopy
from teams import audit
from teams.errors import RefusedChange
from teams.models import Team
from teams.services.team import locked


@transaction.atomic
def forbid_sealed_copies(*, team: Team, actor: audit.Actor) -> int:
    """No new ones, and those there are get destroyed: how many. The keys go on working.

    Raises `RefusedChange` when they are forbidden already.
    """
    team = locked(team)
    if not team.sealed_copies_allowed:
        raise RefusedChange("Sealed copies are forbidden already.")
    team.sealed_copies_allowed = False
    team.save(update_fields=["sealed_copies_allowed"])
    destroyed, _ = SealedCopy.objects.filter(key__team=team).delete()
    _record(kinds.SEALED_COPIES_FORBIDDEN, team, actor, destroyed=destroyed)
    return destroyed


@transaction.atomic
def allow_sealed_copies(*, team: Team, actor: audit.Actor) -> None:
    """Raises `RefusedChange` when they are allowed already."""
    team = locked(team)
    if team.sealed_copies_allowed:
        raise RefusedChange("Sealed copies are allowed already.")
    team.sealed_copies_allowed = True
    team.save(update_fields=["sealed_copies_allowed"])
    _record(kinds.SEALED_COPIES_ALLOWED, team, actor)


def _record(kind: str, team: Team, actor: audit.Actor, **details: object) -> None:
    audit.record(kind=kind, actor=actor, team=team, object_id=team.slug, object_name=team.name, details=details)
