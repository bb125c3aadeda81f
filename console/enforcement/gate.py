"""This process's gate: one engine, one memory, one watch, one counter of usage."""

from functools import cache

from django.conf import settings
from django.db import connection

from console.enforcement.engine import Engine, Watch
from console.enforcement.memory import PolicyMemory
from console.enforcement.rates import RateLimits
from console.enforcement.usage import UsageCounter
from console.enforcement.watch_sqlite import SQLiteWatch


@cache
def gate() -> Engine:
    memory = PolicyMemory()
    return Engine(memory, _watch(memory), RateLimits(_rates_uri()), stale_grace=settings.GATEHOUSE_STALE_GRACE)


@cache
def usage() -> UsageCounter:
    return UsageCounter()


def _rates_uri() -> str:
    """Where the counts of rate limits lie: shared between machines, or between the processes of this one."""
    return settings.GATEHOUSE_VALKEY_URL or f"gatehouse+sqlite://{settings.GATEHOUSE_DATA_DIR / 'rates.sqlite3'}"


def _watch(memory: PolicyMemory) -> Watch:
    if connection.vendor == "postgresql":
        from console.enforcement.watch_postgres import PostgresWatch  # noqa: PLC0415 - psycopg is loaded when used

        return PostgresWatch(memory)
    return SQLiteWatch(str(connection.settings_dict["NAME"]), memory)
