"""Rate limits of keys, by the `limits` library: a fixed window of a minute that begins with its first request.

The counts lie where every process finds them: in a small SQLite file of the data directory, or in Valkey. When they
cannot be reached, each process counts for itself: a limit is then enforced per process, never dropped, and `/readyz`
and the log say so.
"""

import logging
import sqlite3
from pathlib import Path
from threading import local
from time import monotonic, time
from typing import Any, Final
from urllib.parse import urlsplit

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from console.enforcement.decision import RateState

logger = logging.getLogger("gatehouse.rates")

WINDOW: Final = 60
"""Seconds."""
RETRY_STORAGE_AFTER: Final = 5.0
"""Seconds for which a storage that failed is not asked again."""
VALKEY_TIMEOUT: Final = 0.5
"""Seconds that a request waits for Valkey at most."""


class SQLiteStorage(Storage):
    """Counts in a file that the processes of one machine share. Nothing in it is worth a wait for the disk."""

    STORAGE_SCHEME = ["gatehouse+sqlite"]

    def __init__(self, uri: str, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._path = urlsplit(uri).path
        self._thread = local()

    @property
    def base_exceptions(self) -> type[Exception]:
        return sqlite3.Error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._thread, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=1, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, count INTEGER, ends REAL) WITHOUT ROWID"
            )
            Path(self._path).chmod(0o600)
            self._thread.connection = connection
        return connection

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time()
        row = self._connection().execute(
            """INSERT INTO counts VALUES (:name, :amount, :ends) ON CONFLICT (name) DO UPDATE SET
               count = CASE WHEN ends <= :now THEN :amount ELSE count + :amount END,
               ends = CASE WHEN ends <= :now THEN :ends ELSE ends END
               RETURNING count""",
            {"name": key, "amount": amount, "ends": now + expiry, "now": now},
        )
        count: int = row.fetchone()[0]
        return count

    def get(self, key: str) -> int:
        row = (
            self._connection().execute("SELECT count FROM counts WHERE name = ? AND ends > ?", [key, time()]).fetchone()
        )
        return row[0] if row else 0

    def get_expiry(self, key: str) -> float:
        row = (
            self._connection().execute("SELECT ends FROM counts WHERE name = ? AND ends > ?", [key, time()]).fetchone()
        )
        return row[0] if row else time()

    def check(self) -> bool:
        self._connection().execute("SELECT 1")
        return True

    def reset(self) -> int:
        return self._connection().execute("DELETE FROM counts").rowcount

    def clear(self, key: str) -> None:
        self._connection().execute("DELETE FROM counts WHERE name = ?", [key])


class RateLimits:
    """Counts requests of keys that have a limit."""

    def __init__(self, uri: str) -> None:
        options = {"socket_timeout": VALKEY_TIMEOUT, "socket_connect_timeout": VALKEY_TIMEOUT}
        is_file = uri.startswith("gatehouse+sqlite")
        self._shared = FixedWindowRateLimiter(storage_from_string(uri, **({} if is_file else options)))
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._failed_at = float("-inf")

    @property
    def shared(self) -> bool:
        """Whether limits are counted together with the other processes."""
        return self._failed_at == float("-inf")

    def hit(self, key_id: str, per_minute: int) -> RateState:
        """Count one request. May block for `VALKEY_TIMEOUT`."""
        item = RateLimitItemPerMinute(per_minute)
        if monotonic() - self._failed_at >= RETRY_STORAGE_AFTER:
            try:
                state = _hit(self._shared, item, key_id)
            except Exception as error:  # noqa: BLE001 - every storage fails in ways of its own
                if self.shared:
                    logger.warning(
                        "Rate limits are enforced per process: their storage failed (%s).", type(error).__name__
                    )
                self._failed_at = monotonic()
            else:
                if not self.shared:
                    logger.warning("Rate limits are shared again.")
                self._failed_at = float("-inf")
                return state
        return _hit(self._own, item, key_id)


def _hit(limiter: FixedWindowRateLimiter, item: RateLimitItemPerMinute, key_id: str) -> RateState:
    within = limiter.hit(item, key_id)
    stats = limiter.get_window_stats(item, key_id)
    return RateState(
        limit=item.amount,
        remaining=stats.remaining if within else 0,
        resets_in=max(1, round(stats.reset_time - time())),
        exceeded=not within,
    )
