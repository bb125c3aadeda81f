"""A key's rate limit: exact across processes, said in headers, and never silently dropped."""

import subprocess
import sys
from pathlib import Path

import pytest
import time_machine

from apikeys.models import ApiKey
from console.enforcement.rates import RateLimits
from tests.cast import Cast, list_network, make_key
from tests.front_door import OFFICE, FrontDoorClient
from tests.server import Gatehouse, gatehouse

DATASETS = "/api/v1/datasets"


def test_request_over_the_limit_is_refused_until_the_minute_is_over(front_door: FrontDoorClient, cast: Cast) -> None:
    list_network(cast.acme, OFFICE)
    generated = make_key(cast.acme, cast.dev)
    ApiKey.objects.filter(pk=generated.apikey.pk).update(rate_limit=3)
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False) as clock:
        answers = [front_door.get(DATASETS, key=generated.text) for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["ratelimit-policy"] == '"key";q=3;w=60'
        assert [answer.headers["ratelimit"] for answer in answers] == [f'"key";r={r};t=60' for r in (2, 1, 0, 0)]
        assert answers[3].headers["retry-after"] == "60"
        assert answers[3].json()["code"] == "rate_limited"
        clock.shift(61)
        assert front_door.get(DATASETS, key=generated.text).status == 200


def test_refused_requests_do_not_use_up_the_limit(front_door: FrontDoorClient, cast: Cast) -> None:
    list_network(cast.acme, OFFICE)
    generated = make_key(cast.acme, cast.dev)
    ApiKey.objects.filter(pk=generated.apikey.pk).update(rate_limit=1)
    assert [front_door.get(DATASETS, key=generated.text, address="203.0.113.9").status for _ in range(3)] == [403] * 3
    assert front_door.get(DATASETS, key=generated.text).status == 200


def test_processes_of_one_machine_count_together(tmp_path: Path) -> None:
    """Four processes, 50 requests each, a limit of 120: exactly 120 pass."""
    code = (
        "import sys; from console.enforcement.rates import RateLimits; limits = RateLimits(sys.argv[1]);"
        "print(sum(not limits.hit('k', 120).exceeded for _ in range(50)))"
    )
    command = [sys.executable, "-c", code, f"gatehouse+sqlite://{tmp_path / 'rates.sqlite3'}"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    passed = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(passed) == 120


def test_storage_that_is_away_means_per_process_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    limits = RateLimits("redis://127.0.0.1:1/0")
    assert [limits.hit("k", 2).exceeded for _ in range(3)] == [False, False, True]
    assert not limits.shared
    assert "per process" in caplog.text


@pytest.mark.server
def test_workers_of_one_server_share_the_limit(tmp_path: Path) -> None:
    with gatehouse(tmp_path, "sqlite", GATEHOUSE_WORKERS="2") as server:
        team = server.team("127.0.0.1")
        made = server.manage_json("apikey", "create", "--team", team, "--name", "Limited", "--rate-limit", "40")
        assert sum(_passes(server, made["key"]) for _ in range(60)) == 40


def _passes(server: Gatehouse, key: str) -> bool:
    return server.get("/authz", key=key).status == 204
