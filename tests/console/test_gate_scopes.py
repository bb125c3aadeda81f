"""A key does what it was generated for, and reads what its team is subscribed to."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from console.datasets.models import Dataset, Subscription
from console.datasets.subscriptions import end_subscription, grant_subscription, set_end
from console.enforcement.refusals import ERRORS
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.front_door import OFFICE, Answer, FrontDoorClient
from tests.server import Gatehouse, wait_until

LIST = "/api/v1/datasets"
TAQ, BARS = "us-equity-taq", "us-equity-1min-bars"


@pytest.fixture(autouse=True)
def office(cast: Cast) -> None:
    list_network(cast.acme, OFFICE, "Office")


def subscription(cast: Cast, dataset: str = TAQ) -> Subscription:
    return cast.acme.subscriptions.select_related("team").get(dataset=dataset)


def listed(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.json()
    return [dataset["id"] for dataset in answer.json()["datasets"]]


def assert_forbidden(answer: Answer, code: str, **extensions: str) -> dict[str, Any]:
    document = answer.json()
    assert (answer.status, document["code"]) == (403, code), document
    assert document["title"] == ERRORS[code].title
    assert {name: document.get(name) for name in extensions} == extensions
    assert "reason" not in document
    for named in extensions.values():
        assert named in document["detail"]
    return document


# Scopes


def test_key_without_the_scope_is_told_which_one_is_missing(front_door: FrontDoorClient, cast: Cast) -> None:
    key = make_key(cast.acme, cast.dev, scopes=["keys:read"]).text
    answer = front_door.get(LIST, key=key)
    assert_forbidden(answer, "insufficient_scope", scope="datasets:read")
    challenge = 'Bearer realm="gatehouse", error="insufficient_scope", scope="datasets:read"'
    assert answer.headers["www-authenticate"] == challenge
    assert_forbidden(front_door.get(f"{LIST}/{TAQ}", key=key), "insufficient_scope", scope=f"datasets:read:{TAQ}")


def test_narrowed_key_reads_its_datasets_and_no_other(front_door: FrontDoorClient, cast: Cast) -> None:
    key = make_key(cast.acme, cast.dev, scopes=[f"datasets:read:{TAQ}"]).text
    assert listed(front_door.get(LIST, key=key)) == [TAQ]
    for below in ("", "/", "/rows", "/rows/"):
        assert front_door.get(f"{LIST}/{TAQ}{below}", key=key).status == 200
        refused = front_door.get(f"{LIST}/{BARS}{below}", key=key)
        assert_forbidden(refused, "insufficient_scope", scope=f"datasets:read:{BARS}")


def test_whoever_may_not_read_a_dataset_is_not_told_of_the_subscription(
    front_door: FrontDoorClient, cast: Cast
) -> None:
    end_subscription(subscription=subscription(cast, BARS), actor=BY_TESTS)
    key = make_key(cast.acme, cast.dev, scopes=[f"datasets:read:{TAQ}"]).text
    assert_forbidden(front_door.get(f"{LIST}/{BARS}", key=key), "insufficient_scope", scope=f"datasets:read:{BARS}")


def test_address_and_standing_are_judged_before_the_scope(front_door: FrontDoorClient, cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev, scopes=["keys:read"], days=1)
    assert front_door.get(LIST, key=made.text, address="203.0.113.9").json()["code"] == "ip_not_allowed"
    with time_machine.travel(made.apikey.expires_at, tick=False):
        assert front_door.get(LIST, key=made.text).json()["reason"] == "expired"


def test_where_nothing_is_any_key_hears_so(front_door: FrontDoorClient, cast: Cast) -> None:
    key = make_key(cast.acme, cast.dev, scopes=["audit:read"]).text
    assert front_door.get("/api/v1/nothing", key=key).status == 404
    assert front_door.get("/api/v1//datasets", key=key).status == 404


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "DELETE"])
def test_every_method_needs_the_scope(front_door: FrontDoorClient, cast: Cast, method: str) -> None:
    key = make_key(cast.acme, cast.dev, scopes=["keys:read"]).text
    assert front_door.request(method, f"{LIST}/{TAQ}/rows", key=key).status == 403


# Subscriptions


def test_team_reads_what_it_is_subscribed_to(front_door: FrontDoorClient, cast: Cast) -> None:
    key = make_key(cast.acme, cast.dev).text
    assert len(listed(front_door.get(LIST, key=key))) == 5
    end_subscription(subscription=subscription(cast), reason="unpaid", actor=BY_TESTS)
    assert TAQ not in listed(front_door.get(LIST, key=key))
    for below in ("", "/rows", "/rows?limit=nonsense"):
        answer = front_door.get(f"{LIST}/{TAQ}{below}", key=key)
        assert_forbidden(answer, "not_subscribed", dataset=TAQ)
    assert front_door.get(f"{LIST}/{BARS}/rows", key=key).status == 200
    grant_subscription(team=cast.acme, dataset=Dataset.objects.get(pk=TAQ), actor=BY_TESTS)
    assert front_door.get(f"{LIST}/{TAQ}/rows", key=key).status == 200


def test_one_teams_subscription_opens_nothing_to_another(front_door: FrontDoorClient, cast: Cast) -> None:
    end_subscription(subscription=subscription(cast), actor=BY_TESTS)
    list_network(cast.globex, OFFICE)
    theirs, ours = make_key(cast.globex, cast.mallory).text, make_key(cast.acme, cast.dev).text
    assert front_door.get(f"{LIST}/{TAQ}", key=theirs).status == 200
    assert front_door.get(f"{LIST}/{TAQ}", key=ours).status == 403


def test_subscription_ends_and_begins_at_its_second(front_door: FrontDoorClient, cast: Cast) -> None:
    """Without any change in between: the gate that has remembered the team knows when to look again."""
    key = make_key(cast.acme, cast.dev).text
    now = timezone.now()
    ends, begins = now + timedelta(hours=1), now + timedelta(hours=2)
    ending = set_end(subscription=subscription(cast), ends_at=ends, actor=BY_TESTS)
    grant_subscription(team=cast.acme, dataset=ending.dataset, starts_at=begins, actor=BY_TESTS)
    instant = timedelta(milliseconds=1)
    for moment, status in ((ends - instant, 200), (ends, 403), (begins - instant, 403), (begins, 200)):
        with time_machine.travel(moment, tick=False):
            assert front_door.get(f"{LIST}/{TAQ}/rows?limit=1", key=key).status == status, moment
            assert (TAQ in listed(front_door.get(LIST, key=key))) == (status == 200), moment


def test_remembered_team_costs_no_query(
    front_door: FrontDoorClient, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    end_subscription(subscription=subscription(cast), actor=BY_TESTS)
    key = make_key(cast.acme, cast.dev, scopes=["datasets:read:us-equity-taq", f"datasets:read:{BARS}"]).text
    front_door.get(LIST, key=key)
    with django_assert_num_queries(0):
        statuses = [front_door.get(f"{LIST}{below}", key=key).status for below in ("", f"/{TAQ}", f"/{BARS}/rows")]
    assert statuses == [200, 403, 200]


# /authz


@pytest.mark.server
def test_authz_asks_for_the_scope_that_the_proxy_writes_before_the_clients_path(server: Gatehouse) -> None:
    team = server.team("127.0.0.1")
    words = ("apikey", "create", "--team", team, "--scope", "keys:read", "--scope", f"datasets:read:{TAQ}", "--name")
    key = server.manage_json(*words, "scoped")["key"]
    plain = server.get("/authz/any/path", key=key)
    assert plain.status == 204
    assert plain.headers["x-gatehouse-scopes"] == f"datasets:read:{TAQ} keys:read"
    for asked in (
        "keys:read",
        "keys:read/",
        "keys:read/x?scope=audit:read",
        f"datasets:read:{TAQ}/x",
        "datasets:read/",
    ):
        assert server.get(f"/authz:{asked}", key=key).status == 204, asked
    for asked in ("audit:read/", "audit:read/../authz", f"datasets:read:{BARS}/x", "", "/keys:read", "keys:read*"):
        answer = server.get(f"/authz:{asked}", key=key)
        assert (answer.status, answer.json()["code"]) == (403, "insufficient_scope"), asked
    assert server.get("/authz:audit:read/x", key=key).json()["scope"] == "audit:read"
    assert server.get("/authz:keys:read/x").json()["code"] == "missing_api_key"
    ended = server.manage_json("subscription", "end", "--team", team, TAQ)
    assert ended["status"] == "ended"
    asked = f"/authz:datasets:read:{TAQ}/x"
    wait_until(lambda: server.get(asked, key=key).status == 403, "still let through")  # at once only on SQLite
    answer = server.get(asked, key=key)
    assert (answer.status, answer.json()["dataset"]) == (403, TAQ)
