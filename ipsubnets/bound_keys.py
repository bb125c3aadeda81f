"""The keys that are bound to some of a team's networks, for whoever is about to remove one.

Keys are an app above: it puts its finder here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ipsubnets.models import IPSubnet, IPSubnetQuerySet


@dataclass(frozen=True, slots=True)
class BoundKey:
    """A live key that may be used from some networks only. `others` of them count, besides the one asked for."""

    key_id: str
    name: str
    others: int


Finder = Callable[[IPSubnetQuerySet], Mapping[str, Sequence[BoundKey]]]
finders: list[Finder] = []


def keys_bound_to(subnet: IPSubnet) -> Sequence[BoundKey]:
    """By name. Keys that cannot be used any more are left out."""
    return bound_to_any(IPSubnet.objects.filter(pk=subnet.pk)).get(subnet.pk, ())


def bound_to_any(subnets: IPSubnetQuerySet) -> Mapping[str, Sequence[BoundKey]]:
    """The keys by the ID of each network that any is bound to, in two queries however many there are."""
    return finders[0](subnets) if finders else {}
