"""Judging recent traffic anew: the gate's `judge_known` with other networks in the team's place."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from django.db.models import Max, Sum
from django.utils import timezone

from console.enforcement.decision import Code, TeamPolicy
from console.enforcement.engine import judge_known
from console.enforcement.loading import load_keys_of, load_own_networks_of, load_team
from ipsubnets.addresses import parse_address
from ipsubnets.forecast import Broken, Forecast, forecasters
from ipsubnets.models import AddressDay
from ipsubnets.networks import Network
from ipsubnets.ranges import AddressRanges
from ipsubnets.selectors import live_subnets_of
from teams.models import Team

DAYS: Final = 30
RECENT_DAYS: Final = 7
NOWHERE: Final = AddressRanges.empty()
MOST_LISTED: Final = 50
"""Rows of a forecast that are listed; the others are counted."""


@dataclass(frozen=True, slots=True)
class Traffic:
    key_id: str
    address: str
    requests: int
    last_on: date


def traffic_of(team: Team, *, days: int = DAYS) -> Iterator[Traffic]:
    """What was let through in the last days, by key and address, the most requests first."""
    since = (timezone.now() - timedelta(days=days)).date()
    rows = AddressDay.objects.filter(team=team, day__gte=since).values_list("key_id", "address")
    summed = rows.annotate(sum=Sum("requests"), last=Max("day")).order_by("-sum", "key_id", "address")
    for key_id, address, requests, last_on in summed.iterator(chunk_size=2_000):
        yield Traffic(key_id, address, requests, last_on)


def replay(team: Team, proposed: AddressRanges, without: Collection[str] = ()) -> Forecast:
    """What would be refused for its address that would be let through now. Raises `DatabaseUnavailable`.

    `without` are the IDs of listed networks that would be gone: keys that are bound to them have them no longer.
    """
    policy = load_team(team.pk)
    if policy is None:
        return Forecast(days=DAYS)
    policy = replace(policy, observes_until=0.0)
    other = replace(policy, networks=proposed)
    keys = load_keys_of(team.pk)
    bound_now = load_own_networks_of(team.pk)
    bound_then = load_own_networks_of(team.pk, without=without) if without else bound_now
    now = timezone.now().timestamp()
    recent = (timezone.now() - timedelta(days=RECENT_DAYS)).date()
    broken: list[Broken] = []
    requests = further = all_requests = 0
    was_recent = False

    def refused_for_address(key_id: str, text: str, team_policy: TeamPolicy, bound: dict[str, AddressRanges]) -> bool:
        own = bound.get(key_id, NOWHERE) if keys[key_id].narrowed else None
        return (
            judge_known(keys[key_id], team_policy, parse_address(text), now, None, own=own).code is Code.IP_NOT_ALLOWED
        )

    for traffic in traffic_of(team):
        all_requests += traffic.requests
        key_id, address = traffic.key_id, traffic.address
        if key_id not in keys or not refused_for_address(key_id, address, other, bound_then):
            continue
        if refused_for_address(key_id, address, policy, bound_now):
            continue
        requests += traffic.requests
        was_recent = was_recent or traffic.last_on >= recent
        if len(broken) < MOST_LISTED:
            broken.append(Broken(key_id, keys[key_id].name, address, traffic.requests, traffic.last_on))
        else:
            further += 1
    return Forecast(
        days=DAYS, broken=broken, further=further, requests=requests, all_requests=all_requests, recent=was_recent
    )


def gone(team: Team, proposed: Iterable[Network]) -> set[str]:
    """The IDs of the listed networks that are not among the proposed ones."""
    kept = {network.cidr for network in proposed}
    listed = live_subnets_of(team).values_list("pk", "network")
    return {subnet_id for subnet_id, network in listed if network not in kept}


def connect() -> None:
    """Let the apps below ask."""
    if replay not in forecasters:
        forecasters.append(replay)
