"""The header of SQLite's WAL index, read where it lies: in memory that every process on the database shares.

It moves with every commit, and SQLite itself tells by it whether anything was committed since it last looked: that is
what `PRAGMA data_version` compares, behind a lock and a statement compiled anew (SQLite's "WAL-mode File Format",
2.2: two copies of 48 bytes, the second of which is written first). Comparing the same bytes takes a fortieth of the
time. Whoever finds them moved asks SQLite.
"""

import mmap
import os
import sys
from pathlib import Path
from threading import Lock
from typing import Final

COPY: Final = 48
HEADER: Final = 2 * COPY
"""Bytes of both copies."""
FORMAT: Final = 3_007_000
"""What the header's first four bytes say as long as this is its format."""

# When a process closes a file, it loses all the locks it has on that file (POSIX), SQLite's among them. So what was
# opened here stays open: one file for each database, as long as the process lives.
_opened: dict[tuple[int, int], mmap.mmap] = {}
_opening = Lock()


def wal_index(database: str) -> mmap.mmap | None:
    """The index of a database, or None where it has none of the known format (another journal mode, or a new SQLite).

    For a thread whose own connection to the database has been read from, and for as long as that stays open: SQLite
    does not replace the file while anybody is connected.
    """
    path = Path(f"{database}-shm")
    try:
        with _opening:
            status = path.stat()
            index = _opened.get((status.st_dev, status.st_ino))
            if index is None:
                index = mmap.mmap(os.open(path, os.O_RDONLY | os.O_CLOEXEC), HEADER, access=mmap.ACCESS_READ)
                _opened[status.st_dev, status.st_ino] = index
    except (OSError, ValueError):
        return None
    return index if int.from_bytes(index[:4], sys.byteorder) == FORMAT else None


def is_settled(header: bytes) -> bool:
    """Whether no commit was just being written when the header was read."""
    return header[:COPY] == header[COPY:]
