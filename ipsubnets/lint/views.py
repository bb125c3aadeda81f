"""*Check networks*: what the linter finds, and each fix, previewed."""

from typing import Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from ipsubnets.bound_keys import bound_to_any
from ipsubnets.forecast import Forecast
from ipsubnets.lint.findings import LABELS, Finding, Kind, subnet_id_in
from ipsubnets.lint.fixes import apply_fix, fixable_or_gone, foreseen
from ipsubnets.lint.linter import counts_by_kind, findings_of_kind, lint
from ipsubnets.lint.traffic import DAYS
from ipsubnets.models import IPSubnet
from ipsubnets.selectors import subnet_or_gone
from teams.access import Access, team_view
from teams.errors import RefusedChange
from teams.fragments import render_page
from teams.modals import UNPROCESSABLE, modal_done, render_modal
from teams.permissions import Permission

PAGE_SIZE: Final = 25
FRAGMENTS = {"findings": "ipsubnets/_findings.html"}


@require_safe
@team_view(Permission.SUBNETS_MANAGE)
def check(request: HttpRequest, access: Access) -> HttpResponse:
    findings = lint(access.team)
    kind = request.GET.get("kind", "")
    kind = kind if kind in LABELS else ""
    page = Paginator(findings_of_kind(findings, kind), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "access": access,
        "active_tab": "authorization",
        "findings": page,
        "total": len(findings),
        "counts": [(k, LABELS[k], number) for k, number in counts_by_kind(findings).items()],
        "kind": kind,
        "kind_label": LABELS[Kind(kind)] if kind else "",
        "days": DAYS,
    }
    return render_page(request, "ipsubnets/check.html", FRAGMENTS, context)


@require_http_methods(["GET", "POST"])
@team_view(Permission.SUBNETS_MANAGE)
def fix(request: HttpRequest, access: Access, finding_id: str) -> HttpResponse:
    """Asks, and asks once more where lately used addresses would be refused."""
    try:
        subnet_or_gone(access.team, subnet_id_in(finding_id))
        finding = fixable_or_gone(lint(access.team), finding_id)
        forecast = foreseen(access.team, finding) if finding.narrows else None
        asks = forecast is not None and forecast.recent
        if request.method == "POST" and not (asks and request.POST.get("confirmed") != "yes"):
            apply_fix(team=access.team, finding_id=finding_id, created_by=access.user, actor=access.actor)
            return _answer(request, access, f"Done: {_told(finding)}.")
    except RefusedChange as refused:
        return _answer(request, access, refused.message, kind="error")
    return _ask(request, access, finding, forecast)


def _ask(request: HttpRequest, access: Access, finding: Finding, forecast: Forecast | None) -> HttpResponse:
    removed = IPSubnet.objects.filter(pk__in=[listed.id for listed in finding.removes])
    bound = {key.key_id: key for keys in bound_to_any(removed).values() for key in keys}
    posted = request.method == "POST"
    context = {
        "access": access,
        "finding": finding,
        "bound_keys": list(bound.values()),
        "forecast": forecast,
        "asks": forecast is not None and forecast.recent,
        "unconfirmed": posted,
        "page": _page(access),
    }
    return render_modal(request, "ipsubnets/fix.html", context, status=UNPROCESSABLE if posted else 200)


def _told(finding: Finding) -> str:
    gone = ", ".join(listed.network for listed in finding.removes[:3])
    further = len(finding.removes) - 3
    gone += f" and {further} more" if further > 0 else ""
    return f"{finding.adds} in place of {gone}" if finding.adds else f"removed {gone}"


def _page(access: Access) -> str:
    return reverse("ipsubnets:check", args=[access.team.slug])


def _answer(request: HttpRequest, access: Access, message: str, *, kind: str = "success") -> HttpResponse:
    return modal_done(request, message=message, changed="networks", page=_page(access), kind=kind)
