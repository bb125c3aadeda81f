"""When somebody is to be told that a key expires, and who.

Days are those of the person's time zone: "tomorrow" is the person's tomorrow.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from apikeys.models import ApiKey
from teams.models import Group, Team, User
from teams.permissions import Role
from teams.time_zones import zone_named

THRESHOLDS: Final = (0, 1, 7, 14, 30)
"""Days ahead; 0 is the day of the expiry itself."""
LOOK_AHEAD: Final = timedelta(days=max(THRESHOLDS) + 1)
LATEST: Final = timedelta(days=7)
"""After an outage, what expired longer ago than this is news to nobody."""


def threshold(apikey: ApiKey, zone: tzinfo, now: datetime) -> int | None:
    """The threshold that has been reached by today, the nearest to the expiry; None where there is none.

    What somebody chose when they generated the key is no news: a key made for six days is never "seven days ahead".
    """
    today, made = now.astimezone(zone).date(), apikey.created_at.astimezone(zone).date()
    last_day = apikey.expires_at.astimezone(zone).date()
    days_left = (last_day - today).days
    days = next((days for days in THRESHOLDS if days_left <= days), None)
    if days is None:
        return None
    if made < last_day - timedelta(days=days):
        return days
    return 0 if days == 0 and apikey.expires_at <= now else None


def expiring_keys(team: Team, now: datetime) -> list[ApiKey]:
    """Keys that somebody may have to be told about: usable ones, and those that expired of late."""
    return list(
        ApiKey.objects.listed()
        .unrevoked(now)
        .filter(team=team, disabled_at=None)
        .filter(expires_at__gt=now - LATEST, expires_at__lte=now + LOOK_AHEAD)
        .select_related("team", "owner_user", "owner_group")
        .defer("digest")
        .order_by("expires_at", "pk")
    )


@dataclass(frozen=True)
class Audience:
    """Who of a team is told of which keys: the owner, or the members of the group that owns it, and the admins."""

    people: dict[int, User]
    admins: frozenset[int]
    in_groups: dict[int, frozenset[int]]

    @classmethod
    def of(cls, team: Team) -> "Audience":
        memberships = team.memberships.filter(user__is_active=True).select_related("user")
        people = {membership.user_id: membership.user for membership in memberships}
        groups: dict[int, set[int]] = {}
        for group_id, user_id in Group.members.through.objects.filter(group__team=team).values_list(
            "group_id", "user_id"
        ):
            groups.setdefault(group_id, set()).add(user_id)
        return cls(
            people=people,
            admins=frozenset(each.user_id for each in memberships if each.role == Role.ADMIN),
            in_groups={group: frozenset(members & people.keys()) for group, members in groups.items()},
        )

    def told_of(self, apikey: ApiKey) -> frozenset[int]:
        if apikey.owner_group_id is not None:
            return self.admins | self.in_groups.get(apikey.owner_group_id, frozenset())
        return self.admins | {user_id for user_id in self.people if user_id == apikey.owner_user_id}


def due(keys: Iterable[ApiKey], audience: Audience, now: datetime) -> dict[User, list[tuple[ApiKey, int]]]:
    """By person, the keys that a threshold has been reached of, whether or not they have been told of it."""
    found: dict[User, list[tuple[ApiKey, int]]] = {}
    zones = {user_id: zone_named(person.time_zone) for user_id, person in audience.people.items()}
    for apikey in keys:
        for user_id in sorted(audience.told_of(apikey)):
            days = threshold(apikey, zones[user_id], now)
            if days is not None:
                found.setdefault(audience.people[user_id], []).append((apikey, days))
    return found
