"""Networks: listing and removing them."""

import json

from django.db import transaction
from django.http import HttpResponse
from ninja import Query, Status

from apikeys.scopes import Scope
from console.api.errors import CONFLICT, Problem, invalid
from console.api.etags import etag_of, refuse_mismatch
from console.api.given import Subnet
from console.api.lifetimes import chosen_end
from console.api.locking import lock_team
from console.api.once import Once, Repeated, create_once
from console.api.operations import ApiRequest, operation
from console.api.representations import Json, subnet_json
from console.api.subnets import subnet_named
from console.api.taken import Removal, SubnetToList
from console.api.values import KeyId
from console.enforcement.decision import Decision
from console.public_address import public_url
from ipsubnets.models import IPSubnet
from ipsubnets.networks import NotANetwork, parse_network
from ipsubnets.selectors import live_subnets_of
from ipsubnets.services import create_subnet, delete_subnet


@operation(
    "POST",
    "/subnets",
    Scope.SUBNETS_WRITE,
    name="createSubnet",
    tag="Networks",
    answers={201: Subnet},
    takes_body=True,
    headers=["Idempotency-Key"],
)
def create(request: ApiRequest, response: HttpResponse, body: SubnetToList) -> Status[Json]:
    """List a network

    It counts with the very next request. With an Idempotency-Key a request that is sent again gets the same answer.
    """
    try:
        network = parse_network(body.network)
    except NotANetwork as error:
        raise invalid([{"field": "network", "detail": str(error)}]) from None

    def make() -> IPSubnet:
        return create_subnet(
            team=request.caller.team,
            network=network,
            label=body.label,
            expires_at=chosen_end(body),
            wide_confirmed=body.accept_wide,
            actor=request.caller.actor,
        )

    try:
        document = subnet_json(create_once(request, make, _remembered))
    except Repeated as repeated:
        document = json.loads(repeated.answer)
        response["Idempotency-Replayed"] = "true"
    response["ETag"] = etag_of(document)
    response["Location"] = public_url("api:getSubnet", document["id"])
    return Status(201, document)


@operation(
    "DELETE",
    "/subnets/{key:subnet_id}",
    Scope.SUBNETS_WRITE,
    name="deleteSubnet",
    tag="Networks",
    query=Removal,
    answers={204: None},
    headers=["If-Match"],
)
@transaction.atomic
def delete(request: ApiRequest, subnet_id: KeyId, removal: Query[Removal]) -> Status[None]:
    """Remove a network

    Requests from it are refused from the next one on. What would lock out the program that asks needs
    `lock_me_out=true`.
    """
    caller = request.caller
    lock_team(caller)
    subnet = subnet_named(caller, subnet_id)
    refuse_mismatch(request.headers.get("If-Match"), etag_of(subnet_json(subnet)))
    if removal.lock_me_out is None:
        _refuse_lock_out(request, subnet)
    delete_subnet(subnet=subnet, actor=caller.actor)
    return Status(204, None)


def _remembered(subnet: IPSubnet) -> Once:
    return Once(object_id=subnet.pk, answer=json.dumps(subnet_json(subnet)))


def _refuse_lock_out(request: ApiRequest, subnet: IPSubnet) -> None:
    decision: Decision = request.gate  # type: ignore[attr-defined]
    if decision.address is None:
        return
    covering = set(live_subnets_of(request.caller.team).covering(decision.address).values_list("pk", flat=True))
    if covering == {subnet.pk}:
        raise Problem(
            CONFLICT,
            f"This request comes from {decision.address.text}, which no other network of the team holds: without "
            f"{subnet.network} you are locked out. If you mean it, add lock_me_out=true.",
        )
