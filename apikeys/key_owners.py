"""Who owns a team's keys: what its list can be narrowed to, and how many expire soon."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q
from django.utils import timezone

from apikeys.models import ApiKey, ApiKeyQuerySet, expires_soon
from teams.access import Access

MINE: Final = "mine"
"""Of the person who looks, and of the groups that the person is in: those that they may change."""
MEMBER: Final = re.compile(r"user:([0-9]{1,15})")
GROUP: Final = re.compile(r"group:([a-z0-9-]{1,100})")
COLUMNS: Final = (
    *("owner_group", "owner_group__slug", "owner_group__name"),
    *("owner_user", "owner_user__full_name", "owner_user__email"),
)


@dataclass(frozen=True, slots=True)
class Owner:
    value: str
    label: str
    keys: int
    expiring: int = 0


@dataclass(frozen=True, slots=True)
class Owners:
    """Who owns a listed key. `mine` are those of the person who looks, taken together."""

    mine: Owner
    groups: Sequence[Owner]
    members: Sequence[Owner]

    @property
    def expiring(self) -> int:
        """How many keys of the team expire soon."""
        return sum(owner.expiring for owner in (*self.groups, *self.members))

    @property
    def grouped(self) -> list[tuple[str, Sequence[Owner]]]:
        """For a select: without what is empty."""
        parts = [("You", [self.mine]), ("Groups", self.groups), ("Members", self.members)]
        return [(name, owners) for name, owners in parts if owners]


def owners_of_keys(access: Access, group_ids: set[int]) -> Owners:
    """In one query, whatever the number of keys. `group_ids` are those of the groups that the person is in."""
    counted = (
        ApiKey.objects.listed()
        .filter(team=access.team)
        .values(*COLUMNS)
        .annotate(keys=Count("pk"), soon=Count("pk", filter=expires_soon(timezone.now())))
        .order_by("owner_group__name", "owner_user__full_name", "owner_user__email")
    )
    groups, members, mine = [], [], 0
    for row in counted:
        if row["owner_group"] is not None:
            mine += row["keys"] if row["owner_group"] in group_ids else 0
            value, label = f"group:{row['owner_group__slug']}", row["owner_group__name"]
            groups.append(Owner(value, label, row["keys"], row["soon"]))
        else:
            mine += row["keys"] if row["owner_user"] == access.user.pk else 0
            members.append(_member(row, access))
    return Owners(Owner(MINE, "Mine and my groups’", mine), groups, members)


def _member(row: dict[str, Any], access: Access) -> Owner:
    label = row["owner_user__full_name"] or row["owner_user__email"]
    if row["owner_user"] == access.user.pk:
        label = f"{label} (you)"
    return Owner(f"user:{row['owner_user']}", label, row["keys"], row["soon"])


def owned_as_chosen(keys: ApiKeyQuerySet, chosen: str, access: Access, group_ids: set[int]) -> ApiKeyQuerySet | None:
    """Those of whom the address of the list names; None where it names nobody."""
    if chosen == MINE:
        return keys.filter(Q(owner_user=access.user) | Q(owner_group__in=group_ids))
    if found := MEMBER.fullmatch(chosen):
        return keys.filter(owner_user=int(found[1]))
    if found := GROUP.fullmatch(chosen):
        return keys.filter(owner_group__slug=found[1])
    return None
