"""From where a team's keys were used lately: what the linter knows of which networks are matched."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from ipsubnets.models import AddressDay
from ipsubnets.retention import DAYS_KEPT
from teams.models import Team

DAYS: Final = DAYS_KEPT


@dataclass(frozen=True, slots=True)
class Traffic:
    """The addresses that requests were let through from in the last 90 days, sorted, by family."""

    addresses: dict[int, Sequence[int]]
    complete: bool
    """Whether that is all of them: where a key comes from very many, some are counted without their addresses."""
    since: datetime
    """From when on they were counted, if that is less than 90 days ago."""

    def extent(self, version: int, first: int, last: int) -> tuple[int, int] | None:
        """The outermost of the addresses in a range; None where there is none."""
        values = self.addresses.get(version, ())
        start, end = bisect_left(values, first), bisect_right(values, last)
        return (values[start], values[end - 1]) if start < end else None


def traffic_of(team: Team, now: datetime) -> Traffic:
    """In two queries."""
    since = now - timedelta(days=DAYS)
    rows = AddressDay.objects.filter(team=team, day__gte=since.date()).order_by().values_list("version", "value")
    addresses: dict[int, list[int]] = {0: [], 4: [], 6: []}
    for version, value in rows.distinct():
        addresses[version].append(int(value or "0", 16))
    complete = not addresses.pop(0)
    for values in addresses.values():
        values.sort()
    return Traffic(dict(addresses), complete, max(since, counted_since() or now))


def counted_since() -> datetime | None:
    """When this installation began to count addresses: when it made the table. None if it does not remember."""
    applied = MigrationRecorder(connection).applied_migrations()
    record = applied.get(("ipsubnets", "0003_address_days"))
    return record.applied if record else None


def is_too_young(listed_since: datetime, traffic: Traffic, now: datetime) -> bool:
    """Whether nothing can be said yet of a network that nothing has matched."""
    return max(listed_since, traffic.since) > now - timedelta(days=DAYS) or not traffic.complete
