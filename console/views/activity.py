"""What has happened: a team's Activity, the installation's for operators, and both as files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from console.activity_filter import ActivityFilterForm, InstallationFilterForm
from console.operators import Operator, operator_view
from teams import audit
from teams.access import Access, team_view
from teams.audit_export import as_csv, as_json_lines
from teams.audit_search import OF_TEAMS
from teams.fragments import render_page
from teams.listing import ListPage, Sorting
from teams.models import AuditEvent, User
from teams.permissions import Permission
from teams.selectors import events_of

COLUMNS: Final = (
    Sorting("at", "When", ("at",)),
    Sorting("actor_name", "Who", ("actor_name",)),
    Sorting("sentence", "What"),
)
WITH_TEAM: Final = (*COLUMNS, Sorting("team", "Team", ("team_name",)))
SEARCHED: Final = ("actor_name", "object_name", "kind", "actor_address", "request_id")
FRAGMENTS: Final = {"events-list": "console/event_list.html"}


@dataclass(frozen=True)
class FileFormat:
    content_type: str
    write: Callable[[QuerySet[AuditEvent]], Iterator[str]]


FORMATS: Final = {
    "csv": FileFormat("text/csv; charset=utf-8", as_csv),
    "jsonl": FileFormat("application/x-ndjson", as_json_lines),
}


@require_safe
@team_view(Permission.ACTIVITY_READ)
def activity(request: HttpRequest, access: Access) -> HttpResponse:
    form, events = _of_team(request, access)
    context = {
        "access": access,
        "active_tab": "activity",
        "where": access.team.name,
        "people": User.objects.filter(memberships__team=access.team).order_by("full_name", "email"),
        **_context(request, form, events, "console:activity", [access.team.slug]),
    }
    return render_page(request, "console/activity.html", FRAGMENTS, context)


@require_safe
@team_view(Permission.ACTIVITY_READ)
def activity_file(request: HttpRequest, access: Access, kind: str) -> HttpResponse:
    form, events = _of_team(request, access)
    page = reverse("console:activity", args=[access.team.slug])
    return _file(request, form, events, kind, name=f"{access.team.slug}-activity", page=page)


@require_safe
@operator_view
def installation_activity(request: HttpRequest, operator: Operator) -> HttpResponse:  # noqa: ARG001
    form, events = _of_installation(request)
    context = {
        "active_tab": "activity",
        "where": "this installation",
        **_context(request, form, events, "console:installation_activity", []),
    }
    return render_page(request, "console/operators_activity.html", FRAGMENTS, context)


@require_safe
@operator_view
def installation_file(request: HttpRequest, operator: Operator, kind: str) -> HttpResponse:  # noqa: ARG001
    form, events = _of_installation(request)
    page = reverse("console:installation_activity")
    return _file(request, form, events, kind, name="gatehouse-activity", page=page)


def _of_team(request: HttpRequest, access: Access) -> tuple[ActivityFilterForm, ListPage[AuditEvent]]:
    form = ActivityFilterForm(request.GET, areas=OF_TEAMS)
    return form, _listed(request, form, events_of(access.team), COLUMNS)


def _of_installation(request: HttpRequest) -> tuple[InstallationFilterForm, ListPage[AuditEvent]]:
    form = InstallationFilterForm(request.GET)
    if form.everywhere:
        return form, _listed(request, form, AuditEvent.objects.all(), WITH_TEAM, "team_name")
    return form, _listed(request, form, AuditEvent.objects.filter(chain=audit.INSTALLATION_CHAIN), COLUMNS)


def _listed(
    request: HttpRequest,
    form: ActivityFilterForm,
    events: QuerySet[AuditEvent],
    columns: tuple[Sorting, ...],
    *also_searched: str,
) -> ListPage[AuditEvent]:
    """None at all while the filter cannot be understood: all of them would be taken for its answer."""
    return ListPage(
        request=request,
        prefix="events",
        queryset=form.chosen.apply(events) if form.is_valid() else events.none(),
        columns_by_name=columns,
        default_sort="-at",
        search_fields=(*SEARCHED, *also_searched),
        filters={name: str(request.GET.get(form.add_prefix(name), "")) for name in form.fields},
    )


def _context(
    request: HttpRequest, form: ActivityFilterForm, events: ListPage[AuditEvent], page: str, arguments: list[str]
) -> dict[str, object]:
    for event in events.rows:
        event.sentence = audit.sentence(event)  # type: ignore[attr-defined]
        event.changes = audit.changes(event)  # type: ignore[attr-defined]
    filters = {form.add_prefix(name) for name in form.fields}
    carried = [(name, value) for name, value in events.other_parameters if name not in filters]
    query = request.GET.urlencode()
    return {
        "events": events,
        "filter": form,
        "is_narrowed": any(events.filters.values()),
        "carried": [*carried, ("events.q", events.q)] if events.q else carried,
        "files": {kind: f"{reverse(f'{page}_{kind}', args=arguments)}?{query}" for kind in FORMATS},
    }


def _file(
    request: HttpRequest, form: ActivityFilterForm, events: ListPage[AuditEvent], kind: str, *, name: str, page: str
) -> HttpResponse:
    """Where the filter cannot be understood, the page says what is wrong with it."""
    if not form.is_valid():
        return redirect(f"{page}?{request.GET.urlencode()}")
    written = FORMATS[kind].write(events.found) if request.method == "GET" else iter(())
    response = StreamingHttpResponse(written, content_type=FORMATS[kind].content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]
