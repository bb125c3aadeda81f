"""Team Authorization: the team's keys and networks on one page."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apikeys.lists import key_list
from console.views.refusals import refused_requests
from ipsubnets.addresses import parse_address
from ipsubnets.lists import network_list
from ipsubnets.selectors import counting_or_on_trial, live_subnet_covering
from teams.access import Access, team_view
from teams.fragments import render_page
from teams.modals import is_fragment
from teams.permissions import Permission

FRAGMENTS = {
    "lists": "console/_lists.html",
    "keys-list": "apikeys/key_list.html",
    "networks-list": "ipsubnets/network_list.html",
    "team-notices": "console/_notices.html",
}


@require_safe
@team_view(Permission.TEAM_READ)
def authorization(request: HttpRequest, access: Access) -> HttpResponse:
    if is_fragment(request) and request.htmx.target == "refused-list":  # type: ignore[attr-defined]
        return refused_requests(request, access)  # alone: the page brings that list by itself
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    subnets = counting_or_on_trial(access.team)
    keys = key_list(request, access)
    context = {
        "access": access,
        "active_tab": "authorization",
        "keys": keys,
        "networks": network_list(request, access),
        "client_address": address.text if address else "",
        "client_address_covered_by": live_subnet_covering(access.team, address) if address else None,
        "trials": [subnet for subnet in subnets if subnet.trial_on],
        "has_live_networks": any(subnet.counts for subnet in subnets),
        "expiring_count": keys.owners.expiring,
    }
    return render_page(request, "console/authorization.html", FRAGMENTS, context)
