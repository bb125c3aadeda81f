"""The links by which a new installation is set up. The table holds a digest of each link's token, never the token."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from teams.models.team import Team


class SetupLink(models.Model):
    """Each start of an installation that nobody can sign in to prints one; the first that is used ends them all."""

    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    admin = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"Set-up link of {self.created_at:%Y-%m-%d %H:%M}"
