"""Changes to a team's networks: keyword-only, atomic, audited, and announced to every gate."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from ipsubnets.models import IPSubnet
from ipsubnets.networks import Network
from teams import audit, policy_changes
from teams.durations import LONGEST
from teams.errors import RefusedChange
from teams.models import Team, User
from teams.texts import clean_line

LONGEST_LABEL: Final = 100

SUBNET_CREATED = audit.kind("subnet.created", "added the network {object}")
SUBNET_DELETED = audit.kind("subnet.deleted", "removed the network {object}")


@transaction.atomic
def create_subnet(
    *,
    team: Team,
    network: Network,
    label: str = "",
    expires_at: datetime | None = None,
    actor: audit.Actor,
    created_by: User | None = None,
    wide_confirmed: bool = False,
) -> IPSubnet:
    """List a network. Raises `RefusedChange` for one that is too wide and unconfirmed, already covered, or over,
    and for a label that cannot be shown.
    """
    label = clean_line(label, longest=LONGEST_LABEL, what="label", field="label")
    if network.is_wide and not wide_confirmed:
        raise RefusedChange(
            f"{network} is {_share(network)}. Listing it all but switches the check off; confirm that you mean it.",
            field="accept_wide",
        )
    _refuse_bad_end(expires_at)
    Team.objects.select_for_update().get(pk=team.pk)
    _refuse_covered(team, network, expires_at)
    subnet = IPSubnet(team=team, label=label, expires_at=expires_at, created_by=created_by)
    subnet.created_by_name = actor.name
    subnet.set_network(network)
    subnet.save(force_insert=True)
    _tell(SUBNET_CREATED, subnet, actor)
    return subnet


@transaction.atomic
def delete_subnet(*, subnet: IPSubnet, actor: audit.Actor) -> None:
    """Take a network off the list. Raises `RefusedChange` when somebody else has just done so."""
    current = IPSubnet.objects.select_for_update().filter(pk=subnet.pk).first()
    if current is None:
        raise RefusedChange(f"{subnet.network} has been removed already.")
    _tell(SUBNET_DELETED, current, actor)
    current.delete()


def _refuse_bad_end(expires_at: datetime | None) -> None:
    if expires_at is None:
        return
    now = timezone.now()
    if expires_at <= now:
        raise RefusedChange("The end must be in the future.", field="ends_on")
    if expires_at > now + LONGEST:
        raise RefusedChange("The end must be within a hundred years; or leave it out.", field="ends_on")


def _refuse_covered(team: Team, network: Network, expires_at: datetime | None) -> None:
    covering = IPSubnet.objects.filter(team=team).live().containing(network.version, network.first, network.last)
    for other in covering.order_by("created_at"):
        if other.expires_at is not None and (expires_at is None or other.expires_at < expires_at):
            continue
        if other.network == network.cidr:
            raise RefusedChange(f"{network} is already listed{_called(other)}.", field="network")
        raise RefusedChange(f"{network} is already covered by {other.network}{_called(other)}.", field="network")


def _called(subnet: IPSubnet) -> str:
    return f" as “{subnet.label}”" if subnet.label else ""


def _share(network: Network) -> str:
    family = f"IPv{network.version}"
    return f"every {family} address there is" if network.prefix_length == 0 else f"a very large part of {family}"


def _tell(kind: str, subnet: IPSubnet, actor: audit.Actor) -> None:
    audit.record(
        kind=kind,
        actor=actor,
        team=subnet.team,
        object_id=subnet.pk,
        object_name=subnet.network,
        details={
            "label": subnet.label,
            "expires_at": subnet.expires_at.isoformat() if subnet.expires_at else None,
        },
    )
    policy_changes.announce(team_id=subnet.team_id)
