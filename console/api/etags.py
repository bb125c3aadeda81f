"""ETags (RFC 9110, 8.8.3): whether a thing is still what somebody has read.

They cover all that can be changed, and not when a key was last used: a program that changes a key in use could
otherwise never be sure of its If-Match. So they are for If-Match only; answers are stored nowhere anyway.
"""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

from apikeys.models import ApiKey
from console.api.errors import MALFORMED_REQUEST, PRECONDITION_FAILED, PRECONDITION_REQUIRED, Problem
from console.api.representations import key_json, subnet_json
from ipsubnets.models import IPSubnet

_ENTITY_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_IF_MATCH: Final = re.compile(rf"\s*(?:\*|{_ENTITY_TAG}(?:\s*,\s*{_ENTITY_TAG})*)\s*")
_DEPEND_ON_TIME: Final = frozenset({"status", "last_used_at", "last_used_from", "on_trial_until", "owner_name"})


def etag_of_key(apikey: ApiKey) -> str:
    return _etag(key_json(apikey))


def etag_of_subnet(subnet: IPSubnet) -> str:
    return _etag(subnet_json(subnet) | {"trial": subnet.trial})


def _etag(document: dict[str, object]) -> str:
    lasting = sorted((name, value) for name, value in document.items() if name not in _DEPEND_ON_TIME)
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
