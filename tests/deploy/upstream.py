"""The API behind the proxies: it knows nothing of Gatehouse, notes what reaches it, and says so in its answer.

And something that stands where Gatehouse should, and answers what a test tells it to.
"""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeVar


@dataclass(frozen=True)
class Arrived:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found.lower() == name.lower()]


class Upstream(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.arrived: list[Arrived] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A proxy that hangs up has its reasons."""


class Handler(BaseHTTPRequestHandler):
    server: Upstream
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        arrived = Arrived(self.command, self.path, list(self.headers.items()), self._body())
        self.server.arrived.append(arrived)
        status = int(self.path.removeprefix("/status/")) if self.path.startswith("/status/") else 200
        content = json.dumps({"upstream": "its own answer", "bytes": len(arrived.body)}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Request-ID", "the-upstreams-own")
        self.send_header("X-API-Key-Expires-At", "1970-01-01T00:00:00Z")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Any method is answered."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """The tests read `arrived`."""


class SomethingElse(ThreadingHTTPServer):
    daemon_threads = True
    status: int | None = 404
    """What everybody is answered; with None, it hangs up without a word."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SomethingElseHandler)
        self.asked: list[dict[str, str]] = []
        """The headers of each request, their names in lower case."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A proxy that hangs up has its reasons."""


class SomethingElseHandler(BaseHTTPRequestHandler):
    server: SomethingElse

    def answer(self) -> None:
        self.server.asked.append({name.lower(): value for name, value in self.headers.items()})
        if self.server.status is not None:
            self.send_response(self.server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Any method is answered."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Nobody reads it."""


Server = TypeVar("Server", bound=ThreadingHTTPServer)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port that refuses connections, and that nobody else can take meanwhile."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
