"""What is kept of keys only for a while. Neither is a change of policy, nor of anything that the audit trail tells."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from apikeys.models import KeyHour, SealedCopy

HOURS_KEPT: Final = timedelta(days=31)
"""The page of a key shows thirty days, each of which may have begun in another time zone."""
AT_ONCE: Final = 2_000
"""Rows in one transaction: on SQLite, whoever else writes waits for it."""


def delete_old_hours(*, now: datetime) -> int:
    """Delete the counts of hours that no page shows any more. Returns how many."""
    deleted = 0
    while True:
        with transaction.atomic():
            old = KeyHour.objects.filter(hour__lt=now - HOURS_KEPT).order_by("pk").values_list("pk", flat=True)
            ids = list(old[:AT_ONCE])
            deleted += KeyHour.objects.filter(pk__in=ids).delete()[0]
        if len(ids) < AT_ONCE:
            return deleted


def destroy_expired_copies(*, now: datetime) -> int:
    """Destroy the sealed copies of keys that have expired: they open nothing any more. Returns how many."""
    return SealedCopy.objects.filter(key__expires_at__lte=now).delete()[0]
