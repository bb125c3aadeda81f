"""Networks that requests may come from."""

from django.http import HttpResponse
from ninja import Query

from apikeys.scopes import Scope
from console.api.caller import Caller
from console.api.cursors import Order, read_page
from console.api.errors import invalid, not_found
from console.api.etags import etag_of
from console.api.given import Subnet, SubnetPage
from console.api.operations import ApiRequest, operation
from console.api.representations import Json, subnet_json
from console.api.taken import SubnetFilter
from console.api.values import KeyId
from ipsubnets.addresses import parse_address
from ipsubnets.models import IPSubnet
from ipsubnets.selectors import subnets_of

NEWEST_FIRST = Order(("created_at", "id"), newest_first=True)


@operation(
    "GET",
    "/subnets",
    Scope.SUBNETS_READ,
    name="listSubnets",
    tag="Networks",
    query=SubnetFilter,
    answers={200: SubnetPage},
)
def list_subnets(request: ApiRequest, filters: Query[SubnetFilter]) -> Json:
    """List the team's networks

    Newest first, those that have ended too: only `active` and `ending` ones count.
    """
    team = request.caller.team
    rows = subnets_of(team)
    if filters.address:
        address = parse_address(filters.address)
        if address is None:
            raise invalid([{"parameter": "address", "detail": "It is not an IP address."}])
        rows = rows.covering(address)
    subnets, cursor = read_page(
        rows,
        NEWEST_FIRST,
        query=("subnets", team.pk, filters.address),
        cursor=filters.cursor,
        limit=filters.limit,
    )
    return {"subnets": [subnet_json(subnet) for subnet in subnets], "next_cursor": cursor}


@operation(
    "GET", "/subnets/{key:subnet_id}", Scope.SUBNETS_READ, name="getSubnet", tag="Networks", answers={200: Subnet}
)
def get_subnet(request: ApiRequest, response: HttpResponse, subnet_id: KeyId) -> Json:
    """Get a network"""
    document = subnet_json(subnet_named(request.caller, subnet_id))
    response["ETag"] = etag_of(document)
    return document


def subnet_named(caller: Caller, subnet_id: str) -> IPSubnet:
    """Raises `Problem` alike for what never was, was removed, or is another team's."""
    subnet = subnets_of(caller.team).select_related("team").filter(pk=subnet_id).first()
    if subnet is None:
        raise not_found("network")
    return subnet
