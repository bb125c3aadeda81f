"""Changes to teams and the people in them: keyword-only, atomic, audited."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from teams import audit
from teams.errors import RefusedChange
from teams.models import Group, Membership, Team, User
from teams.permissions import Role

TEAM_CREATED = audit.kind("team.created", "created the team {object}")
TEAM_CHANGED = audit.kind("team.changed", "changed the settings of the team {object}")
MEMBER_ADDED = audit.kind("member.added", "added {object} to the team")
GROUP_CREATED = audit.kind("group.created", "created the group {object}")
PROFILE_CHANGED = audit.kind("profile.changed", "changed the profile of {object}")


@transaction.atomic
def create_team(*, name: str, slug: str = "", actor: audit.Actor, max_key_lifetime_days: int = 365) -> Team:
    """Raises `RefusedChange` for a name or slug that cannot be used."""
    team = Team(name=name.strip(), slug=slug or slugify(name)[:48], max_key_lifetime_days=max_key_lifetime_days)
    _check(team)
    team.save()
    audit.record(kind=TEAM_CREATED, actor=actor, team=team, object_id=team.slug, object_name=team.name)
    return team


@transaction.atomic
def change_team(*, team: Team, name: str, max_key_lifetime_days: int, actor: audit.Actor) -> Team:
    """Raises `RefusedChange`. A shorter longest lifetime binds keys generated from now on."""
    before = {"name": team.name, "max_key_lifetime_days": team.max_key_lifetime_days}
    team.name, team.max_key_lifetime_days = name.strip(), max_key_lifetime_days
    _check(team)
    team.save(update_fields=["name", "max_key_lifetime_days"])
    audit.record(
        kind=TEAM_CHANGED,
        actor=actor,
        team=team,
        object_id=team.slug,
        object_name=team.name,
        details={
            "before": before,
            "after": {"name": team.name, "max_key_lifetime_days": max_key_lifetime_days},
        },
    )
    return team


@transaction.atomic
def add_member(*, team: Team, user: User, role: Role, actor: audit.Actor) -> Membership:
    """Raises `RefusedChange` for somebody who is a member already."""
    membership, created = Membership.objects.get_or_create(team=team, user=user, defaults={"role": role})
    if not created:
        raise RefusedChange(f"{user.email} is already a member of {team.name}.", field="email")
    audit.record(
        kind=MEMBER_ADDED,
        actor=actor,
        team=team,
        object_id=str(user.pk),
        object_name=user.email,
        details={"role": str(role)},
    )
    return membership


@transaction.atomic
def create_group(*, team: Team, name: str, actor: audit.Actor) -> Group:
    """Raises `RefusedChange` for a name that cannot be used or is taken."""
    group = Group(team=team, name=name.strip(), slug=slugify(name)[:48])
    if not group.slug:
        raise RefusedChange("Use a name with at least one letter or digit.", field="name")
    if team.groups.filter(slug=group.slug).exists():
        raise RefusedChange(f"This team already has a group “{group.slug}”.", field="name")
    group.save()
    audit.record(kind=GROUP_CREATED, actor=actor, team=team, object_id=group.slug, object_name=group.name)
    return group


@transaction.atomic
def change_profile(*, user: User, full_name: str, time_zone: str, actor: audit.Actor) -> User:
    user.full_name, user.time_zone = full_name.strip(), time_zone
    user.save(update_fields=["full_name", "time_zone"])
    audit.record_for_people(kind=PROFILE_CHANGED, actor=actor, user=user)
    return user


def _check(team: Team) -> None:
    try:
        team.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        if field == "slug" and any("already exists" in message for message in messages):
            raise RefusedChange(f"There is already a team with the slug “{team.slug}”.", field="slug") from None
        raise RefusedChange(f"{field}: {messages[0]}", field=field) from None
