"""Adding up from where keys were used: let-through requests by team, key, address and day, with bounded memory."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

from console.enforcement.refused import ELSEWHERE
from ipsubnets.addresses import parse_address
from ipsubnets.models import as_key

MOST_PLACES: Final = 5_000
"""Rows of one flush; further addresses of a key are counted together, without the address."""
MOST_PLACES_OF_KEY: Final = 500

Place = tuple[int, str, str]
"""A team's id, a key's, and an address (empty if it is not known)."""


class Places:
    def __init__(self) -> None:
        self.requests: Counter[Place] = Counter()
        self._of_key: Counter[str] = Counter()

    def add(self, counted: Iterable[tuple[Place, int]]) -> None:
        for place, requests in counted:
            if place in self.requests:
                self.requests[place] += requests
            elif len(self.requests) >= MOST_PLACES or self._of_key[place[1]] >= MOST_PLACES_OF_KEY:
                self.requests[(*place[:2], ELSEWHERE)] += requests
            else:
                self.requests[place] = requests
                self._of_key[place[1]] += 1


def write(cursor: CursorWrapper, places: Places, *, day: date, moment: Any) -> None:
    """Inside the transaction of a flush, in the order of the rows' keys."""
    cursor.executemany(
        """INSERT INTO ipsubnets_addressday (team_id, key_id, address, version, value, day, requests, last_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (team_id, key_id, address, day) DO UPDATE SET
           requests = ipsubnets_addressday.requests + excluded.requests, last_at = excluded.last_at""",
        [(*place, *_stored(place[2]), day, requests, moment) for place, requests in sorted(places.requests.items())],
    )


def _stored(text: str) -> tuple[int, str]:
    address = parse_address(text)
    return (address.version, as_key(address.value)) if address else (0, "")
