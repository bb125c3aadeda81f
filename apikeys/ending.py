"""How a key ends for good: somebody revokes it, or the moment that was planned at its rotation comes."""

from typing import Final

from django.db import models
from django.utils import timezone

BY_ITSELF: Final = "Gatehouse"
"""Who did what has happened by itself, because its time had come."""


class Endable(models.Model):
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by_name = models.CharField(max_length=254, blank=True)
    revoked_reason = models.CharField(max_length=200, blank=True)
    retire_at = models.DateTimeField(null=True, editable=False)
    """Planned when the key was rotated: from then on it is revoked. The gate compares it at each request."""
    retirement_planned_at = models.DateTimeField(null=True, editable=False)
    retirement_planned_by_name = models.CharField(max_length=254, blank=True, default="", db_default="", editable=False)

    class Meta:
        abstract = True

    @property
    def is_revoked(self) -> bool:
        """By somebody, or because the moment of its retirement has come, written down or not."""
        return self.revoked_at is not None or self.retirement_is_due

    @property
    def retirement_is_due(self) -> bool:
        return self.revoked_at is None and self.retire_at is not None and self.retire_at <= timezone.now()

    @property
    def retirement_reason(self) -> str:
        """What is written down as the reason when it is retired as planned."""
        return f"Retired after its rotation, as planned by {self.retirement_planned_by_name}"[:200]
