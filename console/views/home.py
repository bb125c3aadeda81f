"""Where a signed-in person lands."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from console.last_team import last_team
from teams.access import Access, team_view
from teams.models import User
from teams.permissions import Permission
from teams.selectors import memberships_of


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - for the type checker: login_required saw to it
    memberships = list(memberships_of(user))
    if not memberships:
        return redirect("console:operators_teams" if user.is_superuser else "console:profile")
    seen_last = [membership for membership in memberships if membership.team.slug == last_team(request)]
    membership = (seen_last or memberships)[0]
    return redirect("console:authorization", team_slug=membership.team.slug)


@require_safe
@team_view(Permission.TEAM_READ)
def team_home(request: HttpRequest, access: Access) -> HttpResponse:  # noqa: ARG001
    return redirect("console:authorization", team_slug=access.team.slug)
