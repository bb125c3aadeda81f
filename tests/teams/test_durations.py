"""Durations on the command line."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teams.durations import LONGEST, parse_duration

UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90d", timedelta(days=90)),
        ("12h", timedelta(hours=12)),
        ("30m", timedelta(minutes=30)),
        ("45s", timedelta(seconds=45)),
        (" 1d ", timedelta(days=1)),
        ("007d", timedelta(days=7)),
        ("36500d", timedelta(days=36500)),
        ("3153600000s", timedelta(days=36500)),
    ],
)
def test_what_the_manual_promises(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


NONE = ["", " ", "0d", "000s", "90", "d", "90 d", "90days", "1.5h", "1,5h", "-1d", "+1d", "1d12h", "1D", "1w", "1e3s"]
STRANGE = ["٣d", "９d", "²d", "90d\x00", "ninety days"]
TOO_LONG = ["9" * 11 + "s", "9" * 10_000 + "d", "36501d", "9999999999d"]


@pytest.mark.parametrize("text", [*NONE, *STRANGE, *TOO_LONG])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration|is longer than a hundred years"):
        parse_duration(text)


@given(st.integers(1, 9_999_999_999), st.sampled_from(sorted(UNITS)))
def test_every_number_is_taken_for_what_it_is_or_refused(number: int, unit: str) -> None:
    if number * UNITS[unit].total_seconds() <= LONGEST.total_seconds():
        assert parse_duration(f"{number}{unit}") == number * UNITS[unit]
    else:
        with pytest.raises(ValueError, match="longer than a hundred years"):
            parse_duration(f"{number}{unit}")


@given(st.text(max_size=20))
def test_any_text_is_a_positive_duration_or_refused(text: str) -> None:
    try:
        duration = parse_duration(text)
    except ValueError:
        return
    assert timedelta(0) < duration <= LONGEST
