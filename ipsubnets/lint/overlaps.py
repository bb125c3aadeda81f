"""Networks that others make superfluous, and neighbours that are one network: one sort and one sweep each.

CIDR blocks nest or are disjoint, so that a stack of those that hold the current one is all that has to be looked at.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, NamedTuple

from ipsubnets.lint.findings import Finding, Kind, Listed
from ipsubnets.networks import Network
from ipsubnets.ranges import as_text

NEVER: Final = datetime.max.replace(tzinfo=UTC)


def end_of(listed: Listed) -> datetime:
    return listed.expires_at or NEVER


class _Open(NamedTuple):
    last: int
    longest: Listed
    """Of this network and those that hold it, the one that ends last; of several, the widest."""


def superfluous(networks: Iterable[Listed], bound: Collection[str]) -> Iterator[Finding]:
    """Networks all of whose addresses another lists for as long. `bound` are the IDs of those that keys are bound to.

    What a key is bound to is not superfluous: without it the key would lose addresses.
    """
    ordered = sorted(
        networks,
        key=lambda n: (n.version, n.first, -n.last, -end_of(n).timestamp(), n.id not in bound, n.created_at, n.id),
    )
    for _, family in groupby(ordered, key=lambda n: n.version):
        stack: list[_Open] = []
        for listed in family:
            while stack and stack[-1].last < listed.first:
                stack.pop()
            holder = stack[-1].longest if stack else None
            if holder is not None and end_of(holder) >= end_of(listed):
                if listed.id not in bound:
                    yield _superfluous(listed, holder)
                longest = holder
            else:
                longest = listed
            stack.append(_Open(listed.last, longest))


def _superfluous(listed: Listed, holder: Listed) -> Finding:
    same = (listed.first, listed.last) == (holder.first, holder.last)
    lasts = "for as long" if holder.expires_at else "for good"
    if same:
        words = f"{holder} lists the same addresses {lasts}."
    else:
        words = f"{holder} holds all of its addresses, and lists them {lasts}."
    return Finding(Kind.DUPLICATE if same else Kind.CONTAINED, (listed,), words, removes=(listed,))


class _Block(NamedTuple):
    first: int
    prefix_length: int
    members: tuple[Listed, ...]


def neighbours(networks: Iterable[Listed], widest: dict[int, int]) -> Iterator[Finding]:
    """Networks with the same end that together are one.

    `widest` are the prefixes, by family, from which on a network is too wide to be proposed. The networks may neither
    hold nor be each other: superfluous ones are left out before.
    """

    def group(listed: Listed) -> tuple[int, datetime]:
        return listed.version, end_of(listed)

    for (version, _), same in groupby(sorted(networks, key=lambda n: (*group(n), n.first)), key=group):
        for block in _merged(version, same, widest[version]):
            if len(block.members) > 1:
                yield _neighbours(version, block)


def _merged(version: int, networks: Iterable[Listed], widest: int) -> list[_Block]:
    width = 32 if version == 4 else 128
    stack: list[_Block] = []
    for listed in networks:
        stack.append(_Block(listed.first, listed.prefix_length, (listed,)))
        while len(stack) > 1 and _are_halves(stack[-2], stack[-1], width) and stack[-1].prefix_length - 1 > widest:
            right, left = stack.pop(), stack.pop()
            stack.append(_Block(left.first, left.prefix_length - 1, left.members + right.members))
    return stack


def _are_halves(left: _Block, right: _Block, width: int) -> bool:
    """Of the block with a prefix one shorter."""
    if left.prefix_length != right.prefix_length or left.prefix_length == 0:
        return False
    size = 1 << (width - left.prefix_length)
    return left.first + size == right.first and left.first % (2 * size) == 0


def _neighbours(version: int, block: _Block) -> Finding:
    merged = network_of(version, block.first, block.prefix_length)
    words = f"Together they are {merged}, no address more and none less."
    members = block.members
    return Finding(Kind.NEIGHBOURS, members, words, removes=members, adds=merged, expires_at=members[0].expires_at)


def network_of(version: int, first: int, prefix_length: int) -> Network:
    width = 32 if version == 4 else 128
    last = first + (1 << (width - prefix_length)) - 1
    return Network(as_text(version, first, last), version, first, last, prefix_length)


def label_of(members: Sequence[Listed], longest: int) -> str:
    """What a network is called that takes the place of these: their labels, each once."""
    labels = dict.fromkeys(listed.label for listed in members if listed.label)
    joined = ", ".join(labels)
    return joined if len(joined) <= longest else f"{joined[: longest - 1]}…"
