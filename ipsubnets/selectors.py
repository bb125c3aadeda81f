"""Reads."""

from ipsubnets.addresses import Address
from ipsubnets.models import IPSubnet, IPSubnetQuerySet
from teams.models import Team


def subnets_of(team: Team) -> IPSubnetQuerySet:
    return IPSubnet.objects.filter(team=team)


def live_subnets_of(team: Team) -> IPSubnetQuerySet:
    return subnets_of(team).live()


def live_subnet_covering(team: Team, address: Address) -> IPSubnet | None:
    """The oldest live network of the team that holds the address."""
    return live_subnets_of(team).covering(address).order_by("created_at").first()
