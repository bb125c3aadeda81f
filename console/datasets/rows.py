"""Rows of a dataset, in order, from anywhere: by time, and by symbol where times are equal.

A position says where a row stands among those of the same symbols: it grows from row to row, and what is found at one
is found by arithmetic. So the last page costs what the first one does.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from console.datasets.catalogue import Dataset
from console.datasets.sessions import FULL_SESSION
from console.datasets.synthesis import SECOND, Values


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows: `start` (inclusive) and `end` (exclusive) are nanoseconds since the epoch."""

    dataset: Dataset
    symbols: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    """`next_position` is that of the first row that is not in `rows`; None when they are the last ones."""

    rows: list[Values]
    next_position: int | None


def read_page(query: Query, limit: int, position: int = 0) -> Page:
    """At most `limit` rows, none of which stands before `position`."""
    rows: list[Values] = []
    for place, row in _rows_from(query, position):
        if len(rows) == limit:
            return Page(rows, place)
        rows.append(row)
    return Page(rows, None)


def _rows_from(query: Query, position: int) -> Iterator[tuple[int, Values]]:
    dataset, width = query.dataset, len(query.symbols)
    for slot in _slots_from(dataset, max(position // width, _slot_at(dataset, query.start))):
        number, begins = divmod(slot, _slots_per_session(dataset))
        session, begins = dataset.sessions[number], begins * dataset.slot_seconds
        if (session.opens + begins) * SECOND >= query.end:
            return
        made = [(symbol, *dataset.maker(symbol, session, begins, dataset.slot_seconds)) for symbol in query.symbols]
        made.sort(key=lambda row: (row[1], row[0]))
        for place, (symbol, nanosecond, values) in enumerate(made, start=slot * width):
            if place >= position and query.start <= nanosecond < query.end:
                yield place, {"timestamp": _timestamp(nanosecond, dataset), "symbol": symbol, **values}


def _slots_from(dataset: Dataset, first: int) -> Iterator[int]:
    """Numbers of slots. Every session has those of a full one, so that numbers are found by arithmetic; those after an
    early close are left out.
    """
    per_session = _slots_per_session(dataset)
    for number in range(first // per_session, len(dataset.sessions)):
        used = -(-dataset.sessions[number].seconds // dataset.slot_seconds)
        yield from range(max(first, number * per_session), number * per_session + used)


def _slots_per_session(dataset: Dataset) -> int:
    return FULL_SESSION // dataset.slot_seconds


def _slot_at(dataset: Dataset, nanosecond: int) -> int:
    """The slot that a time falls into; between two sessions, the last one of the earlier."""
    second = nanosecond // SECOND
    number = bisect_right(dataset.sessions, second, key=lambda session: session.opens) - 1
    if number < 0:
        return 0
    slot = min((second - dataset.sessions[number].opens) // dataset.slot_seconds, _slots_per_session(dataset) - 1)
    return number * _slots_per_session(dataset) + slot


def _timestamp(nanosecond: int, dataset: Dataset) -> str:
    """RFC 3339, in UTC."""
    second, rest = divmod(nanosecond, SECOND)
    text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:09}Z" if dataset.to_the_nanosecond else f"{text}Z"
