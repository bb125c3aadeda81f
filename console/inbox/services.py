"""What people do about refused requests: allow the address, ignore it, look at it again. Atomic and audited."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from netaddr import IPNetwork

from console.enforcement.decision import Code
from console.models import Refusal
from ipsubnets.addresses import Address, parse_address
from ipsubnets.models import IPSubnet
from ipsubnets.networks import Network, parse_network
from ipsubnets.services import create_subnet
from teams import audit
from teams.errors import RefusedChange
from teams.models import User

REFUSAL_IGNORED: Final = audit.kind("refusal.ignored", "ignored the refused requests of {object}")
REFUSAL_RESTORED: Final = audit.kind("refusal.restored", "no longer ignored the refused requests of {object}")

BLOCK_LENGTHS: Final = {4: 24, 6: 64}
"""What usually belongs to one site."""


def address_of(refusal: Refusal) -> Address:
    """Raises `RefusedChange` for a refusal that listing an address would not end."""
    address = parse_address(refusal.address)
    if refusal.code != Code.IP_NOT_ALLOWED or address is None:
        raise RefusedChange("These requests were not refused for an address that could be listed.")
    if refusal.key.narrowed:
        raise RefusedChange(
            f"“{refusal.key.name}” is bound to networks of its own, so that listing another does not let it through. "
            "List the address if need be, and then bind the key to it on the key's page."
        )
    return address


def networks_around(address: Address) -> tuple[Network, Network]:
    """The address alone, and the /24 or /64 around it."""
    block = IPNetwork(f"{address.text}/{BLOCK_LENGTHS[address.version]}").cidr
    return parse_network(address.text), parse_network(str(block))


@transaction.atomic
def allow_refused(
    *,
    refusal: Refusal,
    block: bool = False,
    expires_at: datetime | None = None,
    label: str | None = None,
    actor: audit.Actor,
    created_by: User | None = None,
) -> IPSubnet:
    """List the address of a refusal, or with `block` the /24 or /64 around it. Raises `RefusedChange`."""
    alone, around = networks_around(address_of(refusal))
    return create_subnet(
        team=refusal.team,
        network=around if block else alone,
        label=label_for(refusal) if label is None else label,
        expires_at=expires_at,
        actor=actor,
        created_by=created_by,
    )


def label_for(refusal: Refusal) -> str:
    return f"Allowed for {refusal.key.name}"[:100]


@transaction.atomic
def ignore_refusal(*, refusal: Refusal, actor: audit.Actor) -> None:
    """Hide what was and will be refused to this key from this address. Raises `RefusedChange` if it is hidden."""
    if not _same(refusal).filter(ignored_at=None).update(ignored_at=timezone.now(), ignored_by_name=actor.name):
        raise RefusedChange("These requests are ignored already.")
    _record(REFUSAL_IGNORED, refusal, actor)


@transaction.atomic
def restore_refusal(*, refusal: Refusal, actor: audit.Actor) -> None:
    """Show it again. Raises `RefusedChange` if it is not ignored."""
    if not _same(refusal).exclude(ignored_at=None).update(ignored_at=None, ignored_by_name=""):
        raise RefusedChange("These requests are not ignored.")
    _record(REFUSAL_RESTORED, refusal, actor)


def _same(refusal: Refusal) -> QuerySet[Refusal]:
    return Refusal.objects.filter(team_id=refusal.team_id, key_id=refusal.key_id, address=refusal.address)


def _record(kind: str, refusal: Refusal, actor: audit.Actor) -> None:
    audit.record(
        kind=kind,
        actor=actor,
        team=refusal.team,
        object_id=refusal.key_id,
        object_name=f"{refusal.key.name} from {refusal.address or 'an unknown address'}",
        details={"code": refusal.code, "reason": refusal.reason, "requests": refusal.requests},
    )
