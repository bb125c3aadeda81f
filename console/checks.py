"""System checks: a wrong setting is an error with a hint, and the server refuses to start with it."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from ipsubnets.client_address import TrustedProxies
from ipsubnets.networks import NotANetwork


@register
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:  # noqa: ARG001
    found: list[CheckMessage] = []
    try:
        TrustedProxies.parse(settings.GATEHOUSE_TRUSTED_PROXIES)
    except NotANetwork as error:
        found.append(
            Error(
                f"GATEHOUSE_TRUSTED_PROXIES cannot be used: {error}",
                hint="Write addresses and networks separated by commas, and “unix” for proxies on a unix socket.",
                id="gatehouse.E201",
            )
        )
    if settings.PUBLIC.scheme not in {"http", "https"} or not settings.PUBLIC.hostname or settings.PUBLIC.path:
        found.append(
            Error(
                "GATEHOUSE_PUBLIC_URL is not the address of a site.",
                hint="Write scheme and host, without a path: https://gatehouse.example.com",
                id="gatehouse.E202",
            )
        )
    if settings.GATEHOUSE_STALE_GRACE < 0:
        found.append(
            Error("GATEHOUSE_STALE_GRACE is negative.", hint="Seconds, 0 or more.", id="gatehouse.E203"),
        )
    return found
