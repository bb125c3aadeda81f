"""The page behind an invitation's link. Looking at it changes nothing: mail scanners look at every link."""

from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from console.single_sign_on import is_configured
from console.team_forms import AcceptForm
from teams import audit, services
from teams.errors import RefusedChange
from teams.modals import posted
from teams.models import Invitation, Membership, User
from teams.selectors import invitation_by_token
from teams.services.invitations import UnusableInvitation

NOT_FOUND, GONE, FORBIDDEN, UNPROCESSABLE = 404, 410, 403, 422


def secret_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For pages whose address is a secret: kept by no cache, told to no other page.

    `strict-origin` keeps the path out of every Referer. `no-referrer` would too, but then browsers send `Origin: null`
    with the form (Fetch, 3.2), which the protection against forged requests has to refuse.
    """

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        response = view(request, token)
        response["Referrer-Policy"] = "strict-origin"
        response["Cache-Control"] = "no-store"
        return response

    return guarded


@require_http_methods(["GET", "POST"])
@secret_link
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = invitation_by_token(token)
    if found is None or found.state != "open":
        return _unusable(request, found, found.state if found else "unknown")
    try:
        if request.user.is_authenticated:
            return _as_signed_in(request, found, token)
        if User.objects.filter(email=found.email).exists():
            context = {"invitation": found, "back": request.path}
            return render(request, "console/joining/sign_in.html", context)
        return _as_new_person(request, found, token)
    except UnusableInvitation as unusable:
        return _unusable(request, found, unusable.state)


def _as_signed_in(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - for the type checker: the caller saw to it
    if user.email != found.email:
        context = {"invitation": found, "user": user, "back": request.path}
        return render(request, "console/joining/somebody_else.html", context, status=FORBIDDEN)
    refusal = ""
    if request.method == "POST":
        try:
            actor = audit.Actor.of_request(request)
            membership = services.accept_invitation(token=token, user=user, actor=actor)
        except UnusableInvitation:
            raise
        except RefusedChange as refused:
            refusal = refused.message
        else:
            messages.success(request, _welcome(membership))
            return redirect("console:authorization", team_slug=membership.team.slug)
    context = {"invitation": found, "refusal": refusal}
    return render(request, "console/joining/join.html", context, status=UNPROCESSABLE if refusal else 200)


def _as_new_person(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    form = AcceptForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            membership = services.accept_as_new_person(
                token=token,
                full_name=form.cleaned_data["full_name"],
                password=form.cleaned_data["password"],
                actor=audit.Actor.of_request(request),
            )
        except UnusableInvitation:
            raise
        except RefusedChange as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return _signed_in(request, membership)
    sso_name = settings.GATEHOUSE_OIDC_NAME if is_configured() else ""
    context = {"invitation": found, "form": form, "back": request.path, "sso_name": sso_name}
    return render(request, "console/joining/new_person.html", context, status=UNPROCESSABLE if form.is_bound else 200)


def _signed_in(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Whoever has just chosen a password is signed in with it, in a session of a new key."""
    messages.success(request, _welcome(membership))
    page = reverse("console:authorization", args=[membership.team.slug])
    login = Login(user=membership.user, email_verification="none", redirect_url=page)
    response: HttpResponse = perform_password_login(request, {"email": membership.user.email}, login)
    return response


def _welcome(membership: Membership) -> str:
    return f"You have joined {membership.team.name} as {membership.get_role_display()}."


def _unusable(request: HttpRequest, found: Invitation | None, state: str) -> HttpResponse:
    """To somebody who has accepted before, the way into the team is shown."""
    is_member = found is not None and Membership.objects.filter(team=found.team_id, user=request.user.pk).exists()
    context = {"state": state, "invitation": found, "is_member": is_member}
    status = NOT_FOUND if found is None else GONE
    return render(request, "console/joining/unusable.html", context, status=status)
