"""The forward-auth endpoint: `/authz` and anything below it, any method, answered on the event loop.

`/authz:SCOPE` and anything below it is the same, for keys that have the scope. The scope stands before the first slash,
where only the proxy can write: what a client asks for, proxies append after it. Whatever a client might manage to put
there would ask for more of its own key, never for less.

204 with the identity of the key, or the same problem documents as everywhere. It never reads a body.
"""

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, Final

from django.conf import settings

from console.arrival import Arrival
from console.auth_request import for_auth_request
from console.enforcement.decision import Decision
from console.enforcement.engine import CannotAnswerAtOnce
from console.enforcement.gate import gate, usage
from console.enforcement.needs import Need, need_of_scope
from console.enforcement.origin import NO_ORIGIN
from console.enforcement.refusals import refusal
from console.metrics.tally import tally
from console.worker_threads import WorkerThreads

Send = Callable[[dict[str, Any]], Awaitable[None]]

WITH_SCOPE: Final = "/authz:"


class ForwardAuth:
    def __init__(self, threads: WorkerThreads) -> None:
        self._threads = threads

    async def __call__(self, arrival: Arrival, send: Send, need: Need | None = None) -> None:
        engine, began = gate(), perf_counter()
        try:
            decision = engine.decide_from_memory(arrival.credential, arrival.address, need)
        except CannotAnswerAtOnce:
            decision = await self._threads.run(engine.decide, arrival.credential, arrival.address, need)
        tally().decided(decision.code, perf_counter() - began)
        request_id = arrival.request_id
        told = decision.code is not None or decision.observed
        usage().record(decision, request_id, arrival.origin if told else NO_ORIGIN)
        status, headers, body = _answer(decision, request_id)
        headers.append((b"x-request-id", request_id.encode("ascii")))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def need_of_path(path: str) -> Need:
    """Of `/authz:SCOPE` and what is below it."""
    return need_of_scope(path.removeprefix(WITH_SCOPE).partition("/")[0])


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
