"""The linter: every finding about a team's networks, in five queries however many they are."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from django.conf import settings
from django.utils import timezone

from ipsubnets.address_space import Space, space_of_range
from ipsubnets.bound_keys import bound_to_any
from ipsubnets.lint.findings import Finding, Kind, Listed
from ipsubnets.lint.overlaps import neighbours, network_of, superfluous
from ipsubnets.lint.traffic import DAYS, Traffic, is_too_young, traffic_of
from ipsubnets.networks import Network
from ipsubnets.selectors import live_subnets_of
from teams.models import Team

SITE: dict[int, int] = {4: 24, 6: 64}
"""A network is not narrowed further than to what usually belongs to one site."""


def lint(team: Team) -> list[Finding]:
    """What is wrong with the networks that count now, by kind and address.

    Networks on trial are left alone: whoever tries them will confirm them or take them back.
    """
    subnets = live_subnets_of(team).filter(trial="")
    columns = ("id", "network", "version", "first", "last", "label", "created_at", "expires_at")
    rows = subnets.order_by("version", "first", "-last").values_list(*columns)
    networks = [Listed(pk, cidr, v, int(first, 16), int(last, 16), *rest) for pk, cidr, v, first, last, *rest in rows]
    if not networks:
        return []
    bound = bound_to_any(subnets).keys()
    twice = list(superfluous(networks, bound))
    gone = {finding.about[0].id for finding in twice}
    left = [listed for listed in networks if listed.id not in gone]
    widest = widest_prefixes()
    merged = neighbours([listed for listed in left if listed.id not in bound], widest)
    found = [*twice, *merged, *_of_traffic(left, traffic_of(team, timezone.now()), widest)]
    order = list(Kind)
    return sorted(found, key=lambda finding: order.index(finding.kind))


def widest_prefixes() -> dict[int, int]:
    """The longest prefix that counts as very wide, by family."""
    return {4: settings.GATEHOUSE_WIDE_IPV4, 6: settings.GATEHOUSE_WIDE_IPV6}


def _of_traffic(networks: Sequence[Listed], traffic: Traffic, widest: dict[int, int]) -> Iterator[Finding]:
    """At most one for each network, the gravest: that it is wide, that it is not public, that nothing matches it."""
    now = timezone.now()
    for listed in networks:
        used = traffic.extent(listed.version, listed.first, listed.last)
        if listed.prefix_length <= widest[listed.version]:
            yield _wide(listed, used, traffic)
            continue
        if used is not None:
            continue
        space = space_of_range(listed.version, listed.first, listed.last)
        if space is not Space.PUBLIC:
            yield _unreachable(listed, space)
        elif not is_too_young(listed.created_at, traffic, now):
            words = f"No request came from it in the last {DAYS} days."
            yield Finding(Kind.UNUSED, (listed,), words, removes=(listed,), narrows=True)


def _unreachable(listed: Listed, space: Space) -> Finding:
    words = (
        f"These are {space} addresses, which nobody on the internet has, and no request that is remembered came from "
        "them. They are of use only where clients reach Gatehouse within such a network."
    )
    return Finding(Kind.UNREACHABLE, (listed,), words, removes=(listed,), narrows=True, space=space)


def _wide(listed: Listed, used: tuple[int, int] | None, traffic: Traffic) -> Finding:
    """Narrowed to the one network that holds whatever came from it; where that is as wide, people have to choose."""
    span = f"A /{listed.prefix_length} is a very large part of IPv{listed.version}"
    if used is None:
        words = f"{span}, and no request that is remembered came from it."
        return Finding(Kind.WIDE, (listed,), words, removes=(listed,), narrows=True)
    narrowed = _holding(listed.version, *used)
    if narrowed.prefix_length <= listed.prefix_length or not traffic.complete:
        words = f"{span}, and requests come from all over it: list what they come from in its place."
        return Finding(Kind.WIDE, (listed,), words)
    words = f"{span}. Every request that came from it since {traffic.since:%-d %b %Y} came from {narrowed}."
    return Finding(
        Kind.WIDE,
        (listed,),
        words,
        removes=(listed,),
        adds=narrowed,
        expires_at=listed.expires_at,
        narrows=True,
    )


def _holding(version: int, lowest: int, highest: int) -> Network:
    """The smallest network that holds both, but no smaller than a site's."""
    width = 32 if version == 4 else 128
    length = min(width - (lowest ^ highest).bit_length(), SITE[version])
    return network_of(version, lowest >> (width - length) << (width - length), length)


def findings_of_kind(findings: Iterable[Finding], kind: str) -> list[Finding]:
    return [finding for finding in findings if not kind or finding.kind == kind]


def counts_by_kind(findings: Collection[Finding]) -> dict[Kind, int]:
    """Only kinds that there are any of, in their order."""
    counted = {kind: sum(finding.kind is kind for finding in findings) for kind in Kind}
    return {kind: number for kind, number in counted.items() if number}
