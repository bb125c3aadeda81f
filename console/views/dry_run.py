"""Trying other networks on the traffic of the last days. Nothing is changed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from console.dry_run.forms import ProposalForm, initial
from console.dry_run.replay import DAYS, gone, replay
from ipsubnets.ranges import AddressRanges
from ipsubnets.selectors import live_subnets_of
from teams.access import Access, team_view
from teams.modals import UNPROCESSABLE, posted
from teams.permissions import Permission


@require_http_methods(["GET", "POST"])
@team_view(Permission.SUBNETS_MANAGE)
def dry_run(request: HttpRequest, access: Access) -> HttpResponse:
    form = ProposalForm(posted(request), initial=initial(live_subnets_of(access.team)))
    context = {"access": access, "active_tab": "authorization", "form": form, "days": DAYS}
    if form.is_valid():
        networks = form.proposed
        ranges = AddressRanges((network.version, network.first, network.last) for network in networks)
        context |= {
            "forecast": replay(access.team, ranges, gone(access.team, networks)),
            "proposed_count": len(networks),
        }
    return render(request, "console/dry_run.html", context, status=UNPROCESSABLE if form.errors else 200)
