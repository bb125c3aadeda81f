"""A request as it arrived: cleaned of ambiguous headers, with client address and credential read from the raw ones."""

from collections.abc import Iterable
from functools import lru_cache
from random import Random
from typing import Any, Final

from console.enforcement.credentials import holds_key, read_credential
from console.enforcement.origin import Origin, origin_of
from ipsubnets.addresses import Address
from ipsubnets.client_address import TrustedProxies, client_address

Scope = dict[str, Any]
RawHeaders = list[tuple[bytes, bytes]]

CREDENTIAL_HEADERS: Final = frozenset({b"authorization", b"x-api-key"})
ORIGINAL_PATHS: Final = (b"x-forwarded-uri", b"x-original-uri", b"x-original-url")
"""In which proxies tell what they were asked for: Traefik and Caddy, nginx, and its ingress controller."""
LONGEST_REMEMBERED: Final = 256
"""Bytes of `X-Forwarded-For` up to which the client's address is remembered."""

# Request IDs have to differ, not to be unguessable: the operating system is asked for a seed, not for each of them.
_random_bits = Random().getrandbits  # noqa: S311


class Arrival:
    """What the front door knows of a request before anybody else sees it."""

    __slots__ = ("_path", "_raw_headers", "address", "credential", "request_id")

    def __init__(self, scope: Scope, trusted: TrustedProxies) -> None:
        self.request_id = f"{_random_bits(96):024x}"
        self._path: str = scope["path"]
        self._raw_headers: RawHeaders = scope["headers"]
        authorizations: list[bytes] = []
        api_keys: list[bytes] = []
        forwarded_for: list[bytes] = []
        for name, value in self._raw_headers:
            if name == b"authorization":
                authorizations.append(value)
            elif name == b"x-api-key":
                api_keys.append(value)
            elif name == b"x-forwarded-for":
                forwarded_for.append(value)
        credential = read_credential(authorizations, api_keys)
        if not credential.given and holds_key(_url(scope)):
            credential = credential._replace(in_url=True)
        self.credential = credential
        client = scope.get("client")
        peer = client[0] if client else None
        if sum(map(len, forwarded_for)) <= LONGEST_REMEMBERED:
            self.address = _remembered_address(peer, tuple(forwarded_for), trusted)
        else:
            self.address = client_address(peer, forwarded_for, trusted)

    @property
    def headers(self) -> RawHeaders:
        """The request's headers without those that hold a credential, and without names with an underscore."""
        return [header for header in self._raw_headers if b"_" not in header[0] and header[0] not in CREDENTIAL_HEADERS]

    @property
    def origin(self) -> Origin:
        """For a request that a proxy asks about: what the proxy says was asked for, or else what follows `/authz`."""
        said = dict(reversed(self._raw_headers))
        path = next((said[name] for name in ORIGINAL_PATHS if name in said), b"").decode("latin-1")
        return origin_of(path or self._path, said.get(b"user-agent", b"").decode("latin-1"))


@lru_cache(maxsize=4096)
def _remembered_address(peer: str | None, forwarded_for: tuple[bytes, ...], trusted: TrustedProxies) -> Address | None:
    return client_address(peer, forwarded_for, trusted)


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
