"""Second factors: how their secrets are kept, and where passkeys work."""

import base64
import ipaddress
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from qrcode.constants import ERROR_CORRECT_M  # type: ignore[import-untyped]
from qrcode.main import QRCode  # type: ignore[import-untyped]

from apikeys.sealing import sealing_keys
from teams.models import User

PURPOSE: Final = b"gatehouse second factors"
NONCE_LENGTH: Final = 12
LOCALHOST: Final = "localhost"
QUIET_ZONE: Final = 4
"""Modules of white around a QR code (ISO/IEC 18004, 6.3.8)."""


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That code is not right, or it has been used already.",
        "unreadable": "This server can no longer read your second factor. Ask whoever runs it for help.",
    }

    def encrypt(self, text: str) -> str:
        """AES-256-GCM with a key derived (RFC 5869) from the newest sealing key: a stolen database holds no codes."""
        number = max(sealing_keys())
        nonce = os.urandom(NONCE_LENGTH)
        sealed = nonce + _cipher(number).encrypt(nonce, text.encode(), PURPOSE)
        return f"{number}:{base64.b64encode(sealed).decode('ascii')}"

    def decrypt(self, encrypted_text: str) -> str:
        """Raises `ValidationError` for what was sealed with a key that is no longer configured."""
        number, _, encoded = encrypted_text.partition(":")
        try:
            sealed = base64.b64decode(encoded, validate=True)
            return _cipher(int(number)).decrypt(sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:], PURPOSE).decode()
        except (InvalidTag, KeyError, ValueError):
            raise self.validation_error("unreadable") from None

    def build_totp_svg(self, url: str) -> str:
        """As elements of the page: neither an image from elsewhere nor a style, both of which the CSP refuses."""
        code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
        code.add_data(url)
        rows = code.get_matrix()
        dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
        return (
            f'<svg class="qr-code" viewBox="0 0 {len(rows)} {len(rows)}" role="img" aria-label="QR code"'
            f' shape-rendering="crispEdges"><path d="{dark}"/></svg>'
        )

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The public address, whatever host the request names."""
        return {"id": LOCALHOST if on_loopback() else settings.PUBLIC.hostname or "", "name": "Gatehouse"}

    def generate_authenticator_name(self, user: Any, type: str) -> str:  # noqa: A002 - named by allauth
        count = user.authenticator_set.filter(type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"


def _cipher(number: int) -> AESGCM:
    """Raises `KeyError` for a sealing key that is not configured."""
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(sealing_keys()[number]))


def passkeys_work(request: HttpRequest) -> bool:
    """Browsers make passkeys for a domain reached over TLS, and for `localhost`, never for an IP address.

    (Web Authentication Level 3, 5.1.3: the origin's effective domain.) A console on this very machine is reached by
    its address, as the one that starts it prints it, and by the name `localhost`: there they work.
    """
    if on_loopback():
        return request.get_host().partition(":")[0] == LOCALHOST
    host = settings.PUBLIC.hostname or ""
    if _address(host):
        return False
    return bool(host) and (settings.SERVED_OVER_TLS or host == LOCALHOST or host.endswith(".localhost"))


def where_passkeys_work(request: HttpRequest) -> str:
    """The same page where passkeys work, for somebody who is at this machine and uses its address; else empty."""
    if not on_loopback() or passkeys_work(request):
        return ""
    return f"http://{LOCALHOST}:{settings.PUBLIC.port or 80}{request.path}"


def on_loopback() -> bool:
    """Whether the public address is one that only this machine reaches: there is a name for it as well."""
    address = _address(settings.PUBLIC.hostname or "")
    return address is not None and address.is_loopback and not settings.SERVED_OVER_TLS


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


@dataclass(frozen=True)
class Passkey:
    pk: int
    name: str
    alone: bool | None
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    """What a person proves who they are with, beside the password."""

    app: Authenticator | None
    passkeys: list[Passkey]
    recovery_codes_left: int | None

    @property
    def any(self) -> bool:
        return self.app is not None or bool(self.passkeys)


def factors_of(user: User) -> Factors:
    """In one query."""
    rows = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    by_type = {row.type: row for row in rows}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    return Factors(
        app=by_type.get(Authenticator.Type.TOTP),
        passkeys=[
            Passkey(row.pk, str(row), row.wrap().is_passwordless, row.created_at, row.last_used_at)
            for row in rows
            if row.type == Authenticator.Type.WEBAUTHN
        ],
        recovery_codes_left=_codes_left(codes) if codes else None,
    )


def _codes_left(codes: Authenticator) -> int:
    return settings.MFA_RECOVERY_CODE_COUNT - int(codes.data["used_mask"]).bit_count()
