"""Where a signed-in person lands."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from teams.access import Access, team_view
from teams.models import User
from teams.permissions import Permission
from teams.selectors import memberships_of


@login_required
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - for the type checker: login_required saw to it
    membership = memberships_of(user).first()
    if membership is None:
        return redirect("console:profile")
    return redirect("console:authorization", team_slug=membership.team.slug)


@team_view(Permission.TEAM_READ)
def team_home(request: HttpRequest, access: Access) -> HttpResponse:  # noqa: ARG001
    return redirect("console:authorization", team_slug=access.team.slug)
