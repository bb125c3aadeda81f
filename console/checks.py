"""System checks: a wrong setting is an error with a hint, and the server refuses to start with it."""

from collections.abc import Sequence
from math import inf
from typing import Final
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from console.environment import unusable
from console.leaks.scanners import BadScannerKeys, parse_scanner_keys
from ipsubnets.addresses import parse_address
from ipsubnets.client_address import TrustedProxies
from ipsubnets.networks import NotANetwork


@register
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:  # noqa: ARG001
    found: list[CheckMessage] = [
        Error(f"{variable.name} cannot be read.", hint=variable.hint, id="gatehouse.E200") for variable in unusable
    ]
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
    try:
        TrustedProxies.parse(settings.GATEHOUSE_METRICS_NETWORKS)
    except NotANetwork as error:
        found.append(
            Error(
                f"GATEHOUSE_METRICS_NETWORKS cannot be used: {error}",
                hint="Write the addresses and networks that may read /metrics, separated by commas.",
                id="gatehouse.E207",
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
    if not 0 <= settings.GATEHOUSE_STALE_GRACE < inf:
        found.append(
            Error("GATEHOUSE_STALE_GRACE is no span of time.", hint="Seconds, 0 or more.", id="gatehouse.E203"),
        )
    if not 1 <= settings.GATEHOUSE_PORT <= 65_535:
        found.append(Error("GATEHOUSE_PORT is not a port.", hint="A number from 1 to 65535.", id="gatehouse.E204"))
    if settings.GATEHOUSE_WORKERS < 1:
        found.append(
            Error("GATEHOUSE_WORKERS leaves nobody to answer.", hint="A number of processes.", id="gatehouse.E205")
        )
    if not 0 <= settings.GATEHOUSE_REMINDER_HOUR <= 23:
        found.append(
            Error("GATEHOUSE_REMINDER_HOUR is no hour of the day.", hint="A number from 0 to 23.", id="gatehouse.E208")
        )
    try:
        parse_scanner_keys(settings.GATEHOUSE_SCANNER_KEYS)
    except BadScannerKeys as error:
        found.append(
            Error(
                f"GATEHOUSE_SCANNER_KEYS cannot be used: {error}.",
                hint="Write IDENTIFIER:BASE64 for each scanner, the base64 of its public key being one line.",
                id="gatehouse.E209",
            )
        )
    if parse_address(settings.GATEHOUSE_HOST) is None:
        found.append(
            Error(
                "GATEHOUSE_HOST is not an IP address.",
                hint="Write 127.0.0.1 or ::1 for this machine, 0.0.0.0 or :: for all its networks.",
                id="gatehouse.E206",
            )
        )
    return found


LONGEST_ISSUER: Final = 200
"""Characters: links of accounts name the provider in a column of that width."""
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@register
def check_single_sign_on(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    **kwargs: object,  # noqa: ARG001
) -> list[CheckMessage]:
    """Half a configuration would be no sign-on at all, and nobody would know why."""
    names = ("GATEHOUSE_OIDC_ISSUER", "GATEHOUSE_OIDC_CLIENT_ID", "GATEHOUSE_OIDC_CLIENT_SECRET")
    missing = [name for name in names if not getattr(settings, name)]
    if len(missing) == len(names):
        return []
    if missing:
        return [
            Error(
                f"Single sign-on is half configured. Missing: {', '.join(missing)}.",
                hint=f"Set {', '.join(names)}, or none of them.",
                id="gatehouse.E210",
            )
        ]
    found: list[CheckMessage] = []
    try:
        issuer = urlsplit(settings.GATEHOUSE_OIDC_ISSUER)
    except ValueError:
        issuer = urlsplit("")
    secure = issuer.scheme == "https" or (issuer.scheme == "http" and issuer.hostname in LOOPBACK)
    if not secure or not issuer.hostname:
        found.append(
            Error(
                "GATEHOUSE_OIDC_ISSUER is not an https address.",
                hint="Write the issuer as the provider names it: https://login.example.com/tenant",
                id="gatehouse.E211",
            )
        )
    if (
        issuer.query
        or issuer.fragment
        or "/.well-known/" in issuer.path
        or len(settings.GATEHOUSE_OIDC_ISSUER) > LONGEST_ISSUER
    ):
        found.append(
            Error(
                "GATEHOUSE_OIDC_ISSUER is not an issuer.",
                hint=f"Without /.well-known/…, query and fragment, and at most {LONGEST_ISSUER} characters.",
                id="gatehouse.E212",
            )
        )
    return found
