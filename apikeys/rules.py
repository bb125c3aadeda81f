"""What a new key must keep to. Each rule raises `RefusedChange` on the field of the form it is about."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from apikeys.models import ApiKey
from apikeys.names import folded
from teams.errors import RefusedChange
from teams.models import Group, Membership, Team, User

MOST_PER_MINUTE: Final = 1_000_000


class AlreadyGenerated(RefusedChange):
    """The same form was submitted before, and its key exists."""

    is_audited = False

    def __init__(self, apikey: ApiKey) -> None:
        super().__init__(
            f"This form has already generated the key “{apikey.name}”. It was shown in the answer to the first "
            "submission only; if you did not see it, delete that key and generate another."
        )
        self.apikey = apikey


def refuse_second_submission(team: Team, submission: UUID | None) -> None:
    """Called with the team's row locked, so that of two submissions at once the second sees the first's key."""
    earlier = ApiKey.objects.filter(submission=submission).first() if submission else None
    if earlier and earlier.team_id != team.pk:
        raise RefusedChange("This form cannot be used any more; open it anew.")
    if earlier:
        raise AlreadyGenerated(earlier)


def refuse_bad_expiry(team: Team, expires_at: datetime) -> None:
    now = timezone.now()
    if expires_at <= now:
        raise RefusedChange("The expiration must be in the future.", field="expires_on")
    if expires_at > now + timedelta(days=team.max_key_lifetime_days):
        raise RefusedChange(f"Keys of this team live at most {team.max_key_lifetime_days} days.", field="expires_on")


def refuse_taken_name(team: Team, name: str, *, but: Collection[str] = ()) -> None:
    """`but` are the ids of keys that may have it."""
    if team.keys.live().filter(folded_name=folded(name)).exclude(pk__in=but).exists():
        raise RefusedChange(f"A live key of this team is already called “{name}”.", field="name")


def lineage(apikey: ApiKey) -> set[str]:
    """The ids of the keys that it succeeds, and that succeed it."""
    ids = dict(apikey.team.keys.exclude(predecessor=None).values_list("pk", "predecessor_id"))
    successors = {before: after for after, before in ids.items()}
    found: set[str] = set()
    for steps in (ids, successors):
        step = steps.get(apikey.pk)
        while step is not None and step not in found:
            found.add(step)
            step = steps.get(step)
    return found


def refuse_foreign_owner(team: Team, owner: User | Group) -> None:
    if isinstance(owner, Group):
        belongs = team.groups.filter(pk=owner.pk).exists()
    else:
        belongs = Membership.objects.filter(team=team, user=owner).exists()
    if not belongs:
        raise RefusedChange(f"{owner} does not belong to this team.", field="owner")


def refuse_bad_rate_limit(rate_limit: int | None) -> None:
    """In requests per minute."""
    if rate_limit is not None and not 1 <= rate_limit <= MOST_PER_MINUTE:
        raise RefusedChange(f"A rate limit is 1 to {MOST_PER_MINUTE:,} requests per minute.", field="rate_limit")


def refuse_sealed_copy(team: Team) -> None:
    if not team.sealed_copies_allowed:
        raise RefusedChange("This team does not allow sealed copies.", field="keep_sealed_copy")
