"""Whom a key is to belong to. A key that may write keys was given that by an admin, and may do what admins may:
anybody of the team, and any of its groups, can be made the owner."""

from console.api.caller import Caller
from console.api.errors import invalid
from console.api.values import MemberOwner, Owner
from teams.models import Group, User


def owner_named(caller: Caller, owner: Owner) -> User | Group:
    """Raises `Problem` alike for whoever is nobody, and whoever is of another team."""
    if isinstance(owner, MemberOwner):
        membership = (
            caller.team.memberships.select_related("user").filter(user__email=owner.member.strip().lower()).first()
        )
        if membership is None:
            raise invalid([{"field": "owner.member", "detail": "The team has no member with this address."}])
        return membership.user
    group = caller.team.groups.filter(slug=owner.group).first()
    if group is None:
        raise invalid([{"field": "owner.group", "detail": "The team has no group with this slug."}])
    return group
