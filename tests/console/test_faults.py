"""Faults that are really caused: what the gate answers while they last, and that it recovers by itself."""

import os
import resource
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import monotonic, time

import pytest

from apikeys.key_format import new_key
from console.enforcement import engine
from console.enforcement.usage import INTERVAL
from tests.cast import Cast, list_network, make_key
from tests.front_door import OFFICE, FrontDoorClient
from tests.postgres_cluster import postgres_cluster
from tests.server import Gatehouse, gatehouse, wait_until

pytestmark = pytest.mark.server

DATASETS = "/api/v1/datasets"
GRACE = 3
"""Seconds for which the server under test trusts what it remembers."""
OUTAGE = 20
"""Seconds that PostgreSQL is away."""


def test_postgresql_stopped_for_twenty_seconds_under_load(tmp_path: Path) -> None:
    """Known keys are judged for the grace period, then nothing is; the last policy's refusals never turn into a yes."""
    with postgres_cluster(tmp_path) as cluster:
        server = Gatehouse(tmp_path, cluster.url, {"GATEHOUSE_STALE_GRACE": str(GRACE)})
        enough = Event()
        try:
            server.start()
            team = server.team("127.0.0.1")
            known, revoked, unseen = (server.key(team, name) for name in ("known", "revoked", "unseen"))
            server.manage("apikey", "revoke", revoked["id"])
            assert server.get("/authz", key=known["key"]).status == 204
            assert server.get("/authz", key=revoked["key"]).status == 401

            with ThreadPoolExecutor(2) as clients:
                load = [clients.submit(_statuses, server, key["key"], enough) for key in (known, revoked)]
                try:
                    cluster.stop()
                    _while_it_is_down(server, known["key"], revoked["key"], unseen["key"])
                    cluster.start()
                    wait_until(lambda: server.get("/authz", key=known["key"]).status == 204, "no recovery", seconds=20)
                finally:
                    enough.set()
                assert load[0].result() == {204, 503}
                assert load[1].result() == {401, 503}
            assert server.get("/authz", key=unseen["key"]).status == 204
            assert server.get("/authz", key=revoked["key"]).status == 401
        finally:
            server.stop()


def _while_it_is_down(server: Gatehouse, known: str, revoked: str, unseen: str) -> None:
    stopped = monotonic()
    assert server.get("/authz", key=known).status == 204
    assert server.get("/authz", key=revoked).status == 401
    assert server.get("/authz", key=unseen).status == 503
    wait_until(lambda: server.get("/authz", key=known).status == 503, "the grace never ended")
    assert monotonic() - stopped > GRACE - 1.5
    refused = server.get("/authz", key=revoked)
    assert (refused.status, refused.json()["code"]) == (503, "policy_unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert server.get("/authz").status == 503
    assert server.get("/healthz").status == 200
    assert server.get("/readyz").status == 503
    while monotonic() - stopped < OUTAGE:
        assert server.get("/authz", key=known).status == 503


def test_worker_killed_under_load_is_replaced_and_lets_nothing_wrong_through(tmp_path: Path) -> None:
    with gatehouse(tmp_path, "sqlite", GATEHOUSE_WORKERS="2") as server:
        team = server.team("127.0.0.1")
        good, bad = server.key(team, "good"), server.key(team, "bad")
        server.manage("apikey", "revoke", bad["id"])
        enough = Event()
        with ThreadPoolExecutor(4) as clients:
            seen = [clients.submit(_statuses, server, key, enough) for key in (good["key"], bad["key"]) * 2]
            victim = _workers(server)[0]
            os.kill(victim, signal.SIGKILL)
            wait_until(
                lambda: len(_workers(server)) == 2 and victim not in _workers(server), "no new worker", seconds=30
            )
            enough.set()
        statuses = [future.result() for future in seen]
        assert statuses[0] | statuses[2] <= {204, None}
        assert statuses[1] | statuses[3] <= {401, None}
        assert server.get("/authz", key=good["key"]).status == 204


def _statuses(server: Gatehouse, key: str, enough: Event) -> set[int | None]:
    """Every status that requests with the key get; None for a connection that was cut."""
    statuses: set[int | None] = set()
    while not enough.is_set():
        try:
            statuses.add(server.get("/authz", key=key).status)
        except OSError:
            statuses.add(None)
    return statuses


def _workers(server: Gatehouse) -> list[int]:
    """The processes that answer: every child but the one in which Python keeps count of shared resources."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_database_file_locked_by_another_writer(tmp_path: Path) -> None:
    """Readers do not wait for writers: known keys, new keys and refusals are answered while the lock is held."""
    with gatehouse(tmp_path, "sqlite") as server:
        team = server.team("127.0.0.1")
        known, unseen = server.key(team, "known"), server.key(team, "unseen")
        assert server.get("/authz", key=known["key"]).status == 204
        writer = sqlite3.connect(tmp_path / "data" / "gatehouse.sqlite3", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        try:
            locked = monotonic()
            assert server.get("/authz", key=unseen["key"]).status == 204
            while monotonic() - locked < 5:
                assert server.get("/authz", key=known["key"]).status == 204
                assert server.get("/authz", key=known["key"], address="127.0.0.2").status == 403
        finally:
            writer.execute("ROLLBACK")
            writer.close()
        wait_until(
            lambda: server.manage_json("apikey", "list", "--team", team)[0]["last_used_at"] is not None,
            "the usage counted meanwhile was lost",
            seconds=20,
        )


def test_disk_full_during_a_flush(tmp_path: Path) -> None:
    """The server's processes may not write another byte: requests are answered, and nothing counted is lost."""
    with gatehouse(tmp_path, "sqlite") as server:
        team = server.team("127.0.0.1")
        key = server.key(team)["key"]
        [worker] = _workers(server)
        assert server.get("/authz", key=key).status == 204
        wait_until(lambda: _requests_counted(server, team) == 1, "the first use was not written", seconds=20)
        soft, hard = resource.prlimit(worker, resource.RLIMIT_FSIZE)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (1, hard))
        try:
            for _ in range(20):
                assert server.get("/authz", key=key).status == 204
                assert server.get("/authz", key=key, address="127.0.0.2").status == 403
            full = monotonic()
            while monotonic() - full < 2 * INTERVAL + 1:
                assert server.get("/healthz").status == 200
            assert _requests_counted(server, team) == 1
        finally:
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (soft, hard))
        wait_until(lambda: _requests_counted(server, team) == 21, "what was counted meanwhile was lost", seconds=20)


def test_everything_counted_is_written_when_the_server_is_told_to_stop(tmp_path: Path) -> None:
    with gatehouse(tmp_path, "sqlite") as server:
        team = server.team("127.0.0.1")
        key = server.key(team)["key"]
        for _ in range(25):
            assert server.get("/authz", key=key).status == 204
        server.stop()
        assert _requests_counted(server, team) == 25


def _requests_counted(server: Gatehouse, team: str) -> int:
    code = (
        "from apikeys.models import KeyUsage; from django.db.models import Sum; "
        f"print(KeyUsage.objects.filter(key__team__slug={team!r}).aggregate(n=Sum('requests'))['n'] or 0)"
    )
    return int(server.shell(code))


def test_clock_that_is_stepped(front_door: FrontDoorClient, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts are not remembered: whatever the clock says now is what counts, forwards and back again."""
    list_network(cast.acme, OFFICE)
    generated = make_key(cast.acme, cast.dev, days=30)
    assert front_door.get(DATASETS, key=generated.text).status == 200
    for days, status in ((31, 401), (-400, 200), (29, 200), (31, 401), (0, 200)):
        stepped = time() + days * 86_400
        monkeypatch.setattr(engine, "time", lambda now=stepped: now)
        assert front_door.get(DATASETS, key=generated.text).status == status


def test_flood_of_distinct_bad_keys(tmp_path: Path) -> None:
    """Well-formed keys that do not exist, each a look-up: memory stays flat and good keys still pass."""
    with gatehouse(tmp_path, "sqlite") as server:
        team = server.team("127.0.0.1")
        good = server.key(team)["key"]
        [worker] = _workers(server)
        _flood(server, 25_000)
        before = _resident(worker)
        _flood(server, 75_000)
        assert server.get("/authz", key=good).status == 204
        assert _resident(worker) - before < 24 * 1024 * 1024


def _flood(server: Gatehouse, count: int) -> None:
    """Requests over a few kept connections, 200 in flight on each: as fast as the server answers."""
    import socket

    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        reader = client.makefile("rb")
        for _ in range(count // 200):
            client.sendall(
                b"".join(
                    f"GET /authz HTTP/1.1\r\nHost: a\r\nX-API-Key: {new_key('gate').text}\r\n\r\n".encode()
                    for _ in range(200)
                )
            )
            for _ in range(200):
                assert reader.readline().startswith(b"HTTP/1.1 401")
                length = 0
                while (line := reader.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                reader.read(length)


def _resident(pid: int) -> int:
    """Bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
