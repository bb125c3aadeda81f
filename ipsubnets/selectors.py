"""Reads."""

from ipsubnets.addresses import Address
from ipsubnets.models import IPSubnet, IPSubnetQuerySet
from ipsubnets.services import SUBNET_DELETED
from teams.models import Team
from teams.selectors import events_of


def subnets_of(team: Team) -> IPSubnetQuerySet:
    return IPSubnet.objects.filter(team=team)


def live_subnets_of(team: Team) -> IPSubnetQuerySet:
    return subnets_of(team).live()


def live_subnet_covering(team: Team, address: Address) -> IPSubnet | None:
    """The oldest live network of the team that holds the address."""
    return live_subnets_of(team).covering(address).order_by("created_at").first()


def name_of_removed(team: Team, subnet_id: str) -> str | None:
    """The network that had this ID in this team and was removed: nothing but the audit trail remembers it."""
    removals = events_of(team).filter(kind=SUBNET_DELETED, object_id=subnet_id)
    return removals.values_list("object_name", flat=True).first()
