"""The forward-auth endpoint: `/authz` and anything below it, any method, answered on the event loop.

204 with the identity of the key, or the same problem documents as everywhere. It never reads a body.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any

from django.conf import settings

from console.arrival import Arrival
from console.auth_request import for_auth_request
from console.enforcement.decision import Decision
from console.enforcement.engine import CannotAnswerAtOnce
from console.enforcement.gate import gate, usage
from console.enforcement.refusals import refusal

Send = Callable[[dict[str, Any]], Awaitable[None]]


class ForwardAuth:
    def __init__(self, pool: Executor) -> None:
        self._pool = pool

    async def __call__(self, arrival: Arrival, send: Send) -> None:
        engine = gate()
        try:
            decision = engine.decide_from_memory(arrival.credential, arrival.address)
        except CannotAnswerAtOnce:
            loop = asyncio.get_running_loop()
            decision = await loop.run_in_executor(self._pool, engine.decide, arrival.credential, arrival.address)
        usage().record(decision, arrival.request_id)
        await self._answer(decision, arrival.request_id, send)

    @staticmethod
    async def _answer(decision: Decision, request_id: str, send: Send) -> None:
        key = decision.key
        if decision.code is None and key is not None:
            status, body = 204, b""
            headers = list(key.forward_auth_headers)
            if decision.rate is not None:
                headers += _raw(decision.rate.headers)
        else:
            answer = refusal(decision, request_id)
            if settings.GATEHOUSE_AUTHZ_FOR_NGINX:
                answer = for_auth_request(answer)
            status, body = answer.status, answer.body
            headers = _raw(answer.headers)
            headers.append((b"content-length", str(len(body)).encode("ascii")))
        headers.append((b"x-request-id", request_id.encode("ascii")))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _raw(headers: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in headers]
