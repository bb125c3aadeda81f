"""What is counted of keys. Statistics: never read to decide anything."""

from django.db import models


class KeyUsage(models.Model):
    """When and from where a key was last used. Written in batches, in a table of its own: statistics, not policy."""

    key = models.OneToOneField(
        "apikeys.ApiKey", on_delete=models.CASCADE, related_name="usage", primary_key=True, db_constraint=False
    )
    last_used_at = models.DateTimeField()
    last_used_from = models.CharField(max_length=45)
    requests = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "key usage"

    def __str__(self) -> str:
        return f"{self.key_id}: {self.requests} requests, last {self.last_used_at}"


class KeyHour(models.Model):
    """How many requests of a key were let through in an hour (UTC)."""

    key = models.ForeignKey("apikeys.ApiKey", on_delete=models.CASCADE, related_name="hours", db_constraint=False)
    hour = models.DateTimeField()
    requests = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "hour"], name="hour_counted_once")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.hour:%Y-%m-%d %H}h: {self.requests}"
