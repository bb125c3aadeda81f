"""Matching an address against many networks: disjoint sorted ranges and one bisection, whatever their number."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Literal, Self

from netaddr import IPAddress, iprange_to_cidrs

from ipsubnets.addresses import Address


class AddressRanges:
    """An immutable set of addresses of both families."""

    __slots__ = ("_firsts4", "_firsts6", "_lasts4", "_lasts6")

    def __init__(self, ranges: Iterable[tuple[int, int, int]]) -> None:
        """`ranges` are (version, first, last), inclusive, in any order, overlapping or not."""
        ordered = sorted(ranges)
        self._firsts4, self._lasts4 = _merged((first, last) for version, first, last in ordered if version == 4)
        self._firsts6, self._lasts6 = _merged((first, last) for version, first, last in ordered if version == 6)

    @classmethod
    def empty(cls) -> Self:
        return cls(())

    def __contains__(self, address: Address) -> bool:
        if address.version == 4:
            index = bisect_right(self._firsts4, address.value) - 1
            return index >= 0 and address.value <= self._lasts4[index]
        index = bisect_right(self._firsts6, address.value) - 1
        return index >= 0 and address.value <= self._lasts6[index]

    def __len__(self) -> int:
        """The number of disjoint ranges, of both families."""
        return len(self._firsts4) + len(self._firsts6)

    def nearest(self, address: Address, most: int) -> list[str]:
        """The ranges of the address's family nearest to it, as text and in order."""
        firsts, lasts = (self._firsts4, self._lasts4) if address.version == 4 else (self._firsts6, self._lasts6)
        start = max(0, min(bisect_right(firsts, address.value) - most // 2, len(firsts) - most))
        return [
            as_text(address.version, first, last)
            for first, last in zip(firsts[start : start + most], lasts[start : start + most], strict=True)
        ]

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same addresses, however they were written."""
        if not isinstance(other, AddressRanges):
            return NotImplemented
        return self._ends() == other._ends()

    def __hash__(self) -> int:
        return hash(self._ends())

    def _ends(self) -> tuple[tuple[int, ...], ...]:
        return tuple(map(tuple, (self._firsts4, self._lasts4, self._firsts6, self._lasts6)))

    def __bool__(self) -> bool:
        return bool(self._firsts4 or self._firsts6)


def as_text(version: int, first: int, last: int) -> str:
    """A range as a CIDR if it is one, otherwise as `first-last`."""
    ends = bounds(version, first, last)
    blocks = iprange_to_cidrs(*ends)
    return str(blocks[0]) if len(blocks) == 1 else "-".join(ends)


def bounds(version: int, first: int, last: int) -> tuple[str, str]:
    """The outermost addresses of a range as text."""
    family: Literal[4, 6] = 4 if version == 4 else 6
    return str(IPAddress(first, family)), str(IPAddress(last, family))


def _merged(ordered: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    firsts: list[int] = []
    lasts: list[int] = []
    for first, last in ordered:
        if lasts and first <= lasts[-1] + 1:
            lasts[-1] = max(lasts[-1], last)
        else:
            firsts.append(first)
            lasts.append(last)
    return firsts, lasts
