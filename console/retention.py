"""How long the counts of refusals and of requests for datasets are kept, and single refused requests."""

from datetime import datetime, timedelta
from typing import Final

from console.enforcement.refused import KEPT_REQUESTS_FOR
from console.models import DatasetDay, Refusal, RefusedRequest
from teams.piecewise import delete_piecewise

REFUSALS_KEPT: Final = timedelta(days=90)
"""After the last request of that kind: a key's page looks back further than the list of refused requests."""

DATASET_DAYS_KEPT: Final = timedelta(days=400)
"""A year and a month, for whoever accounts for them."""


def delete_old_refusals(*, now: datetime) -> int:
    """Delete the counts of what no page shows any more. Returns how many."""
    return delete_piecewise(Refusal.objects.filter(last_at__lt=now - REFUSALS_KEPT))


def delete_old_refused_requests(*, now: datetime) -> int:
    """Delete single refused requests that nobody can look up any more. Returns how many."""
    return delete_piecewise(RefusedRequest.objects.filter(at__lte=now - KEPT_REQUESTS_FOR))


def delete_old_dataset_days(*, now: datetime) -> int:
    """Delete the counts of days that nobody accounts for any more. Returns how many."""
    return delete_piecewise(DatasetDay.objects.filter(day__lt=(now - DATASET_DAYS_KEPT).date()))
