"""What a key's page tells of its past: its requests by day, what was refused, and what was done to it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone

from apikeys.models import ApiKey, KeyHour
from console.models import Refusal
from teams import audit
from teams.models import AuditEvent

DAYS: Final = 30
EVENTS: Final = 50
REFUSALS: Final = 10

WIDTH: Final = 600
HEIGHT: Final = 96
GAP: Final = 3
LEAST: Final = 2
"""Units of the drawing that a bar has at least, so that one request among a million is seen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day as the drawing has it; `x` to `height` are in its own units."""

    day: date
    requests: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    bars: Sequence[Bar]

    @property
    def total(self) -> int:
        return sum(bar.requests for bar in self.bars)

    @property
    def most(self) -> int:
        return max((bar.requests for bar in self.bars), default=0)

    @property
    def view_box(self) -> str:
        return f"0 0 {WIDTH} {HEIGHT}"


def chart(counts: Iterable[tuple[date, int]]) -> Chart:
    """Bars in the order given, the highest as high as the drawing."""
    rows = list(counts)
    highest = max((requests for _, requests in rows), default=0) or 1
    step = WIDTH / max(len(rows), 1)
    bars = []
    for place, (day, requests) in enumerate(rows):
        height = max(requests * HEIGHT / highest, LEAST) if requests else 0
        x, y = place * step + GAP / 2, HEIGHT - height
        bars.append(Bar(day, requests, round(x, 2), round(y, 2), round(step - GAP, 2), round(height, 2)))
    return Chart(bars)


def requests_by_day(apikey: ApiKey) -> Chart:
    """The last thirty days, today included, as the person's time zone has them."""
    today = timezone.localdate()
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    since = timezone.now() - timedelta(days=DAYS + 1)
    counted: Counter[date] = Counter()
    for hour, requests in KeyHour.objects.filter(key=apikey, hour__gte=since).values_list("hour", "requests"):
        counted[timezone.localdate(hour)] += requests
    return chart((day, counted[day]) for day in days)


def refusals_of_key(apikey: ApiKey) -> list[Refusal]:
    """The latest, by address and answer."""
    return list(Refusal.objects.filter(team_id=apikey.team_id, key=apikey).order_by("-last_at")[:REFUSALS])


@dataclass(frozen=True, slots=True)
class Told:
    at: datetime
    words: str
    reason: str


def history_of(apikey: ApiKey) -> list[Told]:
    """What the audit trail tells of the key, the latest first."""
    events = AuditEvent.objects.filter(team_id=apikey.team_id, object_id=apikey.pk, kind__startswith="key.")
    return [
        Told(event.at, audit.sentence(event), str(event.details.get("reason") or ""))
        for event in events.order_by("-id")[:EVENTS]
    ]
