"""`/metrics`, answered by the front door to the networks of `GATEHOUSE_METRICS_NETWORKS`, and to nobody else.

A request that came by way of a proxy which is not a trusted one is nobody's whose address could be known: that proxy
may stand on this machine and pass on what the whole world asks. It is refused, however near the proxy is.
"""

import json
from typing import Final

from django.conf import settings

from console.arrival import Arrival
from console.metrics.exposition import CONTENT_TYPE, exposition
from console.metrics.published import Publisher, states
from console.plain_answers import Send, send_whole
from console.worker_threads import WorkerThreads
from ipsubnets.client_address import TrustedProxies

PATH: Final = "/metrics"
SIGNS_OF_A_PROXY: Final = frozenset({b"x-forwarded-for", b"x-real-ip", b"forwarded", b"via"})


class MetricsEndpoint:
    def __init__(self, threads: WorkerThreads, publisher: Publisher) -> None:
        self._threads = threads
        self._publisher = publisher
        self._networks = TrustedProxies.parse(settings.GATEHOUSE_METRICS_NETWORKS).ranges

    async def __call__(self, method: str, peer: str | None, arrival: Arrival, send: Send) -> None:
        if not self._is_answered(peer, arrival):
            told = "This address is not in GATEHOUSE_METRICS_NETWORKS, or is that of a proxy which is not trusted."
            await _tell(403, told, arrival, send)
        elif method not in {"GET", "HEAD"}:
            await _tell(405, "method not allowed", arrival, send)
        else:
            body = await self._threads.run(self._page)
            await send_whole(200, [(b"content-type", CONTENT_TYPE.encode("ascii"))], body, arrival, send)

    def _is_answered(self, peer: str | None, arrival: Arrival) -> bool:
        address = arrival.address
        if address is None or address not in self._networks:
            return False
        by_proxy = any(name in SIGNS_OF_A_PROXY for name, _ in arrival.headers)
        return not by_proxy or address.text != peer

    def _page(self) -> bytes:
        self._publisher.publish()
        return exposition(states())


async def _tell(status: int, words: str, arrival: Arrival, send: Send) -> None:
    headers = [(b"content-type", b"application/json")]
    if status == 405:
        headers.append((b"allow", b"GET, HEAD"))
    await send_whole(status, headers, json.dumps({"status": words}).encode(), arrival, send)
