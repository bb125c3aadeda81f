"""Team organisation: members, groups, subscriptions, activity, settings."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from console.datasets.catalogue import DATASETS
from console.forms import GroupForm, TeamSettingsForm
from teams import audit, services
from teams.access import Access, team_view
from teams.errors import RefusedChange
from teams.fragments import render_page
from teams.listing import ListPage, Sorting
from teams.permissions import Permission
from teams.selectors import events_of, groups_of, members_of

EVENT_COLUMNS = (
    Sorting("at", "When", ("at",)),
    Sorting("actor_name", "Who", ("actor_name",)),
    Sorting("sentence", "What"),
)


@require_safe
@team_view(Permission.TEAM_READ)
def members(request: HttpRequest, access: Access) -> HttpResponse:
    context = {"access": access, "active_tab": "members", "memberships": members_of(access.team)}
    return render(request, "console/members.html", context)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_READ)
def groups(request: HttpRequest, access: Access) -> HttpResponse:
    form = GroupForm(request.POST or None)
    if request.method == "POST":
        access.require(Permission.GROUPS_MANAGE)
        if form.is_valid():
            try:
                group = services.create_group(team=access.team, name=form.cleaned_data["name"], actor=access.actor)
            except RefusedChange as refused:
                form.add_error("name", refused.message)
            else:
                messages.success(request, f"Created the group {group.name}.")
                return redirect("console:groups", team_slug=access.team.slug)
    context = {"access": access, "active_tab": "groups", "groups": groups_of(access.team), "form": form}
    return render(request, "console/groups.html", context, status=422 if form.is_bound else 200)


@require_safe
@team_view(Permission.TEAM_READ)
def subscriptions(request: HttpRequest, access: Access) -> HttpResponse:
    context = {"access": access, "active_tab": "subscriptions", "datasets": DATASETS}
    return render(request, "console/subscriptions.html", context)


@require_safe
@team_view(Permission.ACTIVITY_READ)
def activity(request: HttpRequest, access: Access) -> HttpResponse:
    events = ListPage(
        request=request,
        prefix="events",
        queryset=events_of(access.team),
        columns_by_name=EVENT_COLUMNS,
        default_sort="-at",
        search_fields=("actor_name", "object_name", "kind", "actor_address"),
    )
    for event in events.rows:
        event.sentence = audit.sentence(event)  # type: ignore[attr-defined]
    context = {"access": access, "active_tab": "activity", "events": events}
    return render_page(request, "console/activity.html", {"events-list": "console/event_list.html"}, context)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_MANAGE)
def team_settings(request: HttpRequest, access: Access) -> HttpResponse:
    team = access.team
    form = TeamSettingsForm(
        request.POST or None, initial={"name": team.name, "max_key_lifetime_days": team.max_key_lifetime_days}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_team(team=team, actor=access.actor, **form.cleaned_data)
        except RefusedChange as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, "The team's settings are saved.")
            return redirect("console:team_settings", team_slug=team.slug)
    context = {"access": access, "active_tab": "team_settings", "form": form}
    return render(request, "console/team_settings.html", context, status=422 if form.is_bound else 200)
