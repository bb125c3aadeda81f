"""Somebody watches Gatehouse with Prometheus: what is counted, by which process it is told, and to whom."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from console.enforcement.decision import Code
from console.metrics.exposition import GAUGES, exposition
from console.metrics.published import ProcessState
from console.metrics.tally import BUCKETS, Tally
from tests.server import ROOT, Gatehouse, gatehouse, wait_until

DECISIONS = "gatehouse_decisions_total"


def state(process: str, at: float, **by_code: int) -> ProcessState:
    times = [0] * (len(BUCKETS) + 1)
    times[3] = sum(by_code.values())
    return ProcessState(process, at, by_code, times, 0.5, {"snapshot_keys": 7, "queue:uses": 3})


def samples(page: str) -> dict[tuple[str, str], float]:
    """By name and the label that tells apart."""
    found: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "process"}
            name = (sample.name, next(iter(labels.values()), ""))
            found[name] = found.get(name, 0.0) + sample.value
    return found


def test_decisions_are_told_by_code_and_by_time() -> None:
    tally = Tally()
    for code, seconds in ((None, 0.000_004), (None, 0.000_005), (Code.IP_NOT_ALLOWED, 0.000_04), (None, 7.0)):
        tally.decided(code, seconds)
    tally.add_up()
    tally.add_up()
    assert (tally.by_code["let_through"], tally.by_code["ip_not_allowed"], tally.by_code["rate_limited"]) == (3, 1, 0)
    assert (tally.by_time[0], tally.by_time[3], tally.by_time[-1], sum(tally.by_time)) == (2, 1, 1, 4)
    assert tally.seconds == pytest.approx(7.000_049)


def test_what_an_ended_process_counted_still_counts_and_how_it_was_does_not(time_now: float) -> None:
    ended, running = state("1", time_now - 60, let_through=5), state("2", time_now, let_through=2, rate_limited=1)
    told = samples(exposition([ended, running]).decode())
    assert (told[DECISIONS, "let_through"], told[DECISIONS, "rate_limited"]) == (7, 1)
    assert told["gatehouse_decision_seconds_count", ""] == 8
    assert told["gatehouse_decision_seconds_sum", ""] == 1.0
    assert told["gatehouse_decision_seconds_bucket", "2.5e-05"] == 0
    assert told["gatehouse_decision_seconds_bucket", "5e-05"] == told["gatehouse_decision_seconds_bucket", "+Inf"] == 8
    assert told["gatehouse_processes", ""] == 1
    assert told["gatehouse_snapshot_keys", ""] == 7
    assert told["gatehouse_queue_length", "uses"] == 3


@pytest.fixture
def time_now() -> float:
    from time import time

    return time()


def test_every_metric_is_documented(time_now: float) -> None:
    page = exposition([state("1", time_now, let_through=1)]).decode()
    names = set(re.findall(r"^# HELP (\w+)", page, re.MULTILINE))
    assert len(names) == len(GAUGES) + 4
    documented = (ROOT / "docs" / "metrics.md").read_text()
    assert {name for name in names if f"`{name}`" not in documented} == set()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatehouse]:
    with gatehouse(tmp_path_factory.mktemp("metrics"), "sqlite", GATEHOUSE_WORKERS="2") as server:
        yield server


@pytest.mark.server
def test_two_processes_tell_of_both(watched: Gatehouse) -> None:
    key = watched.key(watched.team("127.0.0.1"))["key"]
    for _ in range(20):
        assert watched.get("/authz", key=key).status == 204
        assert watched.get("/api/v1/datasets", key=key).status == 200
        assert watched.get("/authz").status == 401
    wait_until(lambda: _told(watched)[DECISIONS, "let_through"] >= 40, "the decisions were not counted")
    told = _told(watched)
    assert (told[DECISIONS, "let_through"], told[DECISIONS, "missing_api_key"]) == (40, 20)
    assert told["gatehouse_decision_seconds_count", ""] == 60
    assert 0 < told["gatehouse_decision_seconds_sum", ""] < 60
    assert told["gatehouse_processes", ""] == told["gatehouse_snapshot_fresh", ""] == 2
    assert told["gatehouse_snapshot_keys", ""] >= 1
    files = list((watched.directory / "data").glob("metrics-*/*.json"))
    assert len(files) == 2
    assert {file.parent.stat().st_mode & 0o777 for file in files} == {0o700}


def _told(server: Gatehouse) -> dict[tuple[str, str], float]:
    answer = server.get("/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return samples(answer.body.decode())


@pytest.mark.server
def test_whoever_asks_through_a_proxy_that_nobody_named_is_refused(watched: Gatehouse) -> None:
    for header in ("X-Forwarded-For", "Via", "Forwarded", "X-Real-IP"):
        assert watched.get("/metrics", headers={header: "127.0.0.1"}).status == 403, header
    assert watched.request("POST", "/metrics").status == 405
    assert watched.get("/metrics/").status == 404


@pytest.mark.server
def test_the_networks_can_be_others_and_a_trusted_proxy_is_seen_through(tmp_path: Path) -> None:
    settings = {"GATEHOUSE_METRICS_NETWORKS": "198.51.100.0/24", "GATEHOUSE_TRUSTED_PROXIES": "127.0.0.1"}
    with gatehouse(tmp_path, "sqlite", **settings) as server:
        assert server.get("/metrics", address="127.0.0.2").status == 403
        for forwarded, status in (("198.51.100.7", 200), ("203.0.113.9", 403), ("198.51.100.7, 203.0.113.9", 403)):
            assert server.get("/metrics", headers={"X-Forwarded-For": forwarded}).status == status, forwarded
