"""When the synthetic market is open: the regular sessions of the New York exchanges in 2023 and 2024."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

NEW_YORK: Final = ZoneInfo("America/New_York")
OPENS_AT: Final = time(9, 30, tzinfo=NEW_YORK)
FULL_SESSION: Final = 23_400
"""Seconds from 09:30 to 16:00."""
SHORT_SESSION: Final = 12_600
"""Seconds from 09:30 to 13:00, on the days before some holidays."""

FIRST_DAY: Final = date(2023, 1, 3)
DAY_AFTER_THE_LAST: Final = date(2025, 1, 1)

CLOSED: Final = frozenset(
    date(year, month, day)
    for year, days in (
        (2023, ((1, 16), (2, 20), (4, 7), (5, 29), (6, 19), (7, 4), (9, 4), (11, 23), (12, 25))),
        (2024, ((1, 1), (1, 15), (2, 19), (3, 29), (5, 27), (6, 19), (7, 4), (9, 2), (11, 28), (12, 25))),
    )
    for month, day in days
)
SHORT: Final = frozenset(
    (date(2023, 7, 3), date(2023, 11, 24), date(2024, 7, 3), date(2024, 11, 29), date(2024, 12, 24))
)


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day. `number` counts from the first one; `opens` is in seconds since the epoch."""

    number: int
    day: date
    opens: int
    seconds: int


def _trading_days() -> Iterator[date]:
    day = FIRST_DAY
    while day < DAY_AFTER_THE_LAST:
        if day.weekday() < 5 and day not in CLOSED:
            yield day
        day += timedelta(days=1)


SESSIONS: Final = tuple(
    Session(
        number=number,
        day=day,
        opens=int(datetime.combine(day, OPENS_AT).timestamp()),
        seconds=SHORT_SESSION if day in SHORT else FULL_SESSION,
    )
    for number, day in enumerate(_trading_days())
)


def sessions_between(first_day: date, day_after_the_last: date) -> tuple[Session, ...]:
    return tuple(session for session in SESSIONS if first_day <= session.day < day_after_the_last)


def midnight(day: date) -> int:
    """The beginning of a day in UTC, in seconds since the epoch. No session crosses it."""
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp())
