"""Account identity: profile and sign-in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from console.forms import ProfileForm
from teams import audit, services
from teams.models import User


@require_http_methods(["GET", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - for the type checker: login_required saw to it
    form = ProfileForm(request.POST or None, initial={"full_name": user.full_name, "time_zone": user.time_zone})
    if request.method == "POST" and form.is_valid():
        services.change_profile(user=user, actor=audit.Actor.of_request(request), **form.cleaned_data)
        messages.success(request, "Your profile is saved.")
        return redirect("console:profile")
    context = {"form": form, "active_tab": "profile"}
    return render(request, "console/profile.html", context, status=422 if form.is_bound else 200)


@require_safe
@login_required
def security(request: HttpRequest) -> HttpResponse:
    return render(request, "console/security.html", {"active_tab": "security"})
