"""Query parameters, read strictly: what is unknown, repeated or malformed is named in the answer, never guessed at."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeVar

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest

from console.datasets.catalogue import Dataset
from console.datasets.cursors import read_cursor
from console.datasets.moments import read_moment
from console.datasets.rows import Query
from console.datasets.sessions import midnight
from console.datasets.synthesis import SECOND

DEFAULT_LIMIT: Final = 100
LARGEST_LIMIT: Final = 1000
ROWS_PARAMETERS: Final = ("symbol", "start", "end", "limit", "cursor")
_LONGEST_SHOWN: Final = 40
"""Characters. What is longer is not repeated in an answer: it could be a key that ended up in the wrong place."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ParameterError:
    parameter: str
    detail: str


class BadParameters(Exception):
    """The request cannot be answered as it was asked: one error for each parameter that is to blame."""

    def __init__(self, errors: list[ParameterError]) -> None:
        super().__init__(f"{len(errors)} bad query parameters")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class RowsRequest:
    query: Query
    limit: int
    position: int


def read_parameters(request: HttpRequest, known: Collection[str]) -> dict[str, str]:
    """The parameters of a request, each of them known, given once and not empty. Raises `BadParameters`."""
    try:
        given = dict(request.GET.lists())
    except TooManyFieldsSent:
        raise BadParameters([ParameterError("…", "There are too many parameters.")]) from None
    errors = []
    for name, values in given.items():
        if name not in known:
            errors.append(ParameterError(_shown(name), _no_such_parameter(known)))
        elif len(values) > 1:
            errors.append(ParameterError(name, "It is given more than once."))
        elif not values[0]:
            errors.append(ParameterError(name, "It is empty: give it a value or leave it out."))
    if errors:
        raise BadParameters(errors)
    return {name: values[0] for name, values in given.items()}


def read_rows_request(request: HttpRequest, dataset: Dataset) -> RowsRequest:
    """`symbol`, `start`, `end`, `limit` and `cursor`, all of them optional. Raises `BadParameters`."""
    given = read_parameters(request, ROWS_PARAMETERS)
    errors: list[ParameterError] = []

    def read(name: str, parse: Callable[[str], Value], default: Value) -> Value:
        try:
            return parse(given[name]) if name in given else default
        except ValueError as error:
            errors.append(ParameterError(name, str(error)))
            return default

    query = Query(
        dataset=dataset,
        symbols=read("symbol", lambda text: _symbols(text, dataset), dataset.symbols),
        start=read("start", read_moment, midnight(dataset.first_day) * SECOND),
        end=read("end", read_moment, midnight(dataset.day_after_the_last) * SECOND),
    )
    limit = read("limit", _limit, DEFAULT_LIMIT)
    if {"start", "end"} <= given.keys() and not errors and query.start >= query.end:
        errors.append(ParameterError("end", "It must be later than start: rows before it are returned, none at it."))
    # A cursor belongs to a query, so there is nothing to say about it while the query is wrong.
    position = read("cursor", lambda text: read_cursor(query, text), 0) if not errors else 0
    if errors:
        raise BadParameters(errors)
    return RowsRequest(query, limit, position)


def _symbols(text: str, dataset: Dataset) -> tuple[str, ...]:
    if text not in dataset.symbols:
        raise ValueError(f"The dataset has no symbol “{_shown(text)}”. It has {', '.join(dataset.symbols)}.")
    return (text,)


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= LARGEST_LIMIT:
        raise ValueError(f"“{_shown(text)}” is not a whole number from 1 to {LARGEST_LIMIT}.")
    return int(text)


def _no_such_parameter(known: Collection[str]) -> str:
    return f"There is no such parameter. There are {', '.join(known)}." if known else "There are no parameters here."


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else "…"
