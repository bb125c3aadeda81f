"""Pages by cursor: each begins where the one before it ended, whatever has been added or taken away meanwhile.

A cursor holds what the last row of a page is ordered by, and a signature over that, the team and the query: it is good
for the query that it came from, by the team that it was given to, and for nothing else.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from console.api.errors import invalid

Row = TypeVar("Row", bound=Model)

DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 200
LONGEST_CURSOR: Final = 512
_SIGNATURE: Final = 16
"""Bytes of an HMAC-SHA-256."""


@dataclass(frozen=True, slots=True)
class Order:
    """The columns that rows are ordered by, the last of them unique."""

    columns: tuple[str, ...]
    newest_first: bool

    def apply(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        return rows.order_by(*(f"-{column}" if self.newest_first else column for column in self.columns))

    def after(self, position: Sequence[Any]) -> Q:
        """What comes later than the row at that position."""
        later = "lt" if self.newest_first else "gt"
        condition = Q()
        for place, column in enumerate(self.columns):
            before = dict(zip(self.columns[:place], position[:place], strict=True))
            condition |= Q(**before, **{f"{column}__{later}": position[place]})
        return condition

    def position_of(self, row: Model) -> list[Any]:
        return [getattr(row, column) for column in self.columns]


def read_page(
    rows: QuerySet[Row], order: Order, *, query: Sequence[object], cursor: str | None, limit: int
) -> tuple[list[Row], str | None]:
    """At most `limit` rows from `cursor` on, and the cursor of the next page if there is one.

    `query` is everything that decides which rows there are: the team, the list, the filters. Raises `Problem`.
    """
    if cursor is not None:
        rows = rows.filter(order.after(_read(cursor, query, order)))
    found = list(order.apply(rows)[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], _write(order.position_of(found[limit - 1]), query)


def _write(position: list[Any], query: Sequence[object]) -> str:
    texts = [value.isoformat() if isinstance(value, datetime) else value for value in position]
    body = json.dumps(texts, separators=(",", ":")).encode()
    return urlsafe_b64encode(_signature(body, query) + body).decode("ascii").rstrip("=")


def _read(cursor: str, query: Sequence[object], order: Order) -> list[Any]:
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    signature, body = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if not constant_time_compare(signature, _signature(body, query)):
        detail = "It is not a cursor of this list: repeat the other parameters as they were, or leave it out."
        raise invalid([{"parameter": "cursor", "detail": detail}])
    texts = json.loads(body)
    return [
        datetime.fromisoformat(text) if column.endswith("_at") else text
        for column, text in zip(order.columns, texts, strict=True)
    ]


def _signature(body: bytes, query: Sequence[object]) -> bytes:
    return salted_hmac("console.api.cursors", repr(tuple(query)).encode() + body, algorithm="sha256").digest()[
        :_SIGNATURE
    ]
