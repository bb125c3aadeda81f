"""How signing in differs from allauth's defaults."""

from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from console import sign_in_events, single_sign_on
from console.active_sessions import device_name
from console.mail import post
from teams.email_addresses import fold_address
from teams.errors import RefusedChange
from teams.models import User

NOWHERE: Final = "::"
"""The address (RFC 4291, 2.5.2) that stands for having none, where an address has to stand."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This e-mail address and password do not belong together.",
        "enter_current_password": "This is not your current password.",
        "incorrect_code": "That code is not right, or it has been used already.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": "Too many failed attempts. Wait a few minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody signs up by themselves: people are brought in by their team."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The front door's answer, for counting attempts; all requests from nowhere count as one address."""
        return str(request.META.get("REMOTE_ADDR") or NOWHERE)

    def is_safe_url(self, url: str) -> bool:
        """Whether to go there after signing in or out: to a page of this console, which names no host at all."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def is_ajax(self, request: HttpRequest) -> bool:
        """Only the script for passkeys asks for JSON. Other pages have one form, and it is HTML."""
        match = request.resolver_match
        return (
            match is not None
            and match.view_name == "mfa_login_webauthn"
            and request.headers.get("Accept") == "application/json"
        )

    def get_login_stages(self) -> list[str]:
        """What comes after the password."""
        return ["allauth.mfa.stages.AuthenticateStage"]

    def clean_email(self, email: str) -> str:
        try:
            return fold_address(email)
        except RefusedChange as refused:
            raise ValidationError(refused.message) from None

    # Mail

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Never made of the request: whoever asks for the mail chooses the request's Host header."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return f"{settings.GATEHOUSE_PUBLIC_URL}{path.replace('UID-KEY', key)}"

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:  # noqa: ARG002
        """To the address of the account, not to what was typed."""
        self.send_mail("account/email/password_reset_key", user.email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        context = {"public_url": settings.GATEHOUSE_PUBLIC_URL, **context}
        post(self.render_mail(template_prefix, email, context))

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        device = device_name(self.request.META.get("HTTP_USER_AGENT", ""))
        super().send_notification_mail(template_prefix, user, {"device": device, **(context or {})}, email)

    # Guessing is slow

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002
        """allauth's own names the request's Host as well: whoever varies it would have as many attempts as hosts."""
        return str(credentials.get("email", "")).strip().lower()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            sign_in_events.sign_in_failed(request, credentials.get("email", ""), "too many attempts")
            raise

    # Who they are, proved again

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        texts = {
            "reauthenticate": "Use your password",
            "mfa_reauthenticate": "Use a code",
            "mfa_reauthenticate:webauthn": "Use a passkey",
        }
        methods = super().get_reauthentication_methods(user)
        methods = [{**method, "description": texts[method["id"]]} for method in methods]
        if not methods and single_sign_on.is_linked(user):
            methods = [{"id": "single_sign_on", "url": reverse("single_sign_on_again"), "description": "Sign in again"}]
        return methods

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return reverse("console:security")
