"""djangorestframework-api-key: what a Django team would take instead."""

import sys
from uuid import uuid4

from benchmarks.contenders import CACHE, Contender, Ring
from benchmarks.contenders.gatehouse import PROTECTED
from benchmarks.postgres import database, missing
from benchmarks.processes import NotHere, Process, free_port, run, serve

DEFAULTS, PERSISTENT = "DRF API key, defaults", "DRF API key, persistent connections"
PACKAGES = [
    "django>=5.2,<5.3",
    "djangorestframework>=3.16,<4",
    "djangorestframework-api-key==3.1.*",
    "granian>=2.5,<3",
    "psycopg[binary]>=3.2,<4",
]
APPLICATION = "benchmarks.applications.drf_api_key"
VENV = CACHE / f"drf-api-key-py{sys.version_info[0]}{sys.version_info[1]}"


def on_sqlite(ring: Ring) -> None:
    _install()
    _start(ring, "SQLite", str(ring.folder("drf-api-key") / "db.sqlite3"))


def on_postgresql(ring: Ring) -> None:
    if reason := missing():
        raise NotHere(reason)
    _install()
    name = f"gatehouse_bench_{uuid4().hex[:8]}"
    ring.stack.enter_context(database(name))
    _start(ring, "PostgreSQL", name)


def _install() -> None:
    if (VENV / "installed").exists():
        return
    run([sys.executable, "-m", "venv", "--clear", VENV])
    run([VENV / "bin" / "pip", "install", "--quiet", *PACKAGES])
    (VENV / "installed").touch()


def _start(ring: Ring, kind: str, database_name: str) -> None:
    body = ring.directory / "datasets.json"
    body.write_bytes(ring.started[PROTECTED].ask())
    environment = {"PEER_DATABASE": database_name, "PEER_BODY": str(body)}
    key = run([VENV / "bin" / "python", "-m", APPLICATION], environment=environment).strip()
    for name, persistent in ((DEFAULTS, ""), (PERSISTENT, "yes")):
        process = ring.stack.enter_context(_serve(environment | {"PEER_PERSISTENT": persistent}))
        ring.enter(Contender(f"{name} ({kind})", process, "/api/v1/datasets", {"Authorization": f"Api-Key {key}"}))


def _serve(environment: dict[str, str]) -> Process:
    """On the server that Gatehouse runs on, in its WSGI mode, which answers more than gunicorn does."""
    port = free_port()
    command = [
        *(VENV / "bin" / "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--http", "1", "--no-ws", "--blocking-threads", "4", f"{APPLICATION}:application"),
    ]
    return serve(command, port, environment=environment)
