"""Account identity: profile and sign-in."""

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from console import email_change, single_sign_on
from console.active_sessions import sessions_of
from console.authenticators import factors_of, passkeys_work, where_passkeys_work
from console.calendars.models import CalendarLink
from console.forms import ProfileForm
from teams import audit, services
from teams.errors import RefusedChange
from teams.modals import posted
from teams.models import User
from teams.selectors import memberships_of

MOST_SESSIONS: Final = 3
"""On the overview. The page of sessions has them all."""


@require_http_methods(["GET", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - for the type checker: login_required saw to it
    form = ProfileForm(posted(request), initial={"full_name": user.full_name, "time_zone": user.time_zone})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_profile(user=user, actor=audit.Actor.of_request(request), **form.cleaned_data)
        except RefusedChange as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, "Your profile is saved.")
            return redirect("console:profile")
    links = {link.team_id: link for link in CalendarLink.objects.filter(person=user)}
    context = {
        "form": form,
        "active_tab": "profile",
        "calendars": [(each.team, links.get(each.team_id)) for each in memberships_of(user)],
    }
    return render(request, "console/profile.html", context, status=422 if form.is_bound else 200)


@require_safe
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """How the person proves who they are: the state of each way, and what can be done about it."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - for the type checker: login_required saw to it
    sessions = sessions_of(user)
    context = {
        "active_tab": "security",
        "has_password": user.has_usable_password(),
        "factors": factors_of(user),
        "passkeys_work": passkeys_work(request),
        "where_passkeys_work": where_passkeys_work(request),
        "all_recovery_codes": settings.MFA_RECOVERY_CODE_COUNT,
        "sessions": sessions[:MOST_SESSIONS],
        "session_count": len(sessions),
        "sso_name": settings.GATEHOUSE_OIDC_NAME if single_sign_on.is_configured() else "",
        "sso_link": single_sign_on.link_of(user),
        "email_verified": email_change.is_verified(user),
    }
    return render(request, "console/security.html", context)
