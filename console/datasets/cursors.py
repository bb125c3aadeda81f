"""Cursors: where the next page begins, as text that is good for the query it came from and for no other.

A cursor holds a position and a checksum over position and query. It is no secret and proves nothing: whoever makes one
up sees rows that `start` would have shown too. The checksum is there so that a cursor cut short, or sent with other
parameters, is an error instead of the wrong page.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Final

from console.datasets.rows import Query

_POSITION: Final = 8
_CHECKSUM: Final = 8
_CURSOR: Final = re.compile(r"[0-9A-Za-z_-]{22}")
"""Both in base64url without padding (RFC 4648, 5)."""


class NotACursor(ValueError):
    """The text is no cursor, or one of another query. The message is for the client."""


def make_cursor(query: Query, position: int) -> str:
    body = position.to_bytes(_POSITION, "big")
    return urlsafe_b64encode(body + _checksum(query, body)).decode("ascii").rstrip("=")


def read_cursor(query: Query, text: str) -> int:
    """The position in a cursor. Raises `NotACursor`."""
    if _CURSOR.fullmatch(text):
        position = int.from_bytes(urlsafe_b64decode(text + "==")[:_POSITION], "big")
        if make_cursor(query, position) == text:
            return position
    raise NotACursor("It is not a cursor of this query: repeat symbol, start and end as they were, or leave it out.")


def _checksum(query: Query, body: bytes) -> bytes:
    described = repr((query.dataset.id, query.symbols, query.start, query.end))
    return sha256(body + described.encode()).digest()[:_CHECKSUM]
