"""Points in time as people write them in a URL."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from console.datasets.sessions import midnight
from console.datasets.synthesis import SECOND

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP: Final = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?P<clock>(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.(?P<fraction>[0-9]{1,9}))?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3]):(?P<minutes>[0-5][0-9]))"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read_moment(text: str) -> int:
    """Nanoseconds since the epoch of an RFC 3339 timestamp, or of a date's beginning in UTC.

    Raises `ValueError` with a message for whoever wrote it: a time without its offset is refused, not taken for UTC.
    """
    try:
        if _DATE.fullmatch(text):
            return midnight(date.fromisoformat(text)) * SECOND
        if match := _TIMESTAMP.fullmatch(text):
            return _nanoseconds(match)
    except ValueError:
        raise ValueError("There is no such day.") from None
    if re.fullmatch(r"[^ ]+ [0-9]{2}:[0-9]{2}", text):
        raise ValueError("In a URL “+” means a space: write the offset with %2B, or the time in UTC with Z.")
    raise ValueError("It is neither a date, such as 2024-03-01, nor an RFC 3339 time, such as 2024-03-01T14:30:00Z.")


def _nanoseconds(timestamp: re.Match[str]) -> int:
    # Whole numbers throughout: with its offset a time may lie outside the years that datetime knows.
    seconds = (datetime.fromisoformat(f"{timestamp['day']}T{timestamp['clock']}+00:00") - _EPOCH) // timedelta(
        seconds=1
    )
    if timestamp["sign"]:
        offset = int(timestamp["hours"]) * 3600 + int(timestamp["minutes"]) * 60
        seconds -= offset if timestamp["sign"] == "+" else -offset
    return seconds * SECOND + int((timestamp["fraction"] or "").ljust(9, "0"))
