from django.db import models


class PolicyChange(models.Model):
    """What changed, in commit order, for the other processes of this machine (SQLite only; see `policy_changes`)."""

    team_id = models.BigIntegerField()
    key_id = models.CharField(max_length=12, blank=True)

    def __str__(self) -> str:
        return f"{self.pk}: team {self.team_id} {self.key_id}".rstrip()
