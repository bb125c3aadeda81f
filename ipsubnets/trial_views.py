"""Confirming a change on trial, or taking it back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ipsubnets import trials
from ipsubnets.selectors import subnet_or_gone
from teams.access import Access, team_view
from teams.errors import RefusedChange
from teams.modals import modal_done
from teams.permissions import Permission


@require_http_methods(["GET", "POST"])
@team_view(Permission.SUBNETS_MANAGE)
def confirm(request: HttpRequest, access: Access, subnet_id: str) -> HttpResponse:
    return _end_trial(request, access, subnet_id, confirmed=True)


@require_http_methods(["GET", "POST"])
@team_view(Permission.SUBNETS_MANAGE)
def revert(request: HttpRequest, access: Access, subnet_id: str) -> HttpResponse:
    return _end_trial(request, access, subnet_id, confirmed=False)


def _end_trial(request: HttpRequest, access: Access, subnet_id: str, *, confirmed: bool) -> HttpResponse:
    """A GET is what follows when somebody had to sign in first: it leads back to the list."""
    page = reverse("console:authorization", args=[access.team.slug])
    kind = "success"
    try:
        subnet = subnet_or_gone(access.team, subnet_id)
        if request.method != "POST":
            return redirect(page)
        if confirmed:
            trials.confirm(subnet=subnet, actor=access.actor)
            message = f"Confirmed: {subnet.network} stays {subnet.trial}."
        else:
            trials.revert(subnet=subnet, actor=access.actor)
            message = f"Taken back: {subnet.network} is not {subnet.trial} any more."
    except RefusedChange as refused:
        message, kind = refused.message, "error"
    return modal_done(request, message=message, changed="networks", page=page, kind=kind)
