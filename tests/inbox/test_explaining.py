"""Ann pastes the ID of a refusal and reads which rule decided, within her own team only."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from console.enforcement.gate import usage
from console.enforcement.refused import KEPT_REQUESTS, MOST_NETWORKS, prune_team
from console.models import RefusedRequest
from teams.models import Team
from tests.cast import Cast, list_network, make_key
from tests.commands import manage, manage_json
from tests.commands import refused as refuses
from tests.conftest import SignIn
from tests.front_door import FrontDoorClient
from tests.markup import read

EXPLAIN = "/teams/acme/refusals/explain/"
ELSEWHERE = "203.0.113.9"


@pytest.fixture(autouse=True)
def empty_counter() -> None:
    usage.cache_clear()


@pytest.fixture
def ann(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.ann)


def refused_id(front_door: FrontDoorClient, key: str) -> str:
    answer = front_door.get("/api/v1/datasets", key=key, address=ELSEWHERE)
    usage().flush()
    return str(answer.json()["request_id"])


def test_the_rule_and_what_it_compared(cast: Cast, ann: Client, front_door: FrontDoorClient) -> None:
    list_network(cast.acme, "198.51.100.0/24")
    list_network(cast.acme, "203.0.113.10")
    generated = make_key(cast.acme, cast.dev)
    request_id = refused_id(front_door, generated.text)
    text = read(ann.get(EXPLAIN, {"request_id": f" {request_id.upper()} "})).one(id="explanation").text
    for part in ("403 IP address not allowed", ELSEWHERE, generated.apikey.pk, "198.51.100.0/24", "203.0.113.10/32"):
        assert part in text
    assert "It was in none." in text
    assert "in none of the account's networks" in text
    list_network(cast.acme, "203.0.113.0/24", "Office")
    text = read(ann.get(EXPLAIN, {"request_id": request_id})).one(id="explanation").text
    assert "The address is in 203.0.113.0/24 (Office)." in text, "what has changed since"


def test_of_a_long_list_the_nearest_are_told(cast: Cast, ann: Client, front_door: FrontDoorClient) -> None:
    for number in range(60):
        list_network(cast.acme, f"10.{number}.0.0/24")
    list_network(cast.acme, "203.0.113.8")
    request_id = refused_id(front_door, make_key(cast.acme, cast.dev).text)
    page = read(ann.get(EXPLAIN, {"request_id": request_id})).one(id="explanation")
    assert "203.0.113.8/32" in page.text
    assert f"the list had {61 - MOST_NETWORKS} more ranges" in page.text


def test_a_key_that_cannot_be_used(cast: Cast, ann: Client, front_door: FrontDoorClient) -> None:
    generated = make_key(cast.acme, cast.dev)
    type(generated.apikey).objects.filter(pk=generated.apikey.pk).update(expires_at=timezone.now())
    text = read(ann.get(EXPLAIN, {"request_id": refused_id(front_door, generated.text)})).one(id="explanation").text
    assert "401 API key invalid" in text
    assert "The API key has expired." in text
    assert "Compared with" not in text


def test_what_cannot_be_explained(cast: Cast, ann: Client, front_door: FrontDoorClient, sign_in: SignIn) -> None:
    foreign = refused_id(front_door, make_key(cast.globex, cast.mallory).text)
    own = refused_id(front_door, make_key(cast.acme, cast.dev).text)
    RefusedRequest.objects.filter(pk=own).update(at=timezone.now() - timedelta(days=7, minutes=1))
    for wrong in (foreign, own, "0" * 24, "<script>", "\x00", "🚀" * 64):
        answer = ann.get(EXPLAIN, {"request_id": wrong})
        assert answer.status_code == 422
        assert read(answer).error_of("request_id")
    assert read(ann.get(EXPLAIN, {"request_id": ""})).error_of("request_id") == "Paste the request_id of a refusal."
    assert read(sign_in(cast.mallory).get(EXPLAIN.replace("acme", "globex"), {"request_id": foreign})).one(
        id="explanation"
    )


def test_command_tells_the_same(cast: Cast, front_door: FrontDoorClient) -> None:
    list_network(cast.acme, "198.51.100.0/24")
    request_id = refused_id(front_door, make_key(cast.acme, cast.dev).text)
    told = manage_json("refusal", "explain", "--team", "acme", request_id)
    assert (told["address"], told["networks"]) == (ELSEWHERE, ["198.51.100.0/24"])
    assert "It was in none." in manage("refusal", "explain", "--team", "acme", request_id)
    assert "No refusal of this team" in refuses("refusal", "explain", "--team", "globex", request_id)


def test_a_team_keeps_so_many_and_another_all_of_its_own(cast: Cast) -> None:
    def many(team: Team, number: int) -> None:
        key = make_key(team, cast.dev if team == cast.acme else cast.mallory).apikey
        now = timezone.now()
        RefusedRequest.objects.bulk_create(
            RefusedRequest(
                request_id=f"{team.slug}-{n}", team=team, key=key, at=now - timedelta(seconds=n), code="ip_not_allowed"
            )
            for n in range(number)
        )

    many(cast.acme, KEPT_REQUESTS + 30)
    many(cast.globex, 5)
    assert prune_team(cast.acme.pk) == 30
    assert not RefusedRequest.objects.filter(pk=f"acme-{KEPT_REQUESTS}").exists()
    assert RefusedRequest.objects.filter(team=cast.globex).count() == 5
