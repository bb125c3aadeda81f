"""Freshness on SQLite: each decision asks whether any process has committed since the last one.

`PRAGMA data_version` answers that, but only relative to the connection it is asked on, and only for commits of others:
so every deciding thread keeps a connection that it uses for nothing else and never writes on. The question is put only
when the bytes that hold the answer have moved (see `wal_index`); where these cannot be read, each time.
"""

import logging
import sqlite3
from mmap import mmap
from threading import Lock, local
from time import monotonic

from console.enforcement.memory import PolicyMemory
from console.enforcement.wal_index import HEADER, is_settled, wal_index

logger = logging.getLogger("gatehouse.gate")


class _Probe(local):
    """One thread's connection, and the state of the database that the thread last caught up with."""

    cursor: sqlite3.Cursor | None = None
    version: int = -1
    index: mmap | None = None
    header: bytes = b""


class SQLiteWatch:
    def __init__(self, path: str, memory: PolicyMemory) -> None:
        self.vouched_at = float("-inf")
        self.lag = 0.0
        self._path = path
        self._memory = memory
        self._probe = _Probe()
        self._lock = Lock()
        self._last_change: int | None = None

    def vouches(self) -> bool:
        probe = self._probe
        index = probe.index
        if (index is None or index[:HEADER] != probe.header) and not self._caught_up(probe):
            return False
        self.vouched_at = monotonic()
        return True

    def _caught_up(self, probe: _Probe) -> bool:
        try:
            cursor = probe.cursor or self._connect(probe)
            header = probe.index[:HEADER] if probe.index else b""  # first: what is committed meanwhile moves it again
            version: int = cursor.execute("PRAGMA data_version").fetchone()[0]
            if version != probe.version:
                self._catch_up(cursor)
                probe.version = version
        except sqlite3.Error:
            self._disconnect(probe)
            return False
        probe.header = header if is_settled(header) else b""
        return True

    def _connect(self, probe: _Probe) -> sqlite3.Cursor:
        connection = sqlite3.connect(self._path, timeout=1, isolation_level=None)
        connection.execute("PRAGMA query_only=ON")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        probe.cursor, probe.version, probe.index = connection.cursor(), -1, wal_index(self._path)
        return probe.cursor

    @staticmethod
    def _disconnect(probe: _Probe) -> None:
        cursor, probe.cursor, probe.index = probe.cursor, None, None
        if cursor is not None:
            logger.warning("The database file cannot be watched; asking the database itself.")
            cursor.connection.close()

    def _catch_up(self, cursor: sqlite3.Cursor) -> None:
        """Read the changes that are new. The version was read before: what commits meanwhile moves it again."""
        with self._lock:
            last = self._last_change
            if last is None:
                newest = cursor.execute("SELECT coalesce(max(id), 0) FROM teams_policychange").fetchone()[0]
                self._memory.forget_everything()
                self._last_change = newest
                return
            changes = cursor.execute(
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
