"""`/healthz`: the process is up. `/readyz`: the database answers and the policy is fresh."""

import json
from typing import ClassVar

from console.arrival import Arrival
from console.enforcement.gate import gate
from console.enforcement.loading import DatabaseUnavailable, ping
from console.plain_answers import Send, send_whole
from console.worker_threads import WorkerThreads


class Health:
    PATHS: ClassVar[frozenset[str]] = frozenset({"/healthz", "/readyz"})

    def __init__(self, threads: WorkerThreads) -> None:
        self._threads = threads

    async def __call__(self, path: str, method: str, arrival: Arrival, send: Send) -> None:
        if method not in {"GET", "HEAD"}:
            await _answer(405, {"status": "method not allowed"}, arrival, send, (b"allow", b"GET, HEAD"))
        elif path == "/healthz":
            await _answer(200, {"status": "ok"}, arrival, send)
        else:
            checks = await self._threads.run(readiness)
            ready = checks["database"] == checks["policy"] == "ok"
            await _answer(200 if ready else 503, {"status": "ready" if ready else "not ready", **checks}, arrival, send)


def readiness() -> dict[str, str]:
    """Each part that a decision needs, with `ok` or what is wrong."""
    try:
        ping()
        database = "ok"
    except DatabaseUnavailable:
        database = "does not answer"
    return {
        "database": database,
        "policy": "ok" if gate().watch.vouches() else "not known to be fresh",
        "rate_limits": "ok" if gate().rates.shared else "enforced per process: their storage does not answer",
    }


async def _answer(
    status: int, document: dict[str, str], arrival: Arrival, send: Send, *more_headers: tuple[bytes, bytes]
) -> None:
    headers = [(b"content-type", b"application/json"), *more_headers]
    await send_whole(status, headers, json.dumps(document).encode(), arrival, send)
