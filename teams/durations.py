"""Durations as the command line takes them: `90d`, `12h`, `30m`, `45s`."""

import re
from datetime import timedelta

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
LONGEST = timedelta(days=36_500)


def parse_duration(text: str) -> timedelta:
    """Raises `ValueError` for anything but a positive whole number and one of the units d, h, m, s."""
    match = re.fullmatch(r"([0-9]{1,10})([dhms])", text.strip())
    if not match or not int(match[1]):
        raise ValueError(f"“{text}” is not a duration; write it like 90d, 12h, 30m or 45s.")
    seconds = int(match[1]) * _SECONDS[match[2]]
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"“{text}” is longer than a hundred years.")
    return timedelta(seconds=seconds)
