"""Groups: internal teams that own keys."""

from django.db import transaction

from teams import audit
from teams.departures import group_goes
from teams.errors import RefusedChange
from teams.models import Group, Membership, Team, User
from teams.names import clean_name, slug_of
from teams.services.team import locked

GROUP_CREATED = audit.kind("group.created", "created the group {object}")
GROUP_RENAMED = audit.kind("group.renamed", "renamed the group {before} to {object}")
GROUP_MEMBER_ADDED = audit.kind("group.member_added", "added {member} to the group {object}")
GROUP_MEMBER_REMOVED = audit.kind("group.member_removed", "removed {member} from the group {object}")
GROUP_DELETED = audit.kind("group.deleted", "deleted the group {object}")


@transaction.atomic
def create_group(*, team: Team, name: str, actor: audit.Actor) -> Group:
    """Raises `RefusedChange` for a name that cannot be used or is taken."""
    team = locked(team)
    name = clean_name(name, "group")
    group = Group(team=team, name=name, slug=slug_of(name))
    if not group.slug:
        raise RefusedChange("Use a name with at least one letter a to z or digit.", field="name")
    if team.groups.filter(slug=group.slug).exists():
        raise RefusedChange(f"This team already has a group “{group.slug}”.", field="name")
    group.save()
    _record(GROUP_CREATED, group, actor)
    return group


@transaction.atomic
def rename_group(*, group: Group, name: str, actor: audit.Actor) -> Group:
    """The slug stays, by which addresses and the gate's headers know the group. Raises `RefusedChange`."""
    group = _locked(group)
    before, group.name = group.name, clean_name(name, "group")
    if group.team.groups.filter(name__iexact=group.name).exclude(pk=group.pk).exists():
        raise RefusedChange(f"This team already has a group called “{group.name}”.", field="name")
    group.save(update_fields=["name"])
    _record(GROUP_RENAMED, group, actor, before=before)
    return group


@transaction.atomic
def add_to_group(*, group: Group, user: User, actor: audit.Actor) -> None:
    """Raises `RefusedChange` for somebody who is not in the team, or in the group already."""
    group = _locked(group)
    if not Membership.objects.filter(team=group.team, user=user).exists():
        raise RefusedChange(f"{user} is not a member of {group.team.name}.", field="member")
    if group.members.filter(pk=user.pk).exists():
        raise RefusedChange(f"{user} is in the group already.", field="member")
    group.members.add(user)
    _record(GROUP_MEMBER_ADDED, group, actor, member=user.email)


@transaction.atomic
def remove_from_group(*, group: Group, user: User, actor: audit.Actor) -> None:
    """The group's keys stay the group's. Raises `RefusedChange` for somebody who is not in it."""
    group = _locked(group)
    if not group.members.filter(pk=user.pk).exists():
        raise RefusedChange(f"{user} is not in the group any more.")
    group.members.remove(user)
    _record(GROUP_MEMBER_REMOVED, group, actor, member=user.email)


@transaction.atomic
def delete_group(*, group: Group, actor: audit.Actor) -> None:
    """Raises `RefusedChange` for a group that still owns keys: say first what becomes of them."""
    group = _locked(group)
    group_goes.send(sender=Group, group=group)
    _record(GROUP_DELETED, group, actor)
    group.delete()


def _locked(group: Group) -> Group:
    team = locked(group.team)
    current = Group.objects.select_for_update().filter(pk=group.pk).first()
    if current is None:
        raise RefusedChange(f"The group {group.name} has been deleted.")
    current.team = team
    return current


def _record(kind: str, group: Group, actor: audit.Actor, **details: object) -> None:
    audit.record(kind=kind, actor=actor, team=group.team, object_id=group.slug, object_name=group.name, details=details)
