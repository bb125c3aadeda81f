"""Two machines behind one address: a key's limit is one limit, and Valkey going away never lifts it."""

import shutil
from collections.abc import Iterator

import pytest

from tests.server import Gatehouse, postgres_database, postgres_missing, wait_until
from tests.valkey import Valkey, valkey, valkey_missing

pytestmark = pytest.mark.server

Machines = tuple[Gatehouse, Gatehouse, Valkey]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Nothing is shared but PostgreSQL, Valkey and the secrets."""
    if reason := postgres_missing() or valkey_missing():
        pytest.skip(reason)
    directory = tmp_path_factory.mktemp("machines")
    with postgres_database() as database, valkey(directory) as counts:
        both = [Gatehouse(directory / name, database, {"GATEHOUSE_VALKEY_URL": counts.url}) for name in ("one", "two")]
        one, two = both
        one.directory.mkdir()
        try:
            one.start()
            shutil.copytree(one.directory / "data", two.directory / "data")
            two.start()
            yield one, two, counts
        finally:
            for machine in both:
                machine.stop()


def limited_key(machine: Gatehouse, per_minute: int) -> str:
    team = machine.team("127.0.0.1")
    command = ["apikey", "create", "--team", team, "--name", "Limited", "--rate-limit", str(per_minute)]
    key: str = machine.manage_json(*command)["key"]
    return key


def passed(machines: list[Gatehouse], key: str, requests: int) -> int:
    """Of so many requests, in turn to each machine."""
    return sum(machines[n % len(machines)].get("/authz", key=key).status == 204 for n in range(requests))


def test_both_count_together(machines: Machines) -> None:
    one, two, _ = machines
    key = limited_key(one, 30)
    assert passed([one, two], key, 50) == 30
    refused = two.get("/authz", key=key)
    assert (refused.status, refused.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["retry-after"]) <= 60


def test_without_valkey_each_counts_for_itself_says_so_and_comes_back(machines: Machines) -> None:
    one, two, counts = machines
    key = limited_key(one, 10)
    assert passed([one], key, 1) == 1
    counts.stop()
    assert passed([one], key, 20) == 10
    assert passed([two], key, 20) == 10
    assert one.get("/readyz").json()["rate_limits"].startswith("enforced per process")
    assert one.log.read_text().count("Rate limits are enforced per process") == 1
    counts.start()
    other = limited_key(one, 1000)

    def shared_again() -> bool:
        one.get("/authz", key=other)
        return bool(one.get("/readyz").json()["rate_limits"] == "ok")

    wait_until(shared_again, "the counts are not shared again", seconds=15)
