"""Matching an address against many networks: disjoint sorted ranges and one bisection, whatever their number."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Self

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

    def __bool__(self) -> bool:
        return bool(self._firsts4 or self._firsts6)


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
