"""The calendar of a team's expiring keys: its private link, made, shown once and revoked; and the calendar itself."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apikeys.selectors import keys_of
from console.calendars.icalendar import Event, calendar
from console.calendars.links import make_link, revoke_link, team_of
from console.calendars.models import CalendarLink
from console.reminders.digest import key_page
from console.views.joining import secret_link
from console.views.questions import Question, ask
from teams.access import Access, team_view
from teams.modals import render_modal
from teams.permissions import Permission

EXPIRED_SHOWN: Final = timedelta(days=30)


@require_safe
@secret_link
def feed(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001 - calendar programs do not sign in
    team = team_of(token)
    if team is None:
        raise Http404("No such calendar.")
    now = timezone.now()
    keys = keys_of(team).unrevoked(now).filter(disabled_at=None, expires_at__gt=now - EXPIRED_SHOWN)
    events = (
        Event(
            uid=f"{apikey.pk}@{settings.PUBLIC.hostname}",
            at=apikey.expires_at,
            summary=f"API key {apikey.name} expires",
            description=f"Of {team.name}; owner: {apikey.owner_label}.\n{key_page(apikey)}",
            url=key_page(apikey),
        )
        for apikey in keys.select_related("team", "owner_user", "owner_group").order_by("expires_at", "pk")
    )
    response = HttpResponse(
        calendar(f"API keys of {team.name}", events, now=now), content_type="text/calendar; charset=utf-8"
    )
    response["Content-Disposition"] = f'inline; filename="{team.slug}-keys.ics"'
    return response


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_READ)
@never_cache
def link(request: HttpRequest, access: Access) -> HttpResponse:
    """GET says what there is, POST makes a link: that one answer holds it."""
    context: dict[str, object] = {"access": access, "page": reverse("console:profile")}
    if request.method == "POST":
        context["link"] = make_link(team=access.team, person=access.user, actor=access.actor)
        return render_modal(request, "console/calendar_made.html", context)
    context["there"] = CalendarLink.objects.filter(team=access.team, person=access.user).first()
    return render_modal(request, "console/calendar.html", context)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_READ)
def revoke(request: HttpRequest, access: Access) -> HttpResponse:
    page = reverse("console:profile")
    question = Question(
        title="Revoke calendar link",
        consequence="Calendar programs that use it get nothing any more. You can make a new one.",
        verb="Revoke link",
        page=page,
        then=page,
        danger=True,
    )

    def act() -> str:
        revoke_link(team=access.team, person=access.user, actor=access.actor)
        return f"Your link to the calendar of {access.team.name} is revoked."

    return ask(request, access, question, act)
