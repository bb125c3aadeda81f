"""Who signed in, who failed to, and what changed in how people sign in: in the audit trail.

All of it is in the chain of the installation, since a person is no team's. Failed sign-ins come from anybody who finds
the page, so what is written of them is bounded: see `teams.audit_bounds`.
"""

from dataclasses import replace
from typing import Any, Final

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.http import HttpRequest

from teams import audit
from teams.audit_bounds import worth_writing
from teams.models import User
from teams.texts import printable

SIGNED_IN = audit.kind("sign_in.done", "signed in with {how}")
SIGNED_OUT = audit.kind("sign_in.ended", "signed out")
SIGN_IN_FAILED = audit.kind("sign_in.failed", "failed to sign in as {object}: {reason}")
PASSWORD_CHANGED = audit.kind("password.changed", "changed the password of {object}")
PASSWORD_RESET = audit.kind("password.reset", "reset the password of {object} by mail")
FACTOR_ADDED = audit.kind("second_factor.added", "added {what} to {object}")
FACTOR_REMOVED = audit.kind("second_factor.removed", "removed {what} from {object}")
RECOVERY_CODES_REPLACED = audit.kind("second_factor.renewed", "replaced the recovery codes of {object}")
SESSIONS_ENDED = audit.kind("sessions.ended", "ended {sessions} of {object}")
SSO_LINKED = audit.kind("sso.linked", "linked {object} to {provider}")
SSO_UNLINKED = audit.kind("sso.unlinked", "unlinked {object} from {provider}")

MOST_OF_A_PERSON: Final = 10
"""Failed sign-ins of one person in an hour that are written one by one. Later ones are written ever less often."""
MOST_OF_STRANGERS: Final = 100
"""The same for all addresses that nobody signs in with, together."""
UNKNOWN_PERSON: Final = "an address that nobody signs in with"

_WAYS: Final = {
    "password": "password",
    "socialaccount": "single sign-on",
    "totp": "authenticator app",
    "webauthn": "passkey",
    "recovery_codes": "recovery code",
}
_FACTORS: Final = {"totp": "an authenticator app", "webauthn": "a passkey", "recovery_codes": "recovery codes"}


def sign_in_failed(request: HttpRequest, email: str, reason: str) -> None:
    """What was typed is not written down unless it is the address of somebody who can sign in here.

    People mistake the field for the one of the password.
    """
    person = User.objects.filter(email=email.strip().lower()).first() if email else None
    if person and not person.is_active:
        reason = "the account is deactivated"
    bucket, most = (f"person.{person.pk}", MOST_OF_A_PERSON) if person else ("strangers", MOST_OF_STRANGERS)
    count = worth_writing(f"failed.{bucket}", most, team=None)
    if not count:
        return
    audit.record(
        kind=SIGN_IN_FAILED,
        actor=audit.Actor.of_request(request),
        team=None,
        object_id=str(person.pk) if person else "",
        object_name=person.email if person else UNKNOWN_PERSON,
        details={"reason": reason, "failed_this_hour": count},
    )


def sessions_ended(request: HttpRequest, user: User, number: int) -> None:
    sessions = "one other session" if number == 1 else f"{number} other sessions"
    _record(SESSIONS_ENDED, request, user, sessions=sessions)


def _record(kind: str, request: HttpRequest, user: User, **details: object) -> None:
    audit.record_for_people(kind=kind, actor=audit.Actor.of_request(request), user=user, details=details)


def _on_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    records = get_authentication_records(request, user)
    ways = [_WAYS.get(record.get("type") or record["method"], record["method"]) for record in records]
    _record(SIGNED_IN, request, user, how=" and ".join(dict.fromkeys(ways)) or "an earlier proof")


def _on_sign_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        _record(SIGNED_OUT, request, user)


def _on_wrong_password(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None:
        email = credentials.get("email") or credentials.get("username") or ""
        sign_in_failed(request, str(email), "wrong password")


def _on_wrong_code(request: HttpRequest, user: User, **_: Any) -> None:
    sign_in_failed(request, user.email, "wrong code of the second factor")


def _on_password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    _record(PASSWORD_CHANGED, request, user)


def _on_password_reset(request: HttpRequest, user: User, **_: Any) -> None:
    _record(PASSWORD_RESET, request, user)


def _on_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(FACTOR_ADDED, request, user, what=_what(authenticator))


def _on_factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(FACTOR_REMOVED, request, user, what=_what(authenticator))


def _on_factor_reset(request: HttpRequest, user: User, **_: Any) -> None:
    _record(RECOVERY_CODES_REPLACED, request, user)


def _what(authenticator: Authenticator) -> str:
    name = printable(str(authenticator.data.get("name", "")))
    return _FACTORS[authenticator.type] + (f" “{name}”" if name else "")


def _on_linked(request: HttpRequest, sociallogin: SocialLogin, **_: Any) -> None:
    """Often in the middle of signing in: whoever the provider has named is the one who does it."""
    user = sociallogin.user
    actor = replace(audit.Actor.of_request(request), name=str(user), user_id=user.pk)
    details = {"provider": settings.GATEHOUSE_OIDC_NAME}
    audit.record_for_people(kind=SSO_LINKED, actor=actor, user=user, details=details)


def _on_unlinked(request: HttpRequest, socialaccount: SocialAccount, **_: Any) -> None:
    _record(SSO_UNLINKED, request, socialaccount.user, provider=settings.GATEHOUSE_OIDC_NAME)


def connect() -> None:
    for signal, receiver in (
        (account.user_logged_in, _on_sign_in),
        (user_logged_out, _on_sign_out),
        (user_login_failed, _on_wrong_password),
        (factors.authentication_failed, _on_wrong_code),
        (account.password_changed, _on_password_changed),
        (account.password_set, _on_password_changed),
        (account.password_reset, _on_password_reset),
        (factors.authenticator_added, _on_factor_added),
        (factors.authenticator_removed, _on_factor_removed),
        (factors.authenticator_reset, _on_factor_reset),
        (social.social_account_added, _on_linked),
        (social.social_account_removed, _on_unlinked),
    ):
        signal.connect(receiver, dispatch_uid=f"audit.{receiver.__name__}")
