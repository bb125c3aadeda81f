"""Reads."""

from datetime import timedelta
from typing import Final

from django.db.models import Case, F, IntegerField, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from console.datasets.models import Dataset, DatasetDay, Subscription, SubscriptionQuerySet
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


def listed_subscriptions_of(team: Team) -> SubscriptionQuerySet:
    """The same, each also with `is_over`: 1 for those that have ended."""
    over = Case(When(ends_at__lte=timezone.now(), then=1), default=0, output_field=IntegerField())
    return subscriptions_of(team).annotate(is_over=over)


def running_subscriptions_of(team: Team) -> SubscriptionQuerySet:
    """Those that are not over, the ones that have not begun included."""
    return Subscription.objects.filter(team=team).not_over()


def datasets_without_subscription(team: Team) -> QuerySet[Dataset]:
    """What the team cannot read now, and will not by itself."""
    return Dataset.objects.exclude(pk__in=running_subscriptions_of(team).values("dataset"))


def dataset_choices(team: Team) -> list[tuple[str, str]]:
    """What a new key can be narrowed to."""
    running = running_subscriptions_of(team).values("dataset")
    return [(dataset.pk, dataset.name) for dataset in Dataset.objects.filter(pk__in=running)]
