"""How long the counts of refusals are kept, and single refused requests."""

from datetime import datetime, timedelta
from typing import Final

from console.enforcement.refused import KEPT_REQUESTS_FOR
from console.models import Refusal, RefusedRequest

REFUSALS_KEPT: Final = timedelta(days=90)
"""After the last request of that kind."""


def delete_old_refusals(*, now: datetime) -> int:
    """Delete the counts of what has not been refused for long. Returns how many."""
    return Refusal.objects.filter(last_at__lt=now - REFUSALS_KEPT).delete()[0]


def delete_old_refused_requests(*, now: datetime) -> int:
    """Delete single refused requests that nobody can look up any more. Returns how many."""
    return RefusedRequest.objects.filter(at__lte=now - KEPT_REQUESTS_FOR).delete()[0]
