"""Signing in, and everything about it: allauth's pages that this console has, and its own among them.

Named as allauth names them, since it looks them up; what is not here does not exist (there is no signing up).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.core.internal import ratelimit
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as social
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.generic import RedirectView

from console.active_sessions import short_until_signed_in
from console.views import email_address, sessions, single_sign_on
from console.views.sign_in import SignInView
from teams.access import READING


def in_one_transaction(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What changes how somebody signs in, and what the audit trail says of it: both or neither.

    Not for signing in and out: what these change is the session, which Django saves after the view, and a lock on the
    database while a password is hashed would let everybody wait for everybody.
    """

    @wraps(view)
    def atomic_to_change(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in READING:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            return view(request, *args, **kwargs)

    return atomic_to_change


to_security = RedirectView.as_view(pattern_name="console:security")
# Asking for a challenge makes a session: that, too, is limited.
limited = ratelimit.decorator(app="allauth.mfa", action="webauthn_login", limit_get=True)

urlpatterns = [
    path("login/", SignInView.as_view(), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", in_one_transaction(account.password_change), name="account_change_password"),
    path("password/set/", in_one_transaction(account.password_set), name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        in_one_transaction(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("email/", email_address.email_address, name="account_email"),
    path("confirm-email/<str:key>/", email_address.confirm_email_address, name="account_confirm_email"),
    path("2fa/", to_security, name="mfa_index"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", in_one_transaction(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", in_one_transaction(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        in_one_transaction(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("2fa/recovery-codes/download/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("passkeys/", to_security, name="mfa_list_webauthn"),
    path("passkeys/add/", in_one_transaction(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("passkeys/login/", limited(short_until_signed_in(passkeys.login_webauthn)), name="mfa_login_webauthn"),
    path("passkeys/reauthenticate/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("passkeys/<int:pk>/rename/", in_one_transaction(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", in_one_transaction(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
    path("sessions/", in_one_transaction(sessions.sessions), name="usersessions_list"),
    path("sessions/<int:pk>/end/", in_one_transaction(sessions.end_session), name="end_session"),
    path("sso/", in_one_transaction(single_sign_on.connections), name="socialaccount_connections"),
    path("sso/start/", single_sign_on.start, name="single_sign_on_start"),
    path("sso/callback/", single_sign_on.callback, name="single_sign_on_callback"),
    path("sso/again/", single_sign_on.again, name="single_sign_on_again"),
    path("sso/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("sso/signup/", social.signup, name="socialaccount_signup"),
]
