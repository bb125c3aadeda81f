"""What the gate counts. Statistics: never read to decide anything."""

from django.db import models

from apikeys.models import ApiKey
from console.api.models import CreatedOnce
from console.calendars.models import CalendarLink
from console.datasets.models import Dataset, DatasetDay, Subscription
from console.reminders.models import Reminder, ReminderMail
from teams.models import Team

__all__ = [
    "CalendarLink",
    "CreatedOnce",
    "Dataset",
    "DatasetDay",
    "Refusal",
    "Reminder",
    "ReminderMail",
    "Subscription",
]


class Refusal(models.Model):
    """Requests with a right secret that were refused, by team, key, address and code.

    `version` and `value` are the address as `IPSubnet` stores its own (0 and empty for one that is not known).
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="refusals", db_constraint=False)
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="refusals", db_constraint=False)
    address = models.CharField(max_length=45)
    version = models.PositiveSmallIntegerField(default=0)
    value = models.CharField(max_length=32, blank=True)
    code = models.CharField(max_length=32)
    reason = models.CharField(max_length=32)
    requests = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_request_id = models.CharField(max_length=32)
    last_path = models.CharField(max_length=200, blank=True)
    last_user_agent = models.CharField(max_length=160, blank=True)
    ignored_at = models.DateTimeField(null=True)
    ignored_by_name = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "key", "address", "code", "reason"], name="refusal_counted_once")
        ]
        indexes = [models.Index(fields=["team", "-last_at"], name="refusal_by_team")]

    def __str__(self) -> str:
        return f"{self.requests} × {self.code} for {self.key_id} from {self.address}"

    @property
    def can_be_allowed(self) -> bool:
        """Whether listing the address would let such requests through."""
        return self.for_its_address and not self.key.narrowed

    @property
    def for_its_address(self) -> bool:
        return self.code == "ip_not_allowed" and self.version != 0


class RefusedRequest(models.Model):
    """One refused request, for a few days: what it was judged by. `networks` has a range per line."""

    request_id = models.CharField(primary_key=True, max_length=32)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="refused_requests", db_constraint=False)
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="refused_requests", db_constraint=False)
    at = models.DateTimeField()
    address = models.CharField(max_length=45)
    code = models.CharField(max_length=32)
    reason = models.CharField(max_length=32)
    path = models.CharField(max_length=200, blank=True)
    user_agent = models.CharField(max_length=160, blank=True)
    networks = models.TextField(blank=True)
    network_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["team", "-at"], name="refused_request_by_team")]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.code} for {self.key_id} from {self.address}"
