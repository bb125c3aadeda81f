"""Adding and removing networks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ipsubnets import services, trials
from ipsubnets.addresses import Address, parse_address
from ipsubnets.bound_keys import keys_bound_to
from ipsubnets.forecast import forecast_without
from ipsubnets.forms import CreateSubnetForm, TrialForm
from ipsubnets.models import IPSubnet
from ipsubnets.networks import parse_network
from ipsubnets.selectors import live_subnets_of, subnet_or_gone
from teams.access import Access, team_view
from teams.errors import RefusedChange
from teams.modals import UNPROCESSABLE, modal_done, posted, render_modal
from teams.permissions import Permission


@require_http_methods(["GET", "POST"])
@team_view(Permission.SUBNETS_MANAGE)
def create(request: HttpRequest, access: Access) -> HttpResponse:
    form = CreateSubnetForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            subnet = trials.create_subnet(
                team=access.team,
                network=form.cleaned_data["network"],
                label=form.cleaned_data["label"],
                expires_at=form.expires_at,
                wide_confirmed=form.cleaned_data["accept_wide"],
                within=form.cleaned_data["trial"],
                created_by=access.user,
                actor=access.actor,
            )
        except RefusedChange as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return modal_done(request, message=f"Added {subnet.network}.", changed="networks", page=_page(access))
    status = UNPROCESSABLE if form.is_bound else 200
    return render_modal(request, "ipsubnets/create.html", {"access": access, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
@team_view(Permission.SUBNETS_MANAGE)
def add_current(request: HttpRequest, access: Access) -> HttpResponse:
    """List the one address that this request comes from.

    A GET is what follows when somebody had to sign in first: it adds nothing and leads back to the list.
    """
    if request.method != "POST":
        return redirect(_page(access))
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    if address is None:
        return _answer(
            request, access, "Your address cannot be seen here, so it was not added.", kind="error", close=False
        )
    try:
        subnet = services.create_subnet(
            team=access.team,
            network=parse_network(address.text),
            label=f"Added by {access.user}"[:100],
            created_by=access.user,
            actor=access.actor,
        )
    except RefusedChange as refused:
        return _answer(request, access, refused.message, kind="error", close=False)
    return _answer(request, access, f"Added your address {subnet.network}.", close=False)


@require_http_methods(["GET", "POST"])
@team_view(Permission.SUBNETS_MANAGE)
def delete(request: HttpRequest, access: Access, subnet_id: str) -> HttpResponse:
    try:
        subnet = subnet_or_gone(access.team, subnet_id)
    except RefusedChange as refused:
        return _answer(request, access, refused.message, kind="error")
    foreseen = forecast_without(subnet)
    asks = foreseen is not None and foreseen.recent
    unconfirmed = asks and request.POST.get("confirmed") != "yes"
    form = TrialForm(posted(request))
    if request.method == "POST" and not unconfirmed and form.is_valid():
        within = form.cleaned_data["trial"]
        try:
            if within:
                trials.try_removal(subnet=subnet, within=within, actor=access.actor)
            else:
                services.delete_subnet(subnet=subnet, actor=access.actor)
        except RefusedChange as refused:
            return _answer(request, access, refused.message, kind="error")
        if within:
            return _answer(request, access, f"Removed {subnet.network} on trial: it comes back unless you confirm.")
        return _answer(request, access, f"Removed {subnet.network}.")
    others = live_subnets_of(access.team).exclude(pk=subnet.pk)
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    context = {
        "access": access,
        "subnet": subnet,
        "leaves_none": not others.exists(),
        "covers_you": address is not None and _holds(subnet, address) and not others.covering(address).exists(),
        "bound_keys": keys_bound_to(subnet),
        "forecast": foreseen,
        "asks": asks,
        "form": form,
        "unconfirmed": request.method == "POST" and unconfirmed,
    }
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render_modal(request, "ipsubnets/delete.html", context, status=status)


def _holds(subnet: IPSubnet, address: Address) -> bool:
    return subnet.version == address.version and int(subnet.first, 16) <= address.value <= int(subnet.last, 16)


def _page(access: Access) -> str:
    return reverse("console:authorization", args=[access.team.slug])


def _answer(
    request: HttpRequest, access: Access, message: str, *, kind: str = "success", close: bool = True
) -> HttpResponse:
    return modal_done(request, message=message, changed="networks", page=_page(access), kind=kind, close=close)
