"""The private links of calendars. The table holds a digest of the link's token, never the token."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from teams.models import Team


class CalendarLink(models.Model):
    """One for a person and a team: a new one takes the place of the old, and ends it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_links")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "team"], name="one_calendar_link_per_membership")]

    def __str__(self) -> str:
        return f"Calendar of {self.team} for {self.person}"
