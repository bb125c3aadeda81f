"""A database on the PostgreSQL that answers on this machine, for as long as the benchmark needs it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

URL = os.environ.get("GATEHOUSE_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def missing() -> str:
    """Why there is no PostgreSQL here, or an empty string."""
    try:
        psycopg.connect(URL, connect_timeout=2).close()
    except psycopg.Error:
        return f"no PostgreSQL answers at {urlsplit(URL).netloc.rpartition('@')[2]}"
    return ""


@contextmanager
def database(name: str) -> Iterator[str]:
    """The URL of a new, empty database; dropped afterwards."""
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(URL)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(URL, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
