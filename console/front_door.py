"""The ASGI application: who answers what."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from console.arrival import Arrival, Scope
from console.django_handlers import DjangoApplication
from console.enforcement.gate import usage
from console.forward_auth import WITH_SCOPE, ForwardAuth, need_of_path
from console.health import Health
from console.housekeeping.runner import Housekeeping
from console.metrics.endpoint import PATH as METRICS
from console.metrics.endpoint import MetricsEndpoint
from console.metrics.published import Publisher
from console.wsgi_bridge import WSGIBridge
from ipsubnets.client_address import TrustedProxies

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

THREADS = 8
LONGEST_QUEUE = 256
COLLECT_AFTER = 50_000
"""Objects made and not freed, after which the collector looks at the youngest."""


class FrontDoor:
    def __init__(self, django_application: DjangoApplication) -> None:
        self._trusted = TrustedProxies.parse(settings.GATEHOUSE_TRUSTED_PROXIES)
        self._bridge = WSGIBridge(django_application, threads=THREADS, longest_queue=LONGEST_QUEUE)
        self._forward_auth = ForwardAuth(self._bridge.threads)
        self._health = Health(self._bridge.threads)
        self._publisher = Publisher({"requests": lambda: self._bridge.taken})
        self._metrics = MetricsEndpoint(self._bridge.threads, self._publisher)
        self._housekeeping = Housekeeping()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        kind = scope["type"]
        if kind == "http":
            path = scope["path"]
            arrival = Arrival(scope, self._trusted)
            if path == "/authz" or path.startswith("/authz/"):
                return self._forward_auth(arrival, send)
            if path.startswith(WITH_SCOPE):
                return self._forward_auth(arrival, send, need_of_path(path))
            if path in Health.PATHS:
                return self._health(path, scope["method"], arrival, send)
            if path == METRICS:
                client = scope.get("client")
                return self._metrics(scope["method"], client[0] if client else None, arrival, send)
            return self._bridge(scope, arrival, receive, send)
        if kind == "lifespan":
            return self._lifespan(receive, send)
        return send({"type": "websocket.close", "code": 1000})

    def _close(self) -> None:
        self._housekeeping.stop()
        self._bridge.close()
        usage().stop()
        self._publisher.stop()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                usage().start()
                self._publisher.start()
                if settings.GATEHOUSE_HOUSEKEEPING:
                    self._housekeeping.start()
                _spare_the_collector()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await asyncio.to_thread(self._close)
                await send({"type": "lifespan.shutdown.complete"})
                return


def _spare_the_collector() -> None:
    """What was loaded stays loaded: the collector of reference cycles need not look at it again, nor so often.

    A request leaves no cycles behind. Looking for them nevertheless took a fifteenth of the time of `/authz`.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)
