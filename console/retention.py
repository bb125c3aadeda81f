"""How long the counts of refusals and of requests for datasets are kept, and single refused requests."""

from datetime import datetime, timedelta
from typing import Final

from console.enforcement.refused import KEPT_REQUESTS_FOR
from console.models import DatasetDay, Refusal, RefusedRequest

REFUSALS_KEPT: Final = timedelta(days=90)
"""After the last request of that kind."""

DATASET_DAYS_KEPT: Final = timedelta(days=400)
"""A year and a month, for whoever accounts for them."""


def delete_old_refusals(*, now: datetime) -> int:
    """Delete the counts of what has not been refused for long. Returns how many."""
    return Refusal.objects.filter(last_at__lt=now - REFUSALS_KEPT).delete()[0]


def delete_old_refused_requests(*, now: datetime) -> int:
    """Delete single refused requests that nobody can look up any more. Returns how many."""
    return RefusedRequest.objects.filter(at__lte=now - KEPT_REQUESTS_FOR).delete()[0]


def delete_old_dataset_days(*, now: datetime) -> int:
    """Delete the counts of days that nobody accounts for any more. Returns how many."""
    return DatasetDay.objects.filter(day__lt=(now - DATASET_DAYS_KEPT).date()).delete()[0]
