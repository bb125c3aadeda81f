"""A request as it arrived: cleaned of ambiguous headers, with client address and credential read from the raw ones."""

from binascii import hexlify
from collections.abc import Iterable
from os import urandom
from typing import Any

from console.enforcement.credentials import holds_key, read_credential
from console.enforcement.decision import Credential
from ipsubnets.addresses import Address
from ipsubnets.client_address import TrustedProxies, client_address

Scope = dict[str, Any]
RawHeaders = list[tuple[bytes, bytes]]


class Arrival:
    """What the front door knows of a request before anybody else sees it."""

    __slots__ = ("address", "credential", "headers", "request_id")

    def __init__(self, scope: Scope, trusted: TrustedProxies) -> None:
        self.request_id = hexlify(urandom(12)).decode("ascii")
        authorizations: list[bytes] = []
        api_keys: list[bytes] = []
        forwarded_for: list[bytes] = []
        self.headers: RawHeaders = []
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorizations.append(value)
            elif name == b"x-api-key":
                api_keys.append(value)
            elif b"_" not in name:
                if name == b"x-forwarded-for":
                    forwarded_for.append(value)
                self.headers.append((name, value))
        self.credential = self._credential(scope, authorizations, api_keys)
        client = scope.get("client")
        self.address: Address | None = client_address(client[0] if client else None, forwarded_for, trusted)

    @staticmethod
    def _credential(scope: Scope, authorizations: list[bytes], api_keys: list[bytes]) -> Credential:
        credential = read_credential(authorizations, api_keys)
        if not credential.given and holds_key(_url(scope)):
            return credential._replace(in_url=True)
        return credential


def _url(scope: Scope) -> bytes:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return path + b"?" + query


def to_wsgi_names(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers as a WSGI environment holds them (PEP 3333); repeated ones joined in order (RFC 9110, 5.3)."""
    environ: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        if name not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            name = "HTTP_" + name
        value = raw_value.decode("latin-1")
        if name in environ:
            value = environ[name] + ("; " if name == "HTTP_COOKIE" else ",") + value
        environ[name] = value
    return environ
