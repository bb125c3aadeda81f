"""The secret in an invitation's link: 190 random bits, of which the database keeps a SHA-256.

That many bits leave nothing to guess, so a fast hash without a key is enough (NIST SP 800-63B, 5.1.2.2, look-up
secrets).
"""

import hashlib
import re
import secrets
from typing import Final

from teams.public_ids import ALPHABET

LENGTH: Final = 32
_FORM: Final = re.compile(rf"[0-9A-Za-z]{{{LENGTH}}}")


def new_token() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def digest_of(token: str) -> bytes | None:
    """32 bytes; None for what cannot be a token."""
    return hashlib.sha256(token.encode("ascii")).digest() if _FORM.fullmatch(token) else None
