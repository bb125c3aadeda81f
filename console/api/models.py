"""What the management API remembers of the requests that created something."""

from django.db import models
from django.utils import timezone


class CreatedOnce(models.Model):
    """Something that was created under an `Idempotency-Key`. Both texts of the client are kept as digests only.

    `key_id` is that of the API key that asked. `answer` is empty where it held a key.
    """

    key_id = models.CharField(max_length=12)
    name = models.CharField(max_length=64)
    request = models.CharField(max_length=64)
    object_id = models.CharField(max_length=12)
    answer = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key_id", "name"], name="created_once")]
        indexes = [models.Index(fields=["at"], name="created_once_by_age")]

    def __str__(self) -> str:
        return f"{self.object_id}, asked for by {self.key_id}"
