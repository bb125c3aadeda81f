"""Whose keys these are: they change hands one by one, and all at once when their owner goes."""

from typing import Final

from django.db import transaction

from apikeys import audit_kinds as kinds
from apikeys import rules
from apikeys.changes import locked_key, owner_of, record, tell, tidied_reason
from apikeys.models import ApiKey, ApiKeyQuerySet
from apikeys.services import disable_key
from teams import audit, policy_changes
from teams.departures import group_goes, member_leaves, team_goes
from teams.errors import RefusedChange
from teams.models import Group, Team, User
from teams.services.team import locked

MOST_NAMED: Final = 5


@transaction.atomic
def hand_over_keys(
    *, team: Team, owner: User | Group, heir: User | Group, disable: bool = False, actor: audit.Actor
) -> int:
    """Make `heir` the owner of all that `owner` has in the team; `disable` stops those keys that still work.

    Deleted keys change hands too, unheard: their rows need an owner as well. Returns how many listed keys there were.
    Raises `RefusedChange` for an heir who is not of the team, or is the owner.
    """
    team = locked(team)
    rules.refuse_foreign_owner(team, heir)
    if heir == owner:
        raise RefusedChange(f"{owner} owns these keys already. Choose somebody else.", field="heir")
    owned = list(keys_owned(team, owner).select_for_update(of=("self",)).order_by("pk"))
    for apikey in owned:
        apikey.team = team
        apikey.owner_user = heir if isinstance(heir, User) else None
        apikey.owner_group = heir if isinstance(heir, Group) else None
    ApiKey.objects.bulk_update(owned, ["owner_user", "owner_group"], batch_size=100)
    listed = [apikey for apikey in owned if apikey.deleted_at is None]
    for apikey in listed:
        record(kinds.KEY_HANDED_OVER, apikey, actor, before=str(owner), after=str(heir))
        policy_changes.announce(team_id=team.pk, key_id=apikey.pk)
        if disable and apikey.status in {"active", "expiring"}:
            disable_key(apikey=apikey, reason=f"{owner}, who owned it, is gone", actor=actor)
    return len(listed)


@transaction.atomic
def hand_over_key(*, apikey: ApiKey, heir: User | Group, reason: str = "", actor: audit.Actor) -> ApiKey:
    """Make `heir` the owner of one key. Programs that use it do not notice.

    Raises `RefusedChange` for an heir who is not of the team, or owns the key already.
    """
    team = Team.objects.select_for_update().get(pk=apikey.team_id)
    rules.refuse_foreign_owner(team, heir)
    apikey = locked_key(apikey)
    before = apikey.owner_group or owner_of(apikey)
    if heir == before:
        raise RefusedChange(f"{heir} owns this key already. Choose somebody else.", field="owner")
    apikey.owner_user = heir if isinstance(heir, User) else None
    apikey.owner_group = heir if isinstance(heir, Group) else None
    apikey.save(update_fields=["owner_user", "owner_group"])
    reason = tidied_reason(reason)
    tell(kinds.KEY_HANDED_OVER, apikey, actor, before=str(before), after=str(heir), reason=reason)
    return apikey


def keys_owned(team: Team, owner: User | Group) -> ApiKeyQuerySet:
    """All of them, deleted ones too."""
    return ApiKey.objects.filter(team=team).owned_by(owner)


def named(keys: ApiKeyQuerySet) -> str:
    """The first few by their names, and how many more there are."""
    names = list(keys.order_by("folded_name", "pk").values_list("name", flat=True)[: MOST_NAMED + 1])
    if len(names) <= MOST_NAMED:
        return ", ".join(names) or "None"
    return f"{', '.join(names[:MOST_NAMED])} and {keys.count() - MOST_NAMED} more"


def connect() -> None:
    """Be asked before somebody goes."""
    member_leaves.connect(_member_leaves, dispatch_uid="apikeys.member_leaves")
    group_goes.connect(_group_goes, dispatch_uid="apikeys.group_goes")
    team_goes.connect(_team_goes, dispatch_uid="apikeys.team_goes")


def _member_leaves(*, team: Team, user: User, **_: object) -> None:
    _refuse_keys_left(user, keys_owned(team, user).listed().count())


def _group_goes(*, group: Group, **_: object) -> None:
    _refuse_keys_left(group, keys_owned(group.team, group).count())


def _team_goes(*, team: Team, **_: object) -> None:
    """Their rows go first: a group cannot go before the keys it owns."""
    ApiKey.objects.filter(team=team).delete()


def _refuse_keys_left(owner: User | Group, count: int) -> None:
    if count:
        keys = "1 key" if count == 1 else f"{count} keys"
        raise RefusedChange(f"{owner} still owns {keys}. Say first what becomes of them.", field="heir")
