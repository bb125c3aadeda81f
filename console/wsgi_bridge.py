"""Django's WSGI handler behind ASGI: a bounded thread pool, and one hop to a thread and back for a usual request.

The body is buffered up to Django's own limit before a thread is taken, so a slow client costs no thread; a larger one
is refused with 413. When too many requests wait for a thread, further ones are refused with 503.
"""

import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import unquote_to_bytes

from django.conf import settings

from console.arrival import Arrival, Scope, to_wsgi_names
from console.enforcement.refusals import ErrorEntry
from console.plain_answers import Send, send_whole
from console.problems import CONTENT_TYPE, problem_document
from console.server_errors import CONTENT_TOO_LARGE, SERVICE_UNAVAILABLE
from console.worker_threads import WorkerThreads

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Receive = Callable[[], Awaitable[dict[str, Any]]]


class WSGIAnswer(Protocol):
    """What a WSGI application returns: the pieces of the body, and `close` for when they are not needed any more."""

    def __iter__(self) -> Iterator[bytes]: ...
    def close(self) -> None: ...


WSGIApplication = Callable[[dict[str, Any], "StartResponse"], WSGIAnswer]

SINGLE_HOP: Final = 512 * 1024
"""Bytes up to which an answer is collected and sent at once; a longer one is sent as it is made."""
WITHOUT_BODY: Final = frozenset({204, 304})


@dataclass(slots=True)
class Answer:
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    rest: Iterator[bytes] | None = None
    response: WSGIAnswer | None = None


class ClientGone(Exception):
    """The client hung up before its request was complete."""


class BodyTooLarge(Exception):
    """The request's body is larger than Django would read."""


class WSGIBridge:
    def __init__(self, django_application: WSGIApplication, *, threads: int, longest_queue: int) -> None:
        self.threads = WorkerThreads(threads, name="gatehouse-django")
        self._django = django_application
        self._places = threads + longest_queue
        self._taken = 0

    @property
    def taken(self) -> int:
        """Requests that are being answered or wait for a thread."""
        return self._taken

    def close(self) -> None:
        """Wait for the requests that are being answered."""
        self.threads.close()

    async def __call__(self, scope: Scope, arrival: Arrival, receive: Receive, send: Send) -> None:
        if self._taken >= self._places:
            await _refuse(SERVICE_UNAVAILABLE, "Too many requests are waiting; try again shortly.", arrival, send)
            return
        self._taken += 1
        try:
            await self._handle(scope, arrival, receive, send)
        except BodyTooLarge:
            await _refuse(CONTENT_TOO_LARGE, "The body of the request is too large.", arrival, send)
        except ClientGone:
            return
        finally:
            self._taken -= 1

    async def _handle(self, scope: Scope, arrival: Arrival, receive: Receive, send: Send) -> None:
        body = await _read_body(receive, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        environ = build_environ(scope, arrival, body)
        answer = await self.threads.run(self._run, environ)
        answer.headers.append((b"x-request-id", arrival.request_id.encode("ascii")))
        if scope["method"] == "HEAD":
            answer.body = b""
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.rest is None:
            await send({"type": "http.response.body", "body": answer.body})
            return
        try:
            chunk: bytes | None = answer.body
            while chunk is not None:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                chunk = await self.threads.run(next, answer.rest, None)
            await send({"type": "http.response.body", "body": b""})
        finally:
            if answer.response is not None:
                await self.threads.run(answer.response.close)

    def _run(self, environ: dict[str, Any]) -> Answer:
        """In a thread of the pool: the whole of Django's work, and the answer's first half megabyte."""
        answer = Answer()

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            answer.status = int(status.split(" ", 1)[0])
            answer.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            return pieces.append

        pieces: list[bytes] = []
        response = self._django(environ, start_response)
        size = 0
        chunks = iter(response)
        for chunk in chunks:
            pieces.append(bytes(chunk))
            size += len(chunk)
            if size > SINGLE_HOP:
                answer.rest, answer.response = chunks, response
                break
        answer.headers += environ.get("gatehouse.answer_headers", ())
        answer.body = b"".join(pieces)
        if answer.rest is None:
            response.close()
            if answer.status not in WITHOUT_BODY and not any(name == b"content-length" for name, _ in answer.headers):
                answer.headers.append((b"content-length", str(len(answer.body)).encode("ascii")))
        return answer


async def _read_body(receive: Receive, limit: int | None) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece = message.get("body", b"")
        size += len(piece)
        if limit is not None and size > limit:
            raise BodyTooLarge
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


def build_environ(scope: Scope, arrival: Arrival, body: bytes) -> dict[str, Any]:
    """The WSGI environment (PEP 3333), and in it what the front door has read from the raw headers.

    The credential's headers are not in it: Django has no use for them, and what it does not have it cannot leak.
    """
    raw_path = scope.get("raw_path") or scope["path"].encode()
    environ: dict[str, Any] = to_wsgi_names(arrival.headers)
    environ |= {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw_path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": arrival.address.text if arrival.address else "",
        "SERVER_NAME": settings.GATEHOUSE_HOST,
        "SERVER_PORT": str(settings.GATEHOUSE_PORT),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": settings.PUBLIC.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "gatehouse.request_id": arrival.request_id,
        "gatehouse.credential": arrival.credential,
        "gatehouse.client_address": arrival.address,
    }
    return environ


async def _refuse(entry: ErrorEntry, detail: str, arrival: Arrival, send: Send) -> None:
    body = problem_document(
        status=entry.status,
        code=entry.code,
        title=entry.title,
        detail=detail,
        request_id=arrival.request_id,
    )
    headers = [(b"content-type", CONTENT_TYPE.encode("ascii")), (b"connection", b"close")]
    if entry.status == 503:
        headers.append((b"retry-after", b"1"))
    await send_whole(entry.status, headers, body, arrival, send)
