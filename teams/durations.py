"""Durations as the command line takes them: `90d`, `12h`, `30m`, `45s`."""

import re
from datetime import timedelta

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_LONGEST = timedelta(days=36500)


def parse_duration(text: str) -> timedelta:
    """Raises `ValueError` for anything but a positive whole number and one of the units d, h, m, s."""
    match = re.fullmatch(r"([0-9]{1,10})([dhms])", text.strip())
    if not match or not int(match[1]):
        raise ValueError(f"“{text}” is not a duration; write it like 90d, 12h, 30m or 45s.")
    duration = timedelta(**{_UNITS[match[2]]: min(int(match[1]), 10**8)})
    if duration > _LONGEST:
        raise ValueError(f"“{text}” is longer than a hundred years.")
    return duration
