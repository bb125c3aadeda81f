"""Refused requests: the list of Team Authorization, what can be done about a row, and why one request was refused."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from console.inbox import services
from console.inbox.explanation import explain
from console.inbox.forms import AllowForm, ExplainForm
from console.inbox.lists import refused_list
from console.inbox.selectors import refusals_of, refused_request
from console.models import Refusal
from teams.access import Access, team_view
from teams.errors import RefusedChange
from teams.fragments import render_page
from teams.modals import UNPROCESSABLE, modal_done, posted, render_modal
from teams.permissions import Permission

FRAGMENTS = {"refused-list": "console/refused_list.html"}


@require_safe
@team_view(Permission.ACTIVITY_READ)
def refusals(request: HttpRequest, access: Access) -> HttpResponse:
    """The list on a page of its own, and as the part that Team Authorization brings."""
    return refused_requests(request, access)


def refused_requests(request: HttpRequest, access: Access) -> HttpResponse:
    """A page that shows it already asks with what it shows (`seen`), and is told so (204)."""
    access.require(Permission.ACTIVITY_READ)
    refused = refused_list(request, access)
    if request.GET.get("seen") == refused.seen:
        return HttpResponse(status=204)
    context = {"access": access, "active_tab": "authorization", "refused": refused}
    return render_page(request, "console/refusals.html", FRAGMENTS, context)


@require_http_methods(["GET", "POST"])
@team_view(Permission.SUBNETS_MANAGE)
def allow(request: HttpRequest, access: Access, refusal_id: int) -> HttpResponse:
    refusal = _refusal(access, refusal_id)
    try:
        address = services.address_of(refusal)
    except RefusedChange as refused:
        return _answer(request, access, refused.message, kind="error")
    form = AllowForm(posted(request), refusal=refusal, address=address)
    if request.method == "POST" and form.is_valid():
        try:
            subnet = services.allow_refused(
                refusal=refusal,
                block=form.block,
                expires_at=form.expires_at,
                label=form.cleaned_data["label"] if "label" in form.data else None,
                created_by=access.user,
                actor=access.actor,
            )
        except RefusedChange as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return _answer(request, access, f"Added {subnet.network}: such requests pass from now on.")
    context = {"access": access, "form": form, "refusal": refusal}
    return render_modal(request, "console/allow_refused.html", context, status=UNPROCESSABLE if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@team_view(Permission.SUBNETS_MANAGE)
def ignore(request: HttpRequest, access: Access, refusal_id: int) -> HttpResponse:
    return _settle(request, access, refusal_id, services.ignore_refusal, "is ignored from now on")


@require_http_methods(["GET", "POST"])
@team_view(Permission.SUBNETS_MANAGE)
def restore(request: HttpRequest, access: Access, refusal_id: int) -> HttpResponse:
    return _settle(request, access, refusal_id, services.restore_refusal, "is shown again")


def _settle(
    request: HttpRequest, access: Access, refusal_id: int, service: Callable[..., None], done: str
) -> HttpResponse:
    """A GET is what follows when somebody had to sign in first: it leads back to the list."""
    refusal = _refusal(access, refusal_id)
    if request.method != "POST":
        return redirect(_page(access))
    try:
        service(refusal=refusal, actor=access.actor)
    except RefusedChange as refused:
        return _answer(request, access, refused.message, kind="error")
    return _answer(request, access, f"“{refusal.key.name}” from {refusal.address} {done}.")


@require_safe
@team_view(Permission.ACTIVITY_READ)
def explain_refusal(request: HttpRequest, access: Access) -> HttpResponse:
    asked = "request_id" in request.GET
    form = ExplainForm(request.GET if asked else None)
    context = {"access": access, "active_tab": "authorization", "form": form}
    if asked and form.is_valid():
        found = refused_request(access.team, form.cleaned_data["request_id"])
        if found is None:
            form.add_error("request_id", ExplainForm.NOT_FOUND)
        else:
            context |= {"found": found, "explanation": explain(found)}
    return render(request, "console/explain_refusal.html", context, status=UNPROCESSABLE if form.errors else 200)


def _refusal(access: Access, refusal_id: int) -> Refusal:
    return get_object_or_404(refusals_of(access.team), pk=refusal_id)


def _page(access: Access) -> str:
    return reverse("console:authorization", args=[access.team.slug]) + "#refused-list"


def _answer(request: HttpRequest, access: Access, message: str, *, kind: str = "success") -> HttpResponse:
    return modal_done(request, message=message, changed="networks", page=_page(access), kind=kind)
