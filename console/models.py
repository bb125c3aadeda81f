"""What the gate counts. Statistics: never read to decide anything."""

from django.db import models

from apikeys.models import ApiKey
from console.datasets.models import Dataset, DatasetDay, Subscription
from teams.models import Team

__all__ = ["Dataset", "DatasetDay", "Refusal", "Subscription"]


class Refusal(models.Model):
    """Requests with a right secret that were refused, by team, key, address and code."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="refusals", db_constraint=False)
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="refusals", db_constraint=False)
    address = models.CharField(max_length=45)
    code = models.CharField(max_length=32)
    reason = models.CharField(max_length=32)
    requests = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_request_id = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "key", "address", "code", "reason"], name="refusal_counted_once")
        ]
        indexes = [models.Index(fields=["team", "-last_at"], name="refusal_by_team")]

    def __str__(self) -> str:
        return f"{self.requests} × {self.code} for {self.key_id} from {self.address}"
