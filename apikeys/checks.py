"""System checks: a gate with a wrong keyring does not start."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from apikeys.digests import BadKeyring, parse_keyring
from apikeys.key_format import PREFIX_FORMAT
from apikeys.sealing import KEY_LENGTH


@register
def check_secrets(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:  # noqa: ARG001
    found: list[CheckMessage] = []
    try:
        parse_keyring(settings.GATEHOUSE_KEY_PEPPERS)
    except BadKeyring as error:
        found.append(
            Error(
                f"GATEHOUSE_KEY_PEPPERS cannot be used: {error}.",
                hint="Write numbered base64 secrets of 32 bytes or more: 1:BASE64,2:BASE64.",
                id="gatehouse.E101",
            )
        )
    try:
        parse_keyring(settings.GATEHOUSE_SEALING_KEYS, length=KEY_LENGTH)
    except BadKeyring as error:
        found.append(
            Error(
                f"GATEHOUSE_SEALING_KEYS cannot be used: {error}.",
                hint="Write numbered base64 keys of exactly 32 bytes: 1:BASE64,2:BASE64.",
                id="gatehouse.E102",
            )
        )
    if not PREFIX_FORMAT.fullmatch(settings.GATEHOUSE_KEY_PREFIX):
        found.append(
            Error(
                "GATEHOUSE_KEY_PREFIX is not 2 to 16 lower-case letters and digits beginning with a letter.",
                hint="For example: gate, acme or acmelive.",
                id="gatehouse.E103",
            )
        )
    return found
