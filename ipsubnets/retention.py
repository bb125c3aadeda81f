"""How long it is kept from where keys were used."""

from datetime import datetime, timedelta
from typing import Final

from ipsubnets.models import AddressDay
from teams.piecewise import delete_piecewise

DAYS_KEPT: Final = 90
"""The linter looks back so far for networks that nothing has matched."""


def delete_old_address_days(*, now: datetime) -> int:
    """Delete the counts of days that no page looks back to. Returns how many."""
    return delete_piecewise(AddressDay.objects.filter(day__lt=(now - timedelta(days=DAYS_KEPT + 1)).date()))
