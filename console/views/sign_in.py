"""The sign-in page, with the ways in that this installation has."""

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings

from console.authenticators import passkeys_work
from console.single_sign_on import is_configured


class SignInView(LoginView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["passkeys_work"] = passkeys_work(self.request)
        context["sso_name"] = settings.GATEHOUSE_OIDC_NAME if is_configured() else ""
        return context
