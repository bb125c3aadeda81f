"""How long it is kept from where keys were used."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from ipsubnets.models import AddressDay

DAYS_KEPT: Final = 90
"""The linter looks back so far for networks that nothing has matched."""
AT_ONCE: Final = 2_000
"""Rows in one transaction: on SQLite, whoever else writes waits for it."""


def delete_old_address_days(*, now: datetime) -> int:
    """Delete the counts of days that no page looks back to. Returns how many."""
    deleted = 0
    while True:
        with transaction.atomic():
            old = AddressDay.objects.filter(day__lt=(now - timedelta(days=DAYS_KEPT + 1)).date()).order_by("pk")
            ids = list(old.values_list("pk", flat=True)[:AT_ONCE])
            deleted += AddressDay.objects.filter(pk__in=ids).delete()[0]
        if len(ids) < AT_ONCE:
            return deleted
