"""The networks a team's requests may come from."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from ipsubnets.addresses import Address
from ipsubnets.networks import Network
from teams.models import Team
from teams.public_ids import new_public_id


class Trial(models.TextChoices):
    """What was done to a network on trial."""

    ADDED = "added"
    REMOVED = "removed"


class IPSubnetQuerySet(models.QuerySet["IPSubnet"]):
    def live(self, now: datetime | None = None) -> "IPSubnetQuerySet":
        """Those that count: not ended, not added on a trial that is over, not removed on one that is not."""
        now = now or timezone.now()
        tried = models.Q(trial="") | models.Q(trial=Trial.ADDED, trial_until__gt=now)
        return self.unended(now).filter(tried | models.Q(trial=Trial.REMOVED, trial_until__lte=now))

    def unended(self, now: datetime | None = None) -> "IPSubnetQuerySet":
        """Whatever becomes of their trials."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=now or timezone.now()))

    def on_trial(self, now: datetime | None = None) -> "IPSubnetQuerySet":
        return self.exclude(trial="").filter(trial_until__gt=now or timezone.now())

    def containing(self, version: int, first: int, last: int) -> "IPSubnetQuerySet":
        """The networks that hold every address from `first` to `last`."""
        return self.filter(version=version, first__lte=as_key(first), last__gte=as_key(last))

    def covering(self, address: Address) -> "IPSubnetQuerySet":
        return self.containing(address.version, address.value, address.value)


def as_key(value: int) -> str:
    """An address as text that sorts like the number, in every database and for both families."""
    return f"{value:032x}"


class IPSubnet(models.Model):
    id = models.CharField(primary_key=True, max_length=12, default=new_public_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="subnets")
    network = models.CharField("IP address or network", max_length=43)
    version = models.PositiveSmallIntegerField()
    first = models.CharField(max_length=32)
    last = models.CharField(max_length=32)
    label = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_by_name = models.CharField(max_length=254)
    expires_at = models.DateTimeField("ends", null=True, blank=True)
    trial = models.CharField(max_length=8, choices=Trial.choices, blank=True, editable=False)
    trial_until = models.DateTimeField(null=True, editable=False)
    trial_by_name = models.CharField(max_length=254, blank=True, editable=False)

    objects = IPSubnetQuerySet.as_manager()

    class Meta:
        verbose_name = "IP subnet"
        indexes = [models.Index(fields=["team", "version", "first", "last"], name="subnet_by_range")]

    def __str__(self) -> str:
        return f"{self.network} ({self.label})" if self.label else self.network

    def set_network(self, network: Network) -> None:
        self.network, self.version = network.cidr, network.version
        self.first, self.last = as_key(network.first), as_key(network.last)

    @property
    def size(self) -> int:
        return int(self.last, 16) - int(self.first, 16) + 1

    @property
    def size_label(self) -> str:
        if self.size == 1:
            return "1 address"
        if self.size <= 2**32:
            return f"{self.size:,} addresses"
        return f"2^{self.size.bit_length() - 1} addresses"

    @property
    def counts(self) -> bool:
        """Whether the gate lets its addresses through now."""
        now = timezone.now()
        if self.expires_at is not None and self.expires_at <= now:
            return False
        if self.trial and self.trial_until is not None:
            return (self.trial_until > now) == (self.trial == Trial.ADDED)
        return True

    @property
    def status(self) -> str:
        """`active`, `ending` (it has an end date or is on trial) or `ended`."""
        if not self.counts:
            return "ended"
        return "ending" if self.trial_on or self.expires_at is not None else "active"

    @property
    def trial_on(self) -> bool:
        return bool(self.trial) and self.trial_until is not None and self.trial_until > timezone.now()

    @property
    def status_label(self) -> str:
        if self.trial_on:
            return f"{Trial(self.trial).label} on trial"
        return {"active": "Active", "ending": "Scheduled to end", "ended": "Ended"}[self.status]


class ObserveMode(models.Model):
    """A team that lets unlisted addresses through until then. Compared at each request; over is over."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="observe_mode", primary_key=True)
    until = models.DateTimeField()
    started_at = models.DateTimeField()
    started_by_name = models.CharField(max_length=254)

    def __str__(self) -> str:
        return f"{self.team} observes until {self.until}"


class AddressDay(models.Model):
    """How many requests with a key were let through from an address on a day (UTC). Statistics, not policy.

    `key_id` is the key's; keys are an app above. `version` and `value` are the address as `IPSubnet` has its own, 0
    and empty for many addresses counted together.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="address_days", db_constraint=False)
    key_id = models.CharField(max_length=12)
    address = models.CharField(max_length=45)
    version = models.PositiveSmallIntegerField()
    value = models.CharField(max_length=32, blank=True)
    day = models.DateField()
    requests = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "key_id", "address", "day"], name="address_counted_once_a_day")
        ]
        indexes = [
            models.Index(fields=["team", "day"], name="address_day_by_team"),
            models.Index(fields=["team", "version", "value"], name="address_day_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.requests} requests of {self.key_id} from {self.address} on {self.day}"
