"""The written form of a key: `<prefix>_<id>_<secret><checksum>`.

* prefix: fixed per installation, so that secret scanners find keys; underscores, so that a double click selects all.
* id: 12 base62 characters, public: it appears in lists, logs and audit.
* secret: 32 base62 characters, 190 bits from the operating system's generator.
* checksum: CRC-32 (ISO 3309) of everything before it, as 6 base62 characters. It tells a mistyped key from an unknown
  one without a look-up; it proves nothing, since anybody can compute it.
"""

import re
import secrets
import zlib
from dataclasses import dataclass, field
from typing import Final

from teams.public_ids import ALPHABET, LENGTH, new_public_id

SECRET_LENGTH: Final = 32
CHECKSUM_LENGTH: Final = 6

PREFIX_FORMAT: Final = re.compile(r"[a-z][a-z0-9]{1,15}")
KEY_PATTERN: Final = rf"[a-z][a-z0-9]{{1,15}}_[0-9A-Za-z]{{{LENGTH}}}_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}"
"""The regular expression for secret scanners."""

MOST_IN_A_TEXT: Final = 1000

_KEY: Final = re.compile(
    rf"([a-z][a-z0-9]{{1,15}}_([0-9A-Za-z]{{{LENGTH}}})_[0-9A-Za-z]{{{SECRET_LENGTH}}})"
    rf"([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)
_ANYWHERE: Final = re.compile(rf"(?<![0-9A-Za-z]){KEY_PATTERN}(?![0-9A-Za-z])")
"""Also after a prefix that somebody has glued to it with an underscore, as names of variables are."""
_PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that has just been made: the only object that ever holds one. `repr` does not show it."""

    id: str
    prefix: str
    text: str = field(repr=False)


def new_key(prefix: str) -> NewKey:
    key_id = new_public_id()
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    body = f"{prefix}_{key_id}_{secret}"
    return NewKey(id=key_id, prefix=prefix, text=body + checksum(body))


def checksum(body: str) -> str:
    """CRC-32 of the ASCII text, base62, most significant digit first, padded to 6 characters."""
    rest, low = divmod(zlib.crc32(body.encode("ascii")), 3844)
    high, middle = divmod(rest, 3844)
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]


def key_id_of(text: str) -> str | None:
    """The public id in a well-formed key, or None for anything else: wrong shape, or a checksum that does not match."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    body, key_id, given = match.groups()
    return key_id if checksum(body) == given else None


def keys_in(text: str) -> list[str]:
    """The well-formed keys in a text that holds anything, each once, at most `MOST_IN_A_TEXT` of them."""
    found: dict[str, None] = {}
    for match in _ANYWHERE.finditer(text):
        if len(found) < MOST_IN_A_TEXT and key_id_of(match[0]) is not None:
            found[match[0]] = None
    return list(found)
