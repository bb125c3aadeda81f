"""How signing in differs from allauth's defaults."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody signs up by themselves: people are brought in by their team."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The front door's answer, for counting attempts; a request from nowhere counts as one address."""
        return str(request.META.get("REMOTE_ADDR") or "unknown")
