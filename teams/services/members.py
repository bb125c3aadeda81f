"""Who is in a team, and as what."""

from django.db import transaction

from teams import audit
from teams.departures import member_leaves
from teams.errors import RefusedChange
from teams.models import Group, Membership, Team, User
from teams.permissions import Role
from teams.services.team import locked

MEMBER_ADDED = audit.kind("member.added", "added {object} to the team")
ROLE_CHANGED = audit.kind("member.role_changed", "changed the role of {object} from {before} to {after}")
MEMBER_REMOVED = audit.kind("member.removed", "removed {object} from the team")
MEMBER_LEFT = audit.kind("member.left", "left the team ({object})")


@transaction.atomic
def add_member(*, team: Team, user: User, role: Role, actor: audit.Actor) -> Membership:
    """Raises `RefusedChange` for somebody who is a member already."""
    membership = join(team=team, user=user, role=role)
    _record(MEMBER_ADDED, team, user, actor, role=str(role))
    return membership


def join(*, team: Team, user: User, role: str) -> Membership:
    """Inside the caller's transaction, which also records why. Raises `RefusedChange`."""
    membership, created = Membership.objects.get_or_create(team=team, user=user, defaults={"role": role})
    if not created:
        raise RefusedChange(f"{user.email} is already a member of {team.name}.", field="email")
    return membership


@transaction.atomic
def change_role(*, team: Team, user: User, role: Role, actor: audit.Actor) -> Membership:
    """It counts with the member's next request. Raises `RefusedChange` for the last admin, and when nothing changes."""
    team = locked(team)
    membership = _membership(team, user)
    before = membership.role
    if before == role:
        raise RefusedChange(f"{user} has the role {role.label} already.", field="role")
    if before == Role.ADMIN:
        _refuse_last_admin(team, user)
    membership.role = role
    membership.save(update_fields=["role"])
    _record(ROLE_CHANGED, team, user, actor, before=before, after=str(role))
    return membership


@transaction.atomic
def remove_member(*, team: Team, user: User, actor: audit.Actor) -> None:
    """End a membership, and with it the place in the team's groups: with the person's next request they are outside.

    Raises `RefusedChange` for the last admin, and for somebody who still owns keys: say first what becomes of them.
    """
    team = locked(team)
    membership = _membership(team, user)
    if membership.role == Role.ADMIN:
        _refuse_last_admin(team, user)
    member_leaves.send(sender=Team, team=team, user=user)
    Group.members.through.objects.filter(group__team=team, user=user).delete()
    membership.delete()
    kind = MEMBER_LEFT if actor.user_id == user.pk else MEMBER_REMOVED
    _record(kind, team, user, actor, role=membership.role)


def _membership(team: Team, user: User) -> Membership:
    membership = Membership.objects.filter(team=team, user=user).first()
    if membership is None:
        raise RefusedChange(f"{user} is not a member of {team.name} any more.")
    return membership


def _refuse_last_admin(team: Team, user: User) -> None:
    """With the team's row locked, so that of two admins who demote each other at once the second is refused."""
    others = team.memberships.filter(role=Role.ADMIN, user__is_active=True).exclude(user=user)
    if not others.exists():
        raise RefusedChange(f"{user} is the last admin of {team.name}. Make somebody else an admin first.")


def _record(kind: str, team: Team, user: User, actor: audit.Actor, **details: object) -> None:
    audit.record(kind=kind, actor=actor, team=team, object_id=str(user.pk), object_name=user.email, details=details)
