"""Finding the credential of a request: exactly one, exactly once, in a header."""

import re
from typing import Final

from apikeys.key_format import KEY_PATTERN
from console.enforcement.decision import MALFORMED_CREDENTIAL, NO_CREDENTIAL, Credential

LONGEST: Final = 128
_KEY_ANYWHERE: Final = re.compile(KEY_PATTERN.encode("ascii"))


def read_credential(authorizations: list[bytes], api_keys: list[bytes]) -> Credential:
    """From every `Authorization` and every `X-API-Key` header of a request, as received.

    `Bearer` (RFC 6750; the scheme in any case, one space) or the bare key. More than one header of either kind is
    refused, even with the same key twice: two parties that read different ones would judge different callers.
    """
    if len(authorizations) + len(api_keys) != 1:
        return MALFORMED_CREDENTIAL if authorizations or api_keys else NO_CREDENTIAL
    if api_keys:
        value = api_keys[0]
    else:
        value = authorizations[0]
        if value[:7].lower() != b"bearer ":
            return MALFORMED_CREDENTIAL
        value = value[7:]
    if not value or len(value) > LONGEST or not value.isascii():
        return MALFORMED_CREDENTIAL
    return Credential(value.decode("ascii"), given=True)


def holds_key(path_and_query: bytes) -> bool:
    """Whether a URL holds something of a key's shape: it is never read, but its sender is told where to put it."""
    return _KEY_ANYWHERE.search(path_and_query) is not None
