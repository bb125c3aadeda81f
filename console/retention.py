"""How long the counts of refusals are kept."""

from datetime import datetime, timedelta
from typing import Final

from console.models import Refusal

REFUSALS_KEPT: Final = timedelta(days=90)
"""After the last request of that kind."""


def delete_old_refusals(*, now: datetime) -> int:
    """Delete the counts of what has not been refused for long. Returns how many."""
    return Refusal.objects.filter(last_at__lt=now - REFUSALS_KEPT).delete()[0]
