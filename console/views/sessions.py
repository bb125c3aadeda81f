"""The sessions in which a person is signed in."""

from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from console.active_sessions import sessions_of
from teams.models import User


@require_http_methods(["GET", "POST"])
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """The list; posting ends all but the current one."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - for the type checker: login_required saw to it
    if request.method == "POST":
        end_other_sessions(request, user)
        messages.success(request, "You are signed out everywhere else.")
        return redirect("usersessions_list")
    return render(request, "usersessions/usersession_list.html", {"sessions": sessions_of(user)})


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    end_sessions(request, [session])
    messages.success(request, "The session is ended.")
    return redirect("usersessions_list")
