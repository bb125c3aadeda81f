"""What the database keeps of a key: `HMAC-SHA-256(pepper, key)`.

A key holds 190 random bits, so a fast keyed hash is the right one (NIST SP 800-63B, 5.1.2.2, look-up secrets): there is
nothing to guess that a slow hash could protect, and a slow hash would let anybody spend the gate's time. The pepper
(a key of the hash, kept outside the database) makes a stolen database useless for testing guesses. Peppers are
numbered: new keys use the highest, keys made with another keep working as long as it is configured.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from django.conf import settings

SHORTEST: Final = 32
HIGHEST_NUMBER: Final = 32_767
"""What the databases' small integers hold."""
_ENTRY = re.compile(r"([1-9][0-9]{0,4}):([A-Za-z0-9+/=_-]+)")


class BadKeyring(ValueError):
    """The setting is not a list of numbered secrets. The message never quotes a secret."""


def parse_keyring(setting: str, *, length: int | None = None) -> dict[int, bytes]:
    """Read `1:BASE64,2:BASE64`. Each secret has `length` bytes, or at least 32. Raises `BadKeyring`."""
    keyring: dict[int, bytes] = {}
    for position, entry in enumerate(setting.replace(",", " ").split(), start=1):
        match = _ENTRY.fullmatch(entry)
        if not match:
            raise BadKeyring(f"entry {position} is not of the form NUMBER:BASE64")
        number = int(match[1])
        if number > HIGHEST_NUMBER:
            raise BadKeyring(f"number {number} is higher than {HIGHEST_NUMBER}")
        try:
            secret = base64.urlsafe_b64decode(match[2].replace("+", "-").replace("/", "_"))
        except binascii.Error:
            raise BadKeyring(f"number {number} is not base64") from None
        if number in keyring:
            raise BadKeyring(f"number {number} appears twice")
        if len(secret) != length if length else len(secret) < SHORTEST:
            raise BadKeyring(f"number {number} must have {length or f'at least {SHORTEST}'} bytes")
        keyring[number] = secret
    if not keyring:
        raise BadKeyring("it is empty")
    return keyring


@lru_cache(maxsize=4)
def _parsed(setting: str) -> Mapping[int, bytes]:
    return parse_keyring(setting)


def peppers() -> Mapping[int, bytes]:
    """The configured peppers by number."""
    return _parsed(settings.GATEHOUSE_KEY_PEPPERS)


def newest_pepper() -> int:
    return max(peppers())


def digest(key: str, pepper: bytes) -> bytes:
    """32 bytes."""
    return hmac.digest(pepper, key.encode("ascii"), "sha256")
