"""The real server, as a process of its own with a database of its own, and what a person with a shell does to it."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest

ROOT = Path(__file__).resolve().parent.parent
POSTGRES_URL = os.environ.get("GATEHOUSE_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
START_WITHIN = 30.0


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass
class Gatehouse:
    """A data directory, a database, and (after `start`) a server on a free port."""

    directory: Path
    database_url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port = self.port or free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.directory / f"server-{self.port}.log"

    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GATEHOUSE_", "DJANGO_"))}
        ours = {"GATEHOUSE_DATA_DIR": str(self.directory / "data"), "GATEHOUSE_PORT": str(self.port)}
        if self.database_url:
            ours["GATEHOUSE_DATABASE_URL"] = self.database_url
        return {**kept, **ours, **self.environment}

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` with these arguments, as a person with a shell on the same machine does."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environ(),
            check=check,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def manage_json(self, *arguments: str) -> Any:
        return json.loads(self.manage(*arguments, "--json").stdout)

    def shell(self, code: str) -> str:
        """Run Python inside Django, for states that no command makes."""
        return self.manage("shell", "-v", "0", "-c", code).stdout

    def start(self) -> "Gatehouse":
        """Serve in a process group of its own, and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "start"],
                cwd=ROOT,
                env=self.environ(),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        wait_until(self._answers, f"the server did not start:\n{self.log.read_text()}", seconds=START_WITHIN)
        return self

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the server ended:\n{self.log.read_text()}"
        try:
            return self.get("/readyz").status == 200
        except (OSError, HTTPException):  # the latter where the kernel connects a socket to itself: nobody listens yet
            return False

    def stop(self) -> None:
        """SIGTERM, as a service manager does; the process group with it should it not end."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        self.process = None

    def assert_trail_intact(self) -> None:
        """Whatever the tests did to this installation, its audit trail verifies; if its database still answers."""
        answer = self.manage("audit", "verify", check=False)
        if answer.returncode and "The database cannot be used" not in answer.stderr:
            pytest.fail(answer.stderr)

    def get(self, path: str, **options: Any) -> Reply:
        return self.request("GET", path, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
        body: bytes | None = None,
    ) -> Reply:
        """One request from `address`: any address of 127.0.0.0/8 is another client."""
        sent = dict(headers or {})
        if key:
            sent["Authorization"] = f"Bearer {key}"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(address, 0))
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def team(self, *networks: str, slug: str = "") -> str:
        """A team of its own for a test: its slug. Networks default to this machine's loopback address."""
        slug = slug or f"team-{uuid4().hex[:8]}"
        self.manage("team", "create", slug, "--slug", slug, "--admin", f"ann@{slug}.example")
        for network in networks or ("127.0.0.1",):
            self.manage("ipsubnet", "create", "--team", slug, network)
        return slug

    def key(self, team: str, name: str = "Backtesting-Alpha-Bot", expires_in: str = "90d") -> dict[str, Any]:
        made: dict[str, Any] = self.manage_json(
            "apikey", "create", "--team", team, "--name", name, "--expires-in", expires_in
        )
        return made


def free_port() -> int:
    """Below the range that systems take the ports of clients from: one of those could get in before the server."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_until(condition: Any, otherwise: str, *, seconds: float = 10.0) -> None:
    """Ask again and again, as fast as asking goes, until it is so; fail with `otherwise` when time is up."""
    from threading import Event

    deadline = monotonic() + seconds
    pause = Event()
    while not condition():
        if monotonic() > deadline:
            pytest.fail(otherwise)
        pause.wait(0.02)


def postgres_missing() -> str:
    """Why there is no PostgreSQL for the tests, or an empty string."""
    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=2).close()
    except psycopg.Error as error:
        return f"no PostgreSQL answers at {urlsplit(POSTGRES_URL).netloc.rpartition('@')[2]}: {error}".strip()
    return ""


@contextmanager
def postgres_database() -> Iterator[str]:
    """The URL of a new, empty database; dropped afterwards."""
    name = f"gatehouse_{uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(POSTGRES_URL)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def gatehouse(directory: Path, database: str, **environment: str) -> Iterator[Gatehouse]:
    """A running Gatehouse on `sqlite` or `postgresql`."""
    if database == "postgresql":
        with postgres_database() as url:
            yield from _running(Gatehouse(directory, url, environment))
    else:
        yield from _running(Gatehouse(directory, "", environment))


def _running(instance: Gatehouse) -> Iterator[Gatehouse]:
    try:
        yield instance.start()
    finally:
        instance.stop()
    instance.assert_trail_intact()
