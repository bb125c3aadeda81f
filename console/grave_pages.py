"""Pages that show or change how a person signs in: who they are is proved again, a moment before."""

from collections.abc import Callable
from typing import Any, Final

from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apikeys.reauthentication import reauthentication_url, recently_authenticated

RESUMED: Final = frozenset(
    {
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
    }
)
"""allauth keeps what was sent to these in the session and goes on with it afterwards. It holds no password or key."""

GRAVE: Final = RESUMED | {"account_email", "account_set_password", "socialaccount_connections"}
"""By the name of the view. (Changing the password asks for the current one.)"""


class GravePagesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:  # noqa: ARG002
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name not in GRAVE:
            return None
        if not request.user.is_authenticated:
            # allauth would keep the request of somebody unknown in a session, whatever its size.
            return redirect_to_login(request.path)
        if recently_authenticated(request):
            return None
        if request.method == "POST" and name in RESUMED and get_reauthentication_flows(request.user):
            return None
        return redirect(reauthentication_url(request.path))
