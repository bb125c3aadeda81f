"""The forward-auth endpoint: `/authz` and anything below it, any method, answered on the event loop.

204 with the identity of the key, or the same problem documents as everywhere. It never reads a body.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from console.arrival import Arrival
from console.auth_request import for_auth_request
from console.enforcement.decision import Decision
from console.enforcement.engine import CannotAnswerAtOnce
from console.enforcement.gate import gate, usage
from console.enforcement.refusals import refusal
from console.worker_threads import WorkerThreads

Send = Callable[[dict[str, Any]], Awaitable[None]]


class ForwardAuth:
    def __init__(self, threads: WorkerThreads) -> None:
        self._threads = threads

    async def __call__(self, arrival: Arrival, send: Send) -> None:
        engine = gate()
        try:
            decision = engine.decide_from_memory(arrival.credential, arrival.address)
        except CannotAnswerAtOnce:
            decision = await self._threads.run(engine.decide, arrival.credential, arrival.address)
        request_id = arrival.request_id
        usage().record(decision, request_id)
        status, headers, body = _answer(decision, request_id)
        headers.append((b"x-request-id", request_id.encode("ascii")))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _answer(decision: Decision, request_id: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    key = decision.key
    if decision.code is None and key is not None:
        headers = list(key.forward_auth_headers)
        if decision.rate is not None:
            headers += _raw(decision.rate.headers)
        return 204, headers, b""
    answer = refusal(decision, request_id)
    if settings.GATEHOUSE_AUTHZ_FOR_NGINX:
        answer = for_auth_request(answer)
    headers = _raw(answer.headers)
    headers.append((b"content-length", str(len(answer.body)).encode("ascii")))
    return answer.status, headers, answer.body


def _raw(headers: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in headers]
