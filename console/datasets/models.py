"""The catalogue as the database knows it, who is subscribed to what and since when, and how much was asked for."""

from datetime import datetime, timedelta
from typing import Final

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apikeys.scopes import LONGEST_DATASET
from teams.models import Team
from teams.public_ids import new_public_id

ENDING_SOON: Final = timedelta(days=14)


class Dataset(models.Model):
    """What there is to subscribe to. The rows of the datasets that ship with Gatehouse follow its code."""

    id = models.CharField(
        primary_key=True, max_length=LONGEST_DATASET, validators=[RegexValidator(r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z")]
    )
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    asset_class = models.CharField(max_length=32, blank=True)
    frequency = models.CharField(max_length=32, blank=True)
    for_every_team = models.BooleanField(default=False, help_text="Every new team is subscribed to it, without an end.")

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def not_over(self, now: datetime | None = None) -> "SubscriptionQuerySet":
        """Those that run, and those that have not begun."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now or timezone.now()))


class Subscription(models.Model):
    """A team's leave to read a dataset, from `starts_at` on and not at `ends_at` any more.

    Two of one dataset never run at the same time.
    """

    id = models.CharField(primary_key=True, max_length=12, default=new_public_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="subscriptions")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="subscriptions")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    granted_at = models.DateTimeField(default=timezone.now, editable=False)
    granted_by_name = models.CharField(max_length=254)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "dataset"], name="subscription_by_team")]
        constraints = [
            models.CheckConstraint(
                name="subscription_is_not_backwards", condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_id} to {self.dataset_id}"

    @property
    def status(self) -> str:
        """`active`, `ending` (within a fortnight), `upcoming` or `ended`."""
        now = timezone.now()
        if self.ends_at and self.ends_at <= now:
            return "ended"
        if self.starts_at > now:
            return "upcoming"
        return "ending" if self.ends_at and self.ends_at <= now + ENDING_SOON else "active"

    @property
    def status_label(self) -> str:
        return {"active": "Active", "ending": "Ending soon", "upcoming": "Not yet begun", "ended": "Ended"}[self.status]


class DatasetDay(models.Model):
    """How many requests for a dataset a team's keys were let through with on a day (UTC). Statistics, not policy."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="dataset_days", db_constraint=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="days", db_constraint=False)
    day = models.DateField()
    requests = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "dataset", "day"], name="dataset_day_counted_once")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.dataset_id} {self.day}: {self.requests}"
