"""API keys. The table holds a digest, never the key."""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apikeys.ending import BY_ITSELF, Endable
from apikeys.names import LONGEST, LONGEST_FOLDED
from apikeys.scopes import DEFAULT as DEFAULT_SCOPES
from apikeys.scopes import in_words
from apikeys.statistics import KeyHour, KeyUsage
from ipsubnets.models import IPSubnet
from teams.models import Group, Team, User

__all__ = [
    "EXPIRING_SOON",
    "STATUS_LABELS",
    "ApiKey",
    "ApiKeyQuerySet",
    "KeyHour",
    "KeyNetwork",
    "KeyUsage",
    "LeakReport",
    "SealedCopy",
]

EXPIRING_SOON: Final = timedelta(days=14)
STATUS_LABELS: Final = {
    "active": "Active",
    "expiring": "Expiring soon",
    "expired": "Expired",
    "disabled": "Disabled",
    "revoked": "Revoked",
}


def _unrevoked(now: datetime) -> Q:
    return Q(revoked_at=None) & (Q(retire_at=None) | Q(retire_at__gt=now))


def expires_soon(now: datetime) -> Q:
    """Of listed keys: those that work, and will not for long."""
    return _unrevoked(now) & Q(disabled_at=None, expires_at__gt=now, expires_at__lte=now + EXPIRING_SOON)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def listed(self) -> "ApiKeyQuerySet":
        """All but the deleted."""
        return self.filter(deleted_at=None)

    def live(self, now: datetime | None = None) -> "ApiKeyQuerySet":
        """Keys that answer or can be made to answer again: neither deleted, revoked nor expired."""
        now = now or timezone.now()
        return self.listed().unrevoked(now).filter(expires_at__gt=now)

    def unrevoked(self, now: datetime) -> "ApiKeyQuerySet":
        """Nor retired as planned, whether or not somebody has written that down yet."""
        return self.filter(_unrevoked(now))

    def expiring(self, now: datetime | None = None) -> "ApiKeyQuerySet":
        return self.listed().filter(expires_soon(now or timezone.now()))

    def owned_by(self, owner: User | Group) -> "ApiKeyQuerySet":
        return self.filter(owner_group=owner) if isinstance(owner, Group) else self.filter(owner_user=owner)

    def in_status(self, status: str) -> "ApiKeyQuerySet":
        """Those whose `status` it is. Raises `KeyError` for what is none."""
        now = timezone.now()
        return {
            "active": self.live(now).filter(disabled_at=None, expires_at__gt=now + EXPIRING_SOON),
            "expiring": self.expiring(now),
            "expired": self.listed().unrevoked(now).filter(expires_at__lte=now),
            "disabled": self.live(now).exclude(disabled_at=None),
            "revoked": self.filter(Q(deleted_at__isnull=False) | Q(revoked_at__isnull=False) | Q(retire_at__lte=now)),
        }[status]


class ApiKey(Endable):
    id = models.CharField(primary_key=True, max_length=12, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=LONGEST)
    folded_name = models.CharField(max_length=LONGEST_FOLDED, editable=False)
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    pepper = models.PositiveSmallIntegerField(editable=False)
    owner_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="keys"
    )
    owner_group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.PROTECT, related_name="keys")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_by_name = models.CharField(max_length=254)
    expires_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_by_name = models.CharField(max_length=254, blank=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    predecessor = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="successor"
    )
    rate_limit = models.PositiveIntegerField(
        "requests per minute", null=True, blank=True, help_text="Requests per minute; none when empty."
    )
    scopes = models.TextField(
        default=DEFAULT_SCOPES,
        db_default=DEFAULT_SCOPES,
        editable=False,
        help_text="What the key may do; see apikeys.scopes.",
    )
    narrowed = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Whether only those of the team's networks count that the key is bound to, were there none left.",
    )
    submission = models.UUIDField(null=True, unique=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        indexes = [
            models.Index(fields=["team", "-created_at"], name="key_by_team"),
            models.Index(fields=["team", "expires_at"], name="key_by_expiry"),
            models.Index(fields=["team", "folded_name"], name="key_by_name"),
            models.Index(
                fields=["retire_at"],
                name="key_to_retire",
                condition=Q(retire_at__isnull=False, revoked_at=None),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="key_has_one_owner",
                condition=Q(owner_user=None, owner_group__isnull=False) | Q(owner_user__isnull=False, owner_group=None),
            ),
            models.CheckConstraint(
                name="key_retires_before_it_expires",
                condition=Q(retire_at=None) | Q(retire_at__lte=models.F("expires_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"

    @property
    def hint(self) -> str:
        """The key as a list shows it: the public part, and dots where the secret would be."""
        return f"{self.prefix}_{self.id}_…"

    @property
    def owner_label(self) -> str:
        return str(self.owner_group or self.owner_user)

    @property
    def scope_list(self) -> list[str]:
        return self.scopes.split()

    @property
    def scopes_in_words(self) -> list[str]:
        """One for each thing that it may do, with the datasets that it may do it to, if not to all."""
        return in_words(self.scope_list)

    @property
    def status(self) -> str:
        """`active`, `expiring`, `expired`, `disabled` or `revoked`: what matters most comes first."""
        now = timezone.now()
        if self.is_revoked or self.deleted_at:
            return "revoked"
        if self.expires_at <= now:
            return "expired"
        if self.disabled_at:
            return "disabled"
        return "expiring" if self.expires_at <= now + EXPIRING_SOON else "active"

    @property
    def is_to_retire(self) -> bool:
        """Whether there is a plan that has not been carried out and still can be."""
        return self.retire_at is not None and self.status not in {"revoked", "expired"}

    @property
    def is_usable(self) -> bool:
        """Whether the gate lets it through, as far as the key itself is concerned."""
        return self.status in {"active", "expiring"}

    @property
    def status_label(self) -> str:
        return STATUS_LABELS[self.status]

    @property
    def status_reason(self) -> str:
        """Who stopped the key, when and why, in a sentence; empty for one that was not stopped."""
        if self.revoked_at:
            return _stopped("Revoked", self.revoked_by_name, self.revoked_at, self.revoked_reason)
        if self.retire_at is not None and self.retirement_is_due:
            return _stopped("Revoked", BY_ITSELF, self.retire_at, self.retirement_reason)
        if self.disabled_at:
            return _stopped("Disabled", self.disabled_by_name, self.disabled_at, self.disabled_reason)
        return ""

    @cached_property
    def last_used_at(self) -> datetime | None:
        usage = getattr(self, "usage", None)
        return usage.last_used_at if usage else None

    @cached_property
    def last_used_from(self) -> str:
        usage = getattr(self, "usage", None)
        return usage.last_used_from if usage else ""

    @property
    def is_bound_to_nothing(self) -> bool:
        """Of a row with `bound_count`: whether the key is refused everywhere for want of a network that counts."""
        return self.narrowed and not getattr(self, "bound_count", 0) and self.status not in {"revoked", "expired"}

    @cached_property
    def has_sealed_copy(self) -> bool:
        return getattr(self, "sealed_copy", None) is not None


def _stopped(how: str, by: str, when: datetime, reason: str) -> str:
    day = timezone.localtime(when)
    words = f"{how} by {by} on {day.day} {day:%b %Y}"
    return f"{words}: {reason}" if reason else words


class KeyNetwork(models.Model):
    """One of the networks that a narrowed key is bound to. Gone with the network, after which the key has one less.

    Without constraints: the version before this one deletes networks and keys without knowing of bindings. What it
    leaves behind is joined to nothing.
    """

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="bindings", db_constraint=False)
    subnet = models.ForeignKey(IPSubnet, on_delete=models.CASCADE, related_name="bindings", db_constraint=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "subnet"], name="network_bound_once")]

    def __str__(self) -> str:
        return f"{self.key_id} from {self.subnet_id}"


class SealedCopy(models.Model):
    """The key, encrypted (see `apikeys.sealing`). Gone with revoke and delete, and not opened after expiry."""

    key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, related_name="sealed_copy", primary_key=True)
    sealing_key = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()

    class Meta:
        verbose_name_plural = "sealed copies"

    def __str__(self) -> str:
        return f"Sealed copy of {self.key_id}"


class LeakReport(models.Model):
    """A place where a key was found that others can read: who reported it, and how often it was reported."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="leaks")
    found_at = models.CharField(max_length=300, blank=True)
    reported_by = models.CharField(max_length=254)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    reports = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "found_at"], name="leak_reported_once_a_place")]

    def __str__(self) -> str:
        return f"{self.key_id} found at {self.found_at or 'a place that was not named'}"
