"""ETags (RFC 9110, 8.8.3): whether a thing is still what somebody has read.

They cover all that can be changed, and not when a key was last used: a program that changes a key in use could
otherwise never be sure of its If-Match. So they are for If-Match only; answers are stored nowhere anyway.
"""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

from console.api.errors import MALFORMED_REQUEST, PRECONDITION_FAILED, PRECONDITION_REQUIRED, Problem
from console.api.representations import Json

_ENTITY_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_IF_MATCH: Final = re.compile(rf"\s*(?:\*|{_ENTITY_TAG}(?:\s*,\s*{_ENTITY_TAG})*)\s*")
_NOT_CHANGED_BY_ANYBODY: Final = frozenset({"status", "last_used_at", "last_used_from", "owner_name"})


def etag_of(document: Json) -> str:
    """Of a representation of a key or a network."""
    lasting = sorted((name, value) for name, value in document.items() if name not in _NOT_CHANGED_BY_ANYBODY)
    digest = sha256(repr(lasting).encode()).digest()[:15]
    return f'"{urlsafe_b64encode(digest).decode("ascii")}"'


def require_match(if_match: str | None, etag: str) -> None:
    """Raises `Problem` unless the header is there and names this ETag."""
    if if_match is None:
        raise Problem(PRECONDITION_REQUIRED, "Send If-Match with the ETag of what you have read.")
    refuse_mismatch(if_match, etag)


def refuse_mismatch(if_match: str | None, etag: str) -> None:
    """Raises `Problem` when the header is there and does not name this ETag. Weak ones never match."""
    if if_match is None or if_match.strip() == "*":
        return
    if not _IF_MATCH.fullmatch(if_match):
        raise Problem(MALFORMED_REQUEST, "If-Match is “*”, or entity tags in double quotes.")
    if etag not in re.findall(_ENTITY_TAG, if_match):
        raise Problem(PRECONDITION_FAILED, "It has been changed since you read it.", headers={"ETag": etag})
