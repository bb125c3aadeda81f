"""Reads."""

from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from ipsubnets.addresses import Address
from ipsubnets.models import IPSubnet, IPSubnetQuerySet
from ipsubnets.services import SUBNET_DELETED
from teams.errors import RefusedChange
from teams.models import Team
from teams.selectors import events_of


def subnets_of(team: Team) -> IPSubnetQuerySet:
    return IPSubnet.objects.filter(team=team)


def live_subnets_of(team: Team) -> IPSubnetQuerySet:
    return subnets_of(team).live()


def live_subnet_covering(team: Team, address: Address) -> IPSubnet | None:
    """The oldest live network of the team that holds the address."""
    return live_subnets_of(team).covering(address).order_by("created_at").first()


def counting_or_on_trial(team: Team) -> list[IPSubnet]:
    """One that counts, if any does, and those on trial: what a notice wants to know, in one query."""
    one = live_subnets_of(team).values("pk")[:1]
    return list(
        subnets_of(team).filter(Q(pk__in=one) | Q(trial_until__gt=timezone.now())).order_by("trial_until", "pk")
    )


def subnet_or_gone(team: Team, subnet_id: str) -> IPSubnet:
    """Raises `RefusedChange` for one that has been removed, `Http404` for one that never was."""
    subnet = subnets_of(team).filter(pk=subnet_id).first()
    if subnet is not None:
        return subnet
    removed = name_of_removed(team, subnet_id)
    if removed is None:
        raise Http404("No such network.")
    raise RefusedChange(f"{removed} has been removed already.")


def name_of_removed(team: Team, subnet_id: str) -> str | None:
    """The network that had this ID in this team and was removed: nothing but the audit trail remembers it."""
    removals = events_of(team).filter(kind=SUBNET_DELETED, object_id=subnet_id)
    return removals.values_list("object_name", flat=True).first()
