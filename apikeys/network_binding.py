"""Binding a key to some of its team's networks. It only narrows: from what the team does not list, no key is let in.

A key stays narrowed when the networks it is bound to end or are removed; once none is left it is refused everywhere.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from django.db import transaction

from apikeys import audit_kinds as kinds
from apikeys.changes import locked_key, tell
from apikeys.models import ApiKey, KeyNetwork
from ipsubnets.addresses import Address
from ipsubnets.bound_keys import BoundKey, finders
from ipsubnets.models import IPSubnet, IPSubnetQuerySet
from teams import audit, policy_changes
from teams.errors import Mistyped, RefusedChange
from teams.models import Team

MOST_BOUND: Final = 100
"""Networks of one key. Who needs more of them needs a wider one."""
MOST_NAMED: Final = 5


@transaction.atomic
def bind_key(*, apikey: ApiKey, networks: Collection[str] | None, actor: audit.Actor) -> ApiKey:
    """Let a key be used from the networks with these IDs only; with None, from all that the team has and will have.

    Raises `RefusedChange` for none at all, for networks that are not the team's, and for what is so already.
    """
    team = Team.objects.select_for_update().get(pk=apikey.team_id)
    apikey = locked_key(apikey)
    before = bound_networks(apikey)
    after = None if networks is None else networks_of_team(team, networks)
    if _ids(before) == _ids(after):
        raise Mistyped("That is how the key is bound already.", field="networks")
    apikey.narrowed = after is not None
    apikey.save(update_fields=["narrowed"])
    KeyNetwork.objects.filter(key=apikey).delete()
    KeyNetwork.objects.bulk_create(KeyNetwork(key=apikey, subnet=subnet) for subnet in after or ())
    if after is None:
        tell(kinds.KEY_UNBOUND, apikey, actor)
    else:
        tell(kinds.KEY_BOUND, apikey, actor, networks=in_words(after))
    policy_changes.announce(team_id=team.pk)  # where the gate keeps what its keys are bound to
    return apikey


def bound_networks(apikey: ApiKey) -> list[IPSubnet] | None:
    """Those that are left, ended ones too; None for a key that is not narrowed."""
    if not apikey.narrowed:
        return None
    return list(IPSubnet.objects.filter(team_id=apikey.team_id, bindings__key=apikey).order_by("version", "first"))


def live_bound_subnet_covering(apikey: ApiKey, address: Address) -> IPSubnet | None:
    """One of the live networks that a narrowed key is bound to and that holds the address."""
    return IPSubnet.objects.filter(team_id=apikey.team_id, bindings__key=apikey).live().covering(address).first()


def keys_bound_to(subnets: IPSubnetQuerySet) -> dict[str, list[BoundKey]]:
    """See `ipsubnets.bound_keys`."""
    here = list(
        KeyNetwork.objects.filter(subnet__in=subnets, key__in=ApiKey.objects.live())
        .order_by("key__folded_name", "key")
        .values_list("subnet_id", "key_id", "key__name")
    )
    live = KeyNetwork.objects.filter(key__in={key_id for _, key_id, _ in here}, subnet__in=IPSubnet.objects.live())
    everywhere = set(live.values_list("key_id", "subnet_id"))
    counted = Counter(key_id for key_id, _ in everywhere)
    found: dict[str, list[BoundKey]] = {}
    for subnet_id, key_id, name in here:
        others = counted[key_id] - ((key_id, subnet_id) in everywhere)
        found.setdefault(subnet_id, []).append(BoundKey(key_id, name, others))
    return found


def connect() -> None:
    """Let the app below ask."""
    if keys_bound_to not in finders:
        finders.append(keys_bound_to)


def networks_of_team(team: Team, ids: Collection[str]) -> list[IPSubnet]:
    """Raises `RefusedChange` unless there are some, and all are the team's."""
    wanted = set(ids)
    if not wanted:
        raise RefusedChange("Choose at least one network that the key may be used from.", field="networks")
    if len(wanted) > MOST_BOUND:
        raise RefusedChange(f"A key is bound to at most {MOST_BOUND} networks.", field="networks")
    found = list(IPSubnet.objects.filter(team=team, pk__in=wanted).order_by("version", "first"))
    missing = wanted - {subnet.pk for subnet in found}
    if missing:
        raise RefusedChange(f"The team lists no network with the ID “{min(missing)}”.", field="networks")
    return found


def in_words(networks: Iterable[IPSubnet]) -> str:
    """For the audit trail: the first few by name."""
    names = [subnet.network for subnet in networks]
    if not names:
        return "no network"
    further = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {further} more" if further > 0 else "")


def _ids(networks: Iterable[IPSubnet] | None) -> set[str] | None:
    return None if networks is None else {subnet.pk for subnet in networks}
