"""How the server behind the front door is set: shared by `manage.py serve` and the benchmarks. Needs no Django."""

from typing import Final

HEADER_TIMEOUT: Final = 15_000
"""Milliseconds that a client has to send its headers."""
LARGEST_HEADERS: Final = 256 * 1024
"""Bytes."""
STOP_TIMEOUT: Final = 20
"""Seconds that requests have to end after SIGTERM."""
