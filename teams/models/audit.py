"""The audit trail: append-only and hash-chained. Written only by `teams.audit.record`."""

from typing import Any, NoReturn

from django.db import models


class AuditEvent(models.Model):
    """One link of a chain. Names are copied in, so that an event outlives what it describes.

    The database refuses UPDATE and DELETE (triggers, see the migrations); this class refuses them a step earlier.
    """

    chain = models.CharField(max_length=24)
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    team_id = models.BigIntegerField(null=True)
    team_name = models.CharField(max_length=100, blank=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=254)
    actor_address = models.CharField(max_length=45, blank=True)
    via = models.CharField(max_length=16)
    request_id = models.CharField(max_length=32, blank=True)
    kind = models.CharField(max_length=48)
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.CharField(max_length=254, blank=True)
    details = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="audit_chain_has_no_forks")]
        indexes = [models.Index(fields=["team_id", "-id"], name="audit_by_team")]

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            self._refuse()
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args: object, **kwargs: object) -> NoReturn:  # noqa: ARG002
        self._refuse()

    @staticmethod
    def _refuse() -> NoReturn:
        raise TypeError("The audit trail is append-only.")


class AuditChainHead(models.Model):
    """The newest link of each chain. Its row is what two writers at once queue for."""

    chain = models.CharField(max_length=24, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq}"
