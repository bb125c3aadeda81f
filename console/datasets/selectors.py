"""Reads."""

from datetime import timedelta
from typing import Final

from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from console.datasets.models import DatasetDay, Subscription, SubscriptionQuerySet
from teams.models import Team

DAYS_SHOWN: Final = 30


def subscriptions_of(team: Team) -> SubscriptionQuerySet:
    """All there ever were, each with `requests`: those for its dataset in the last `DAYS_SHOWN` days.

    A dataset's requests are counted by the day, so an ended subscription shows those of its successor, too.
    """
    since = timezone.now().date() - timedelta(days=DAYS_SHOWN - 1)
    days = DatasetDay.objects.filter(team=OuterRef("team"), dataset=OuterRef("dataset"), day__gte=since)
    counted = days.order_by().values("dataset").annotate(number=Sum(F("requests"))).values("number")
    return (
        Subscription.objects.filter(team=team)
        .select_related("team", "dataset")
        .annotate(requests=Coalesce(Subquery(counted), 0))
    )
