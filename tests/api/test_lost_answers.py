"""The answer was lost on the way: a program asks again with the same Idempotency-Key, and nothing is made twice."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apikeys.models import ApiKey
from console.api.models import CreatedOnce
from console.api.once import forget_old_creations
from ipsubnets.models import IPSubnet
from tests.api.calling import Program, errors_of, problem, program
from tests.cast import Cast
from tests.front_door import FrontDoorClient

ONCE = "5f0c7b0e-6c1f-4a0f-9d7e-0f6b3c1d2e4a"


@pytest.fixture
def bot(front_door: FrontDoorClient, cast: Cast) -> Program:
    return program(front_door, cast)


def test_a_key_is_generated_once_and_shown_once(bot: Program) -> None:
    first = bot.call("POST", "keys", {"name": "New"}, idempotency_key=ONCE)
    again = bot.call("POST", "keys", {"name": "New"}, idempotency_key=ONCE)
    made = first.json()
    assert problem(again, 409, "already_created")["key_id"] == made["id"]
    assert made["key"].encode() not in again.body
    assert ApiKey.objects.filter(name="New").count() == 1


def test_nothing_of_the_key_is_kept(bot: Program) -> None:
    made = bot.call("POST", "keys", {"name": "New"}, idempotency_key=ONCE).json()
    secret = made["key"].rpartition("_")[2]
    kept = CreatedOnce.objects.get()
    assert kept.object_id == made["id"]
    for field in CreatedOnce._meta.concrete_fields:
        assert secret not in str(getattr(kept, field.attname))
        assert ONCE not in str(getattr(kept, field.attname))


def test_rotating_once(bot: Program) -> None:
    first = bot.call("POST", f"keys/{bot.key_id}/rotate", {}, idempotency_key=ONCE)
    assert first.status == 201
    again = bot.call("POST", f"keys/{bot.key_id}/rotate", {}, idempotency_key=ONCE)
    assert problem(again, 409, "already_created")["key_id"] == first.json()["id"]


def test_a_network_is_listed_once_and_the_answer_is_the_same(bot: Program) -> None:
    network = {"network": "203.0.113.0/24", "label": "VPN"}
    first = bot.call("POST", "subnets", network, idempotency_key=ONCE)
    again = bot.call("POST", "subnets", network, idempotency_key=ONCE)
    assert (again.status, again.body) == (201, first.body)
    for name in ("etag", "location"):
        assert again.headers[name] == first.headers[name]
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    assert IPSubnet.objects.filter(network="203.0.113.0/24").count() == 1


def test_another_request_under_the_same_name_is_refused(bot: Program) -> None:
    assert bot.call("POST", "keys", {"name": "New"}, idempotency_key=ONCE).status == 201
    for path, content in [("keys", {"name": "Other"}), (f"keys/{bot.key_id}/rotate", {"reason": ""})]:
        problem(bot.call("POST", path, content, idempotency_key=ONCE), 422, "idempotency_key_reused")
    assert ApiKey.objects.count() == 2


def test_each_program_has_names_of_its_own(bot: Program, front_door: FrontDoorClient, cast: Cast) -> None:
    other = program(front_door, cast, name="Other-Bot")
    assert bot.call("POST", "keys", {"name": "New"}, idempotency_key=ONCE).status == 201
    assert "name" in errors_of(other.call("POST", "keys", {"name": "New"}, idempotency_key=ONCE))
    assert other.call("POST", "keys", {"name": "Newer"}, idempotency_key=ONCE).status == 201


def test_what_was_refused_may_be_mended_under_the_same_name(bot: Program) -> None:
    assert bot.call("POST", "keys", {"name": "Rotation-Bot"}, idempotency_key=ONCE).status == 422
    assert bot.call("POST", "keys", {"name": "New"}, idempotency_key=ONCE).status == 201


def test_a_day_later_it_is_a_new_request(bot: Program) -> None:
    assert bot.call("POST", "keys", {"name": "New"}, idempotency_key=ONCE).status == 201
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1), tick=False):
        assert "name" in errors_of(bot.call("POST", "keys", {"name": "New"}, idempotency_key=ONCE))
        assert bot.call("POST", "keys", {"name": "Newer"}, idempotency_key=ONCE).status == 201


def test_it_is_forgotten_by_housekeeping(bot: Program) -> None:
    bot.call("POST", "keys", {"name": "New"}, idempotency_key=ONCE)
    assert forget_old_creations(now=timezone.now() + timedelta(hours=23)) == 0
    assert forget_old_creations(now=timezone.now() + timedelta(hours=25)) == 1
    assert not CreatedOnce.objects.exists()


@pytest.mark.parametrize("name", ["a b", "x" * 129, "ä"])
def test_a_name_that_is_none(bot: Program, name: str) -> None:
    problem(bot.call("POST", "keys", {"name": "New"}, idempotency_key=name), 400, "malformed_request")
    assert ApiKey.objects.count() == 1
