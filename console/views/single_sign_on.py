"""Signing in with the provider of the settings, proving it there again, and undoing the link with it."""

from collections.abc import Callable
from functools import wraps

from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.internal.flows import connect
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from apikeys.reauthentication import reauthentication_url, recently_authenticated
from console import single_sign_on
from console.active_sessions import short_until_signed_in
from teams.models import User

View = Callable[[HttpRequest], HttpResponse]


def _of_the_provider(view: View) -> View:
    """404 unless there is one; and what it answers wrongly is a page that says so."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not single_sign_on.is_configured():
            raise Http404("No single sign-on is configured.")
        busy: HttpResponse | None = ratelimit.consume_or_429(request, action="login", limit_get=True)
        if busy:
            return busy
        try:
            return view(request)
        except (RequestException, KeyError, TypeError, ValueError) as error:
            answer: HttpResponse = render_authentication_error(request, _provider(request), exception=error)
            return answer

    return guarded


def _provider(request: HttpRequest) -> single_sign_on.SingleSignOn:
    provider: single_sign_on.SingleSignOn = get_adapter().get_provider(request, settings.GATEHOUSE_OIDC_ISSUER)
    return provider


@require_POST
@_of_the_provider
@short_until_signed_in
def start(request: HttpRequest) -> HttpResponse:
    """To the provider. `process=connect` binds the account that is signed in to the provider's."""
    if request.POST.get("process") == "connect":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        if not recently_authenticated(request):
            return redirect(reauthentication_url("/settings/security/"))
        if isinstance(request.user, User) and single_sign_on.is_linked(request.user):
            return redirect("console:security")
    return _provider(request).redirect_from_request(request)  # type: ignore[no-any-return]


@require_safe
@_of_the_provider
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider."""
    endpoints = single_sign_on.SingleSignOn.oauth2_adapter_class(request, settings.GATEHOUSE_OIDC_ISSUER)
    answer: HttpResponse = OAuth2CallbackView.adapter_view(endpoints)(request)
    return answer


@require_safe
@login_required
@_of_the_provider
def again(request: HttpRequest) -> HttpResponse:
    """Whoever has neither password nor second factor proves who they are by signing in again."""
    context = {"provider_name": settings.GATEHOUSE_OIDC_NAME, "next": get_next_redirect_url(request) or ""}
    return render(request, "socialaccount/again.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def connections(request: HttpRequest) -> HttpResponse:
    """The link is shown under Security; posting here undoes it."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - for the type checker: login_required saw to it
    link = single_sign_on.link_of(user) if request.method == "POST" else None
    if link is not None:
        try:
            connect.validate_disconnect(request, link)
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            connect.disconnect(request, link)
    return redirect("console:security")
