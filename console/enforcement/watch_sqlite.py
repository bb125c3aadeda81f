"""Freshness on SQLite: each decision asks whether any process has committed since the last one.

`PRAGMA data_version` answers that from shared memory in about two microseconds, but only relative to the connection it
is asked on, and only for commits of others: so every deciding thread keeps a connection that it uses for nothing else
and never writes on.
"""

import logging
import sqlite3
from threading import Lock, local
from time import monotonic

from console.enforcement.memory import PolicyMemory

logger = logging.getLogger("gatehouse.gate")


class _Probe(local):
    """One thread's connection, and the version of the database that the thread last caught up with."""

    connection: sqlite3.Connection | None = None
    version: int = -1


class SQLiteWatch:
    def __init__(self, path: str, memory: PolicyMemory) -> None:
        self.vouched_at = float("-inf")
        self._path = path
        self._memory = memory
        self._probe = _Probe()
        self._lock = Lock()
        self._last_change: int | None = None

    def vouches(self) -> bool:
        probe = self._probe
        try:
            connection = probe.connection or self._connect()
            version: int = connection.execute("PRAGMA data_version").fetchone()[0]
            if version != probe.version:
                self._catch_up(connection)
                probe.version = version
        except sqlite3.Error:
            self._disconnect()
            return False
        self.vouched_at = monotonic()
        return True

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=1, isolation_level=None)
        connection.execute("PRAGMA query_only=ON")
        self._probe.connection, self._probe.version = connection, -1
        return connection

    def _disconnect(self) -> None:
        connection, self._probe.connection = self._probe.connection, None
        if connection is not None:
            logger.warning("The database file cannot be watched; asking the database itself.")
            connection.close()

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        """Read the changes that are new. The version was read before: what commits meanwhile moves it again."""
        with self._lock:
            last = self._last_change
            if last is None:
                newest = connection.execute("SELECT coalesce(max(id), 0) FROM teams_policychange").fetchone()[0]
                self._memory.forget_everything()
                self._last_change = newest
                return
            changes = connection.execute(
                "SELECT id, team_id, key_id FROM teams_policychange WHERE id > ? ORDER BY id", [last]
            ).fetchall()
            if not changes:
                return
            if changes[0][0] != last + 1:
                self._memory.forget_everything()
            else:
                for _, team_id, key_id in changes:
                    self._memory.forget(team_id=team_id, key_id=key_id)
            self._last_change = changes[-1][0]
