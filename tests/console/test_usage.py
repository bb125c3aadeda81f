"""Usage is counted without a write per request, and shown to the minute."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.utils import timezone

from apikeys.models import KeyHour, KeyUsage
from console.datasets.models import DatasetDay
from console.datasets.selectors import subscriptions_of
from console.enforcement import usage as usage_module
from console.enforcement.gate import usage
from console.enforcement.places import MOST_PLACES_OF_KEY
from console.enforcement.refused import MOST_ROWS_OF_TEAM
from console.enforcement.usage import UsageCounter
from console.models import Refusal
from ipsubnets.models import AddressDay
from tests.cast import Cast, list_network, make_key
from tests.front_door import OFFICE, FrontDoorClient
from tests.server import Gatehouse, wait_until

DATASETS = "/api/v1/datasets"


@pytest.fixture(autouse=True)
def empty_counter() -> None:
    usage.cache_clear()


def test_uses_and_refusals_are_added_up_and_written_in_one_flush(
    front_door: FrontDoorClient, cast: Cast, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    list_network(cast.acme, OFFICE)
    generated = make_key(cast.acme, cast.dev)
    for _ in range(5):
        front_door.get(DATASETS, key=generated.text)
    refused = [front_door.get(DATASETS, key=generated.text, address="203.0.113.9") for _ in range(3)]
    front_door.get(DATASETS)
    assert not KeyUsage.objects.exists(), "nothing is written while requests are answered"
    with django_assert_max_num_queries(7):  # type: ignore[operator]
        usage().flush()
    used = KeyUsage.objects.get()
    assert (used.key_id, used.requests, used.last_used_from) == (generated.apikey.pk, 5, OFFICE)
    assert KeyHour.objects.get().requests == 5
    place = AddressDay.objects.get()
    assert (place.team, place.key_id, place.address, place.requests) == (cast.acme, used.key_id, OFFICE, 5)
    counted = Refusal.objects.get()
    assert (counted.team, counted.address, counted.code, counted.requests) == (
        cast.acme,
        "203.0.113.9",
        "ip_not_allowed",
        3,
    )
    assert counted.last_request_id == refused[-1].json()["request_id"]
    front_door.get(DATASETS, key=generated.text)
    usage().flush()
    assert KeyUsage.objects.get().requests == 6


def test_flush_that_fails_is_kept_for_the_next_one(
    front_door: FrontDoorClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_network(cast.acme, OFFICE)
    generated = make_key(cast.acme, cast.dev)
    front_door.get(DATASETS, key=generated.text)
    with monkeypatch.context() as broken:
        broken.setattr(usage_module, "write", _disk_full)
        broken.setattr(connection, "close", lambda: None)
        usage().flush()
        assert usage().failing
    usage().flush()
    assert not usage().failing
    assert KeyUsage.objects.get().requests == 1


def _disk_full(*_: object) -> None:
    raise DatabaseError("database or disk is full")


def test_flood_of_distinct_addresses_keeps_the_sums_bounded(front_door: FrontDoorClient, cast: Cast) -> None:
    generated = make_key(cast.acme, cast.dev)
    for number in range(MOST_ROWS_OF_TEAM + 500):
        front_door.get(DATASETS, key=generated.text, address=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    usage().flush()
    assert Refusal.objects.count() <= MOST_ROWS_OF_TEAM + 1
    assert Refusal.objects.get(address="elsewhere").requests == 500


def test_a_flood_of_addresses_that_are_let_through_keeps_the_sums_bounded(
    front_door: FrontDoorClient, cast: Cast
) -> None:
    list_network(cast.acme, "10.0.0.0/8")
    generated = make_key(cast.acme, cast.dev)
    for number in range(MOST_PLACES_OF_KEY + 20):
        front_door.get(DATASETS, key=generated.text, address=f"10.0.{number >> 8}.{number & 255}")
    usage().flush()
    assert AddressDay.objects.count() == MOST_PLACES_OF_KEY + 1
    assert AddressDay.objects.get(address="elsewhere").requests == 20
    assert KeyUsage.objects.get().requests == MOST_PLACES_OF_KEY + 20


def test_queue_is_bounded(monkeypatch: pytest.MonkeyPatch, front_door: FrontDoorClient, cast: Cast) -> None:
    monkeypatch.setattr(usage_module, "LONGEST_QUEUE", 2)
    generated = make_key(cast.acme, cast.dev)
    for _ in range(5):
        front_door.get(DATASETS, key=generated.text)
    usage().flush()
    assert Refusal.objects.get().requests == 2


def test_requests_for_a_dataset_are_counted_by_team_and_day(front_door: FrontDoorClient, cast: Cast) -> None:
    """Those that were let through; the list of datasets is no dataset."""
    list_network(cast.acme, OFFICE)
    key, narrow = make_key(cast.acme, cast.dev).text, make_key(cast.acme, cast.ann, "n", scopes=["keys:read"]).text
    late = (timezone.now() + timedelta(days=2)).replace(hour=23, minute=59)
    with time_machine.travel(late, tick=False):
        for below in ("", "/us-equity-taq", "/us-equity-taq/rows?limit=1", "/us-equity-1min-bars"):
            front_door.get(f"{DATASETS}{below}", key=key)
        front_door.get(f"{DATASETS}/us-equity-taq", key=narrow)
        usage().flush()
        front_door.get(f"{DATASETS}/us-equity-taq", key=key)
        usage().flush()
        shown = {row.dataset_id: row.requests for row in subscriptions_of(cast.acme)}  # type: ignore[attr-defined]
    counted = DatasetDay.objects.values_list("team", "dataset", "day", "requests").order_by("dataset")
    day = late.date()
    assert list(counted) == [
        (cast.acme.pk, "us-equity-1min-bars", day, 1),
        (cast.acme.pk, "us-equity-taq", day, 3),
    ]
    assert (shown["us-equity-taq"], shown["us-equity-1min-bars"], shown["us-futures-trades"]) == (3, 1, 0)
    with time_machine.travel(late + timedelta(days=29, minutes=2), tick=False):
        assert {row.requests for row in subscriptions_of(cast.acme)} == {0}  # type: ignore[attr-defined]


def test_counter_without_anything_to_write_touches_no_database() -> None:
    UsageCounter().flush()


@pytest.mark.server
def test_running_server_shows_last_use_and_flushes_when_it_stops(server: Gatehouse) -> None:
    team = server.team("127.0.0.1")
    key = server.key(team)["key"]
    for _ in range(3):
        assert server.get("/authz", key=key).status == 204
    wait_until(lambda: _last_used(server, team), "the use of the key was not written", seconds=15)
    assert server.get("/authz", key=key).status == 204


def _last_used(server: Gatehouse, team: str) -> bool:
    return server.manage_json("apikey", "list", "--team", team)[0]["last_used_at"] is not None
