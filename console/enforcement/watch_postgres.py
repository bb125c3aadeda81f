"""Freshness on PostgreSQL: a thread listens for the notifications that services send inside their transactions.

The thread vouches for the memory by a round trip: whatever was committed before the round trip began has been delivered
and applied when it ends. When it cannot make one (connection lost, process stopped, machine asleep), its last word
grows old, and whoever relies on it looks at the age.
"""

import logging
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Final

import psycopg
from django.db import connection as django_connection

from console.enforcement.memory import PolicyMemory
from teams.policy_changes import CHANNEL

logger = logging.getLogger("gatehouse.gate")

HEARTBEAT: Final = 0.1
"""Seconds between round trips."""
OLDEST_WORD: Final = 1.0
"""Seconds for which a round trip vouches."""
RECONNECT_AFTER: Final = 0.25
CONNECT_TIMEOUT: Final = 2


class PostgresWatch:
    def __init__(self, memory: PolicyMemory) -> None:
        self.vouched_at = float("-inf")
        self.lag = 0.0
        self._memory = memory
        self._stop = Event()
        self._start_lock = Lock()
        self._thread: Thread | None = None

    def vouches(self) -> bool:
        if self._thread is None:
            self._start()
        return monotonic() - self.vouched_at <= OLDEST_WORD

    def stop(self) -> None:
        self._stop.set()

    def _start(self) -> None:
        with self._start_lock:
            if self._thread is None:
                parameters = connection_parameters()
                self._thread = Thread(target=self._run, args=[parameters], name="gatehouse-watch", daemon=True)
                self._thread.start()

    def _run(self, parameters: dict[str, Any]) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(**parameters, autocommit=True) as connection:
                    self._listen(connection)
            except (psycopg.Error, OSError) as error:
                logger.warning(
                    "The policy watch lost PostgreSQL (%s); asking the database itself.", type(error).__name__
                )
                self._stop.wait(RECONNECT_AFTER)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        self._memory.forget_everything()
        while not self._stop.is_set():
            began = monotonic()
            connection.execute("SELECT 1")
            for notification in connection.notifies(timeout=0):
                self._apply(notification.payload)
            self.vouched_at, self.lag = began, monotonic() - began
            for notification in connection.notifies(timeout=HEARTBEAT):
                self._apply(notification.payload)

    def _apply(self, payload: str) -> None:
        team_id, _, key_id = payload.partition(":")
        self._memory.forget(team_id=int(team_id), key_id=key_id)


def connection_parameters() -> dict[str, Any]:
    """Django's own parameters for its database, with a limit on how long connecting may take."""
    parameters = django_connection.get_connection_params()
    return {
        name: value
        for name, value in parameters.items()
        if name not in {"cursor_factory", "context", "prepare_threshold"}
    } | {"connect_timeout": CONNECT_TIMEOUT, "application_name": "gatehouse-watch"}
