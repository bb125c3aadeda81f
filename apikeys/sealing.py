"""Sealed copies: how a key can be copied again later without the database ever holding it in the clear.

AES-256-GCM twice (NIST SP 800-38D): each copy is encrypted with a data key of its own, and the data key is wrapped with
a numbered sealing key from the settings. Both bind the copy to its key and team as associated data, so a copy moved to
another row does not open.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from apikeys.digests import parse_keyring

KEY_LENGTH: Final = 32
NONCE_LENGTH: Final = 12
WRAPPED_LENGTH: Final = NONCE_LENGTH + KEY_LENGTH + 16


class CannotUnseal(Exception):
    """The copy was tampered with, belongs elsewhere, or its sealing key is not configured."""


@lru_cache(maxsize=4)
def _parsed(setting: str) -> Mapping[int, bytes]:
    return parse_keyring(setting, length=KEY_LENGTH)


def sealing_keys() -> Mapping[int, bytes]:
    """The configured sealing keys by number."""
    return _parsed(settings.GATEHOUSE_SEALING_KEYS)


def seal(key: str, *, key_id: str, team_id: int) -> tuple[int, bytes]:
    """The number of the sealing key used, and the sealed copy."""
    number = max(sealing_keys())
    bound_to = _associated_data(key_id, team_id, number)
    data_key = AESGCM.generate_key(KEY_LENGTH * 8)
    wrapped = _encrypt(sealing_keys()[number], data_key, bound_to)
    return number, wrapped + _encrypt(data_key, key.encode("ascii"), bound_to)


def unseal(sealed: bytes, *, number: int, key_id: str, team_id: int) -> str:
    """The key. Raises `CannotUnseal`."""
    sealing_key = sealing_keys().get(number)
    if sealing_key is None:
        raise CannotUnseal(f"Sealing key number {number} is not configured.")
    bound_to = _associated_data(key_id, team_id, number)
    try:
        data_key = _decrypt(sealing_key, sealed[:WRAPPED_LENGTH], bound_to)
        return _decrypt(data_key, sealed[WRAPPED_LENGTH:], bound_to).decode("ascii")
    except (InvalidTag, ValueError):
        raise CannotUnseal("The sealed copy does not match its key.") from None


def _encrypt(secret: bytes, text: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE_LENGTH)
    return nonce + AESGCM(secret).encrypt(nonce, text, bound_to)


def _decrypt(secret: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    return AESGCM(secret).decrypt(sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:], bound_to)


def _associated_data(key_id: str, team_id: int, number: int) -> bytes:
    return f"gatehouse sealed copy/{team_id}/{key_id}/{number}".encode("ascii")
