"""djangorestframework-api-key: what a Django team would take instead."""

import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from benchmarks.contenders import CACHE, Contender, Ring
from benchmarks.contenders.gatehouse import PROTECTED
from benchmarks.postgres import database, missing
from benchmarks.processes import NotHere, free_port, run, serve

DEFAULTS, PERSISTENT = "DRF API key, defaults", "DRF API key, persistent connections"
PACKAGES = [
    "django>=5.2,<5.3",
    "djangorestframework>=3.16,<4",
    "djangorestframework-api-key==3.1.*",
    "granian>=2.5,<3",
    "gunicorn>=23",
    "psycopg[binary]>=3.2,<4",
]
THREADS = 4
APPLICATION = "benchmarks.applications.drf_api_key"
VENV = CACHE / f"drf-api-key-py{sys.version_info[0]}{sys.version_info[1]}"


def on_sqlite(ring: Ring) -> None:
    _install()
    database_name = str(ring.folder("drf-api-key") / "db.sqlite3")
    _start(ring, "SQLite", database_name, _granian)
    _start(ring, "SQLite, gunicorn", database_name, _gunicorn)


def on_postgresql(ring: Ring) -> None:
    if reason := missing():
        raise NotHere(reason)
    _install()
    name = f"gatehouse_bench_{uuid4().hex[:8]}"
    ring.stack.enter_context(database(name))
    _start(ring, "PostgreSQL", name, _granian)


def _install() -> None:
    if (VENV / "installed").exists():
        return
    run([sys.executable, "-m", "venv", "--clear", VENV])
    run([VENV / "bin" / "pip", "install", "--quiet", *PACKAGES])
    (VENV / "installed").touch()


def _start(ring: Ring, kind: str, database_name: str, server: Callable[[int], list[str | Path]]) -> None:
    body = ring.directory / "datasets.json"
    body.write_bytes(ring.started[PROTECTED].ask())
    environment = {"PEER_DATABASE": database_name, "PEER_BODY": str(body)}
    key = run([VENV / "bin" / "python", "-m", APPLICATION], environment=environment).strip()
    for name, persistent in ((DEFAULTS, ""), (PERSISTENT, "yes")):
        port = free_port()
        process = serve(server(port), port, environment=environment | {"PEER_PERSISTENT": persistent})
        ring.stack.enter_context(process)
        ring.enter(Contender(f"{name} ({kind})", process, "/api/v1/datasets", {"Authorization": f"Api-Key {key}"}))


def _granian(port: int) -> list[str | Path]:
    """The server that Gatehouse runs on, in its WSGI mode: the quickest there is for a Django view."""
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--http", "1", "--no-ws"]
    return [VENV / "bin" / "granian", *options, "--blocking-threads", str(THREADS), f"{APPLICATION}:application"]


def _gunicorn(port: int) -> list[str | Path]:
    """The server that most Django projects run on, with connections kept."""
    return [
        *(VENV / "bin" / "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", str(THREADS)),
        f"{APPLICATION}:application",
    ]
