"""A client that sends raw headers through the front door's own code to Django, in the thread of the test.

So the test's transaction is visible, and headers arrive as a server hands them over: doubled, with underscores, not
ASCII. What needs the real event loop and a real socket is tested against a running server.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from console.arrival import Arrival
from console.django_handlers import DjangoApplication
from console.wsgi_bridge import WSGIBridge, build_environ
from ipsubnets.client_address import TrustedProxies

OFFICE = "198.51.100.7"
"""The address that requests come from unless a test says otherwise."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(self.body))


class FrontDoorClient:
    def __init__(self) -> None:
        self._bridge = WSGIBridge(DjangoApplication(), threads=1, longest_queue=1)

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        headers: list[tuple[str | bytes, str | bytes]] | None = None,
        address: str | None = OFFICE,
        body: bytes = b"",
    ) -> Answer:
        raw_path, _, query = path.partition("?")
        raw = [(_bytes(name).lower(), _bytes(value)) for name, value in headers or []]
        if key is not None:
            raw.append((b"authorization", b"Bearer " + key.encode()))
        scope = {
            "type": "http",
            "method": method,
            "http_version": "1.1",
            "path": raw_path,
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "headers": [(b"host", b"127.0.0.1:8000"), *raw],
            "client": (address, 40000) if address else None,
        }
        arrival = Arrival(scope, TrustedProxies.parse(settings.GATEHOUSE_TRUSTED_PROXIES))
        with _kept_connections():
            answer = self._bridge._run(build_environ(scope, arrival, body))
        return Answer(
            status=answer.status,
            headers={name.decode(): value.decode("latin-1") for name, value in answer.headers},
            body=answer.body,
        )


@contextmanager
def _kept_connections() -> Iterator[None]:
    """Django would close the connection at the end of a request, and with it the test's transaction."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")
