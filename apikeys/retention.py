"""What is kept of keys only for a while. Neither is a change of policy, nor of anything that the audit trail tells."""

from datetime import datetime, timedelta
from typing import Final

from apikeys.models import KeyHour, SealedCopy
from teams.piecewise import delete_piecewise

HOURS_KEPT: Final = timedelta(days=31)
"""The page of a key shows thirty days, each of which may have begun in another time zone."""


def delete_old_hours(*, now: datetime) -> int:
    """Delete the counts of hours that no page shows any more. Returns how many."""
    return delete_piecewise(KeyHour.objects.filter(hour__lt=now - HOURS_KEPT))


def destroy_expired_copies(*, now: datetime) -> int:
    """Destroy the sealed copies of keys that have expired: they open nothing any more. Returns how many."""
    return SealedCopy.objects.filter(key__expires_at__lte=now).delete()[0]
