"""Single sign-on with an OpenID Connect provider that the settings name.

It signs in people who are here already, or who are invited, by the address that the provider says is verified. From
then on the account is bound to the provider's own name for the person (`sub`): an address that is given to somebody
else later does not open it.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_removed
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from requests import RequestException

from console import email_change, sign_in_events
from console.public_address import public_url
from teams.email_addresses import fold_address
from teams.errors import RefusedChange
from teams.models import Invitation, User
from teams.texts import clean_line

logger = logging.getLogger("gatehouse.single_sign_on")

KEPT: Final = ("sub", "email", "email_verified", "name")
"""What is kept of the claims."""
DISCOVERY_KEPT_FOR: Final = 600
"""Seconds that the provider's own description is not asked for again."""


class UnfitAnswer(OAuth2Error):  # type: ignore[misc]
    """The provider's answer cannot be relied on. The message holds nothing of the answer."""


def is_configured() -> bool:
    return bool(
        settings.GATEHOUSE_OIDC_ISSUER and settings.GATEHOUSE_OIDC_CLIENT_ID and settings.GATEHOUSE_OIDC_CLIENT_SECRET
    )


def is_linked(user: User) -> bool:
    return link_of(user) is not None


def link_of(user: User) -> SocialAccount | None:
    """With the provider of the settings; links with an earlier one count for nothing."""
    if not is_configured():
        return None
    found: SocialAccount | None = SocialAccount.objects.filter(
        user=user, provider=settings.GATEHOUSE_OIDC_ISSUER
    ).first()
    return found


def is_invited(address: str) -> bool:
    return Invitation.objects.open().filter(email=address).exists()


class _Endpoints(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The provider's addresses, and ours as the provider has to know it."""

    @property
    def openid_config(self) -> Mapping[str, Any]:
        key = f"gatehouse.oidc.{settings.GATEHOUSE_OIDC_ISSUER}"
        known: Mapping[str, Any] | None = cache.get(key)
        if known is None:
            known = super().openid_config
            cache.set(key, known, DISCOVERY_KEPT_FOR)
        return known

    @property
    def basic_auth(self) -> bool:
        """Whether the secret goes into the header; so it does where the provider does not say (Discovery 1.0, 3)."""
        methods = self.openid_config.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return "client_secret_post" not in methods

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:  # noqa: ARG002
        """Not made of the request, which chooses its Host header."""
        return public_url("single_sign_on_callback")


class SingleSignOn(OpenIDConnectProvider):  # type: ignore[misc]
    oauth2_adapter_class = _Endpoints

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:  # noqa: ARG002
        return reverse("single_sign_on_start")

    def get_callback_url(self) -> str:
        return reverse("single_sign_on_callback")

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:  # noqa: ARG002
        return ["openid", "profile", "email"]

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:  # noqa: ARG002
        """Whoever is to prove it again is asked by the provider, too, and not waved through."""
        return {"prompt": "login"} if request.POST.get("again") else {}

    def redirect(self, request: HttpRequest, process: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """By a page that leads on. Browsers hold the CSP's `form-action` against redirects of forms as well."""
        process = process if process == "connect" else "login"
        answer: HttpResponse = super().redirect(request, process, *args, **kwargs)
        if isinstance(answer, HttpResponseRedirect):
            answer = render(request, "socialaccount/continue.html", {"url": answer.url, "provider": self})
            answer["Cache-Control"] = "no-store"
        return answer

    def sociallogin_from_response(self, request: HttpRequest, response: Mapping[str, Any]) -> SocialLogin:
        """Raises `UnfitAnswer` unless both documents are of the provider and of one person (OpenID Connect, 5.3.2)."""
        identity, userinfo = response.get("id_token"), response.get("userinfo")
        if not identity or not userinfo or not identity.get("sub") or identity["sub"] != userinfo.get("sub"):
            raise UnfitAnswer("The provider's answers are not about one person.")
        if str(identity.get("iss", "")).rstrip("/") != settings.GATEHOUSE_OIDC_ISSUER:
            raise UnfitAnswer("The answer comes from another provider.")
        return super().sociallogin_from_response(request, response)

    def extract_extra_data(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"userinfo": {name: data["userinfo"][name] for name in KEPT if name in data["userinfo"]}}

    def extract_email_addresses(self, data: Mapping[str, Any]) -> list[EmailAddress]:
        """Verified is what is `true`, not what is some word."""
        claims = data["userinfo"]
        try:
            address = fold_address(str(claims.get("email") or ""))
        except RefusedChange:
            return []
        return [EmailAddress(email=address, verified=claims.get("email_verified") is True, primary=True)]


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "no_password": "Set a password first: without one you could not sign in any more.",
    }

    def list_apps(
        self,
        request: HttpRequest,  # noqa: ARG002
        provider: str | None = None,
        client_id: str | None = None,  # noqa: ARG002
    ) -> list[SocialApp]:
        """The one of the settings. What might stand in the database is not asked."""
        issuer = settings.GATEHOUSE_OIDC_ISSUER
        if not is_configured() or provider not in {None, SingleSignOn.id, issuer}:
            return []
        return [
            SocialApp(
                provider=SingleSignOn.id,
                provider_id=issuer,
                name=settings.GATEHOUSE_OIDC_NAME,
                client_id=settings.GATEHOUSE_OIDC_CLIENT_ID,
                secret=settings.GATEHOUSE_OIDC_CLIENT_SECRET,
                settings={"server_url": issuer, "oauth_pkce_enabled": True},
            )
        ]

    def on_authentication_error(
        self,
        request: HttpRequest,  # noqa: ARG002
        provider: SingleSignOn,  # noqa: ARG002
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> None:
        """For whoever sets it up. Not what the provider answered: there may be tokens in it."""
        if error != AuthError.CANCELLED:
            told = isinstance(exception, RequestException | UnfitAnswer)
            reason = str(exception) if told else type(exception).__name__
            logger.warning("Single sign-on failed: %s", reason if exception else "no sign-on was under way")

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """Whose address it is, unless that person is bound to another `sub` already."""
        address = _verified_address(sociallogin)
        user = User.objects.filter(email=address).first() if address else None
        return (user, address) if user and not is_linked(user) else None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        sociallogin.token = None  # never needed again, and would be kept in the session while a second factor is asked
        signing_in = sociallogin.state.get("process") != "connect"
        by_address = sociallogin._did_authenticate_by_email  # noqa: SLF001
        if signing_in and by_address and not email_change.is_verified(sociallogin.user):
            _hand_over(request, sociallogin.user)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        address = _verified_address(sociallogin)
        if address and is_invited(address) and not User.objects.filter(email=address).exists():
            return True
        given = sociallogin.email_addresses[0] if sociallogin.email_addresses else None
        sign_in_events.sign_in_failed(request, given.email if given else "", "refused after single sign-on")
        context = {"address": given, "provider": sociallogin.provider, "linked": bool(given and address)}
        raise ImmediateHttpResponse(render(request, "socialaccount/no_account.html", context, status=403))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Mapping[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        try:
            user.full_name = clean_line(str(data.get("name") or ""), longest=150, what="name", field="full_name")
        except RefusedChange:
            user.full_name = ""
        return user


def _verified_address(sociallogin: SocialLogin) -> str:
    return next((address.email for address in sociallogin.email_addresses if address.verified), "")


def _hand_over(request: HttpRequest, user: User) -> None:
    """Whoever was let in before, nobody had proved that the address is theirs; now somebody has.

    An invitation's link can be opened by the admin who made it. So what could let that somebody in again goes: the
    password, second factors and sessions.
    """
    for authenticator in Authenticator.objects.filter(user=user):
        authenticator.delete()
        authenticator_removed.send(Authenticator, request=request, user=user, authenticator=authenticator)
    if user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        messages.info(request, "Your old password no longer works. You can set a new one under Security.")
    end_other_sessions(request, user)
    email_change.mark_verified(user)
