"""How far away a moment is, in one unit that a person can plan with."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone

register = template.Library()

_UNITS = (
    (timedelta(days=730), timedelta(days=365), "years"),
    (timedelta(days=2), timedelta(days=1), "days"),
    (timedelta(hours=2), timedelta(hours=1), "hours"),
    (timedelta(minutes=2), timedelta(minutes=1), "minutes"),
)
"""From which distance on which unit is used, the longest first: days up to two years, since keys live that long."""


@register.filter
def distance(moment: datetime) -> str:
    """`in 89 days`, `3 minutes ago`, `just now`: whole units, rounded down, so never more time than there is."""
    away = moment - timezone.now()
    ahead = away > timedelta(0)
    words = _words(abs(away))
    if not words:
        return "in less than a minute" if ahead else "just now"
    return f"in {words}" if ahead else f"{words} ago"


def _words(length: timedelta) -> str:
    for least, unit, name in _UNITS:
        if length >= least:
            return f"{length // unit} {name}"
    return "1 minute" if length >= timedelta(minutes=1) else ""
