"""The freshness contract between processes: revoked is refused, at once on SQLite, within a second elsewhere."""

import base64
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from apikeys import services
from apikeys.key_format import new_key
from tests.cast import Cast, list_network, make_key
from tests.front_door import OFFICE, FrontDoorClient
from tests.server import Gatehouse, gatehouse, postgres_database, postgres_missing, wait_until

pytestmark = pytest.mark.server

REVOKES = 8


@pytest.fixture
def postgres_url() -> Iterator[str]:
    if missing := postgres_missing():
        pytest.skip(missing)
    with postgres_database() as url:
        yield url


@contextmanager
def _servers(directory: Path, url: str, count: int) -> Iterator[list[Gatehouse]]:
    """Servers as on several machines: one database, the same secrets, a data directory each."""
    peppers = "1:" + base64.b64encode(bytes(range(32))).decode()
    machines = [
        Gatehouse(directory / f"machine-{number}", url, {"GATEHOUSE_KEY_PEPPERS": peppers}) for number in range(count)
    ]
    try:
        for machine in machines:
            machine.directory.mkdir()
            machine.start()
        yield machines
    finally:
        for machine in machines:
            machine.stop()


def _keys(server: Gatehouse, team: str, count: int) -> list[dict[str, str]]:
    made = [server.key(team, f"key {number}") for number in range(count)]
    for key in made:
        assert server.get("/authz", key=key["key"]).status == 204
    return made


def test_sqlite_other_process_refuses_with_the_next_request(tmp_path: Path) -> None:
    """Two workers and a command line on one database: not one request is let through after a revoke has returned."""
    with gatehouse(tmp_path, "sqlite", GATEHOUSE_WORKERS="2") as server:
        team = server.team("127.0.0.1")
        for made in _keys(server, team, REVOKES):
            server.manage("apikey", "revoke", made["id"])
            answers = [server.get("/authz", key=made["key"]) for _ in range(10)]
            assert {answer.status for answer in answers} == {401}
            assert {answer.json()["reason"] for answer in answers} == {"revoked"}


def test_sqlite_removed_network_and_new_key_count_at_once(tmp_path: Path) -> None:
    with gatehouse(tmp_path, "sqlite") as server:
        team = server.team("127.0.0.1")
        key = server.key(team)["key"]
        assert server.get("/authz", key=key).status == 204
        subnet = server.manage_json("ipsubnet", "list", "--team", team)[0]["id"]
        server.manage("ipsubnet", "delete", subnet)
        assert server.get("/authz", key=key).status == 403
        server.manage("ipsubnet", "create", "--team", team, "127.0.0.0/8")
        assert server.get("/authz", key=key).status == 204
        server.manage("apikey", "disable", server.manage_json("apikey", "list", "--team", team)[0]["id"])
        assert server.get("/authz", key=key).json()["reason"] == "disabled"


def test_unknown_id_is_forgotten_when_its_key_is_created(
    front_door: FrontDoorClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_network(cast.acme, OFFICE)
    made = new_key("gate")
    assert [front_door.get("/api/v1/datasets", key=made.text).status for _ in range(2)] == [401, 401]
    monkeypatch.setattr(services, "new_key", lambda _: made)
    make_key(cast.acme, cast.dev)
    assert front_door.get("/api/v1/datasets", key=made.text).status == 200


def test_postgresql_other_machine_refuses_within_a_second(tmp_path: Path, postgres_url: str) -> None:
    """Two servers with data directories of their own, as on two machines; the change comes from a third process."""
    with _servers(tmp_path, postgres_url, 2) as (first, second):
        team = first.team("127.0.0.1")
        made = _keys(first, team, 3)
        for key in made:
            assert second.get("/authz", key=key["key"]).status == 204
            first.manage("apikey", "revoke", key["id"])
            for server in (first, second):
                began = monotonic()
                wait_until(lambda s=server, k=key: s.get("/authz", key=k["key"]).status == 401, "still let through")
                assert monotonic() - began < 5


def test_postgresql_process_that_was_stopped_does_not_answer_from_what_it_knew(
    tmp_path: Path, postgres_url: str
) -> None:
    with _servers(tmp_path, postgres_url, 1) as [server]:
        team = server.team("127.0.0.1")
        made = _keys(server, team, REVOKES)
        assert server.process is not None
        os.killpg(server.process.pid, signal.SIGSTOP)
        try:
            stopped = monotonic()
            revoked = 0
            while revoked < len(made) and (monotonic() - stopped < 5 or not revoked):
                server.manage("apikey", "revoke", made[revoked]["id"])
                revoked += 1
        finally:
            os.killpg(server.process.pid, signal.SIGCONT)
        assert [server.get("/authz", key=key["key"]).status for key in made[:revoked]] == [401] * revoked


def test_postgresql_listener_that_is_cut_off_costs_no_revocation(tmp_path: Path, postgres_url: str) -> None:
    with _servers(tmp_path, postgres_url, 1) as [server]:
        team = server.team("127.0.0.1")
        for key in _keys(server, team, 3):
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                ended = connection.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE application_name = 'gatehouse-watch' AND datname = current_database()"
                ).fetchone()
            assert ended is not None
            assert ended[0] >= 1
            server.manage("apikey", "revoke", key["id"])
            wait_until(lambda k=key: server.get("/authz", key=k["key"]).status == 401, "still let through")
            wait_until(lambda: server.get("/readyz").status == 200, "the watch did not come back")
