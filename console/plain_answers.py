"""Whole answers that the front door gives by itself."""

from collections.abc import Awaitable, Callable
from typing import Any

from console.arrival import Arrival, RawHeaders

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def send_whole(status: int, headers: RawHeaders, body: bytes, arrival: Arrival, send: Send) -> None:
    """With the request's ID, and stored by nobody. `headers` say what the body is."""
    sent = [
        *headers,
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode("ascii")),
        (b"x-request-id", arrival.request_id.encode("ascii")),
    ]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})
