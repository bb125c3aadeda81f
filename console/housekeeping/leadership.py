"""Which of all the processes does the housekeeping: the one that holds the lock.

On PostgreSQL an advisory lock of the database, held by a connection that does nothing else: one leader among all
machines. On SQLite, which is one machine's, a lock on a file beside the database. Both are given up by the kernel or
the server when the leader dies, however it dies; nothing has to run out, and no clock is asked.
"""

import fcntl
import os
from pathlib import Path
from typing import Any, Final, Protocol

from django.db import connection

LOCK_NUMBER: Final = 0x6761_7465_686B  # "gatehk", for `pg_locks`


class Leadership(Protocol):
    """For one thread of one process. `OSError` or `psycopg.Error` where the lock cannot be asked for."""

    def held(self) -> bool:
        """Whether this process is the leader now, or has just become it."""

    def give_up(self) -> None: ...


def leadership() -> Leadership:
    if connection.vendor == "postgresql":
        return PostgresLeadership()
    return FileLeadership(Path(f"{connection.settings_dict['NAME']}-housekeeping"))


class FileLeadership:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def held(self) -> bool:
        if self._file is not None:
            return True
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def give_up(self) -> None:
        """The file stays: whoever waits for the lock has it open."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class PostgresLeadership:
    def __init__(self) -> None:
        self._connection: Any = None

    def held(self) -> bool:
        if self._connection is not None:
            self._still_there()
            return True
        self._connection = _connect()
        granted = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_NUMBER]).fetchone()
        if granted and granted[0]:
            return True
        self.give_up()
        return False

    def give_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _still_there(self) -> None:
        """The lock is the connection's: when that is gone, somebody else may be the leader by now."""
        try:
            self._connection.execute("SELECT 1")
        except BaseException:
            self.give_up()
            raise


def _connect() -> Any:
    import psycopg  # noqa: PLC0415 - loaded when used

    from console.enforcement.watch_postgres import connection_parameters  # noqa: PLC0415

    return psycopg.connect(**connection_parameters() | {"application_name": "gatehouse-housekeeping"}, autocommit=True)
