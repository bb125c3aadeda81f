"""Faults that are really caused: what the gate answers while they last, and that it recovers by itself."""

import os
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import monotonic

from apikeys.key_format import new_key
from tests.postgres_cluster import postgres_cluster
from tests.server import Gatehouse, gatehouse, wait_until

GRACE = 3


def test_postgresql_stopped_and_started_again(tmp_path: Path) -> None:
    """Known keys are judged for the grace period, then nothing is; the last policy's refusals never turn into a yes."""
    with postgres_cluster(tmp_path) as cluster:
        server = Gatehouse(tmp_path, cluster.url, {"GATEHOUSE_STALE_GRACE": str(GRACE)})
        try:
            server.start()
            team = server.team("127.0.0.1")
            known, revoked, unseen = (server.key(team, name) for name in ("known", "revoked", "unseen"))
            server.manage("apikey", "revoke", revoked["id"])
            assert server.get("/authz", key=known["key"]).status == 204
            assert server.get("/authz", key=revoked["key"]).status == 401

            cluster.stop()
            stopped = monotonic()
            assert server.get("/authz", key=known["key"]).status == 204
            assert server.get("/authz", key=revoked["key"]).status == 401
            assert server.get("/authz", key=unseen["key"]).status == 503
            wait_until(lambda: server.get("/authz", key=known["key"]).status == 503, "the grace never ended")
            assert monotonic() - stopped > GRACE - 1.5
            refused = server.get("/authz", key=revoked["key"])
            assert (refused.status, refused.json()["code"]) == (503, "policy_unavailable")
            assert int(refused.headers["retry-after"]) > 0
            assert server.get("/authz").status == 503
            assert server.get("/healthz").status == 200
            assert server.get("/readyz").status == 503

            cluster.start()
            wait_until(lambda: server.get("/authz", key=known["key"]).status == 204, "it did not recover", seconds=20)
            assert server.get("/authz", key=unseen["key"]).status == 204
            assert server.get("/authz", key=revoked["key"]).status == 401
        finally:
            server.stop()


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
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


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
