"""Ann lets her team only observe for a while: nothing but the network rule is relaxed, and it ends to the second."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from console.enforcement.gate import usage
from console.models import Refusal
from ipsubnets.models import AddressDay, ObserveMode
from ipsubnets.observing import close_ended, observe
from teams.models import AuditEvent
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.commands import manage, manage_json, refused
from tests.conftest import SignIn
from tests.front_door import OFFICE, FrontDoorClient
from tests.markup import read, rows, said

DATASETS = "/api/v1/datasets"
SETTINGS = "/teams/acme/settings/"
ELSEWHERE = "203.0.113.9"
BANNER = "Acme Research only observes: its keys work from every address"


@pytest.fixture(autouse=True)
def empty_counter() -> None:
    usage.cache_clear()


@pytest.fixture
def ann(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.ann)


def test_what_would_have_been_refused_passes_and_is_listed(
    cast: Cast, ann: Client, front_door: FrontDoorClient
) -> None:
    list_network(cast.acme, OFFICE)
    key = make_key(cast.acme, cast.dev).text
    answer = ann.post(f"{SETTINGS}observe/", {"length": "14d"}, follow=True)
    assert "The networks are only observed now." in said(read(answer))
    assert front_door.get(DATASETS, key=key, address=ELSEWHERE).status == 200
    assert front_door.get(DATASETS, key=key).status == 200
    usage().flush()
    counted = Refusal.objects.get()
    assert (counted.address, counted.code, counted.reason) == (ELSEWHERE, "ip_not_allowed", "observed")
    assert AddressDay.objects.count() == 2, "they were let through"
    (row,) = rows(read(ann.get("/teams/acme/refusals/")), "refused-list")
    assert "observed" in row.one("td", data_label="Answer").text
    explained = read(ann.get("/teams/acme/refusals/explain/", {"request_id": counted.last_request_id}))
    assert "Let through, because the team only observed" in explained.one(id="explanation").text


def test_everything_else_still_refuses(cast: Cast, front_door: FrontDoorClient) -> None:
    observe(team=cast.acme, length=timedelta(hours=1), actor=BY_TESTS)
    good, expired = make_key(cast.acme, cast.dev), make_key(cast.acme, cast.dev, "Expired")
    narrow = make_key(cast.acme, cast.dev, "Narrow", scopes=["keys:read"]).text
    type(expired.apikey).objects.filter(pk=expired.apikey.pk).update(expires_at=timezone.now())
    foreign = make_key(cast.globex, cast.mallory).text
    assert front_door.get(DATASETS, key=good.text, address=ELSEWHERE).status == 200
    assert front_door.get(DATASETS, key=expired.text, address=ELSEWHERE).status == 401
    assert front_door.get(DATASETS, key=narrow, address=ELSEWHERE).json()["code"] == "insufficient_scope"
    assert front_door.get(DATASETS, key=foreign, address=ELSEWHERE).status == 403
    assert front_door.get(DATASETS, key=good.text, address=None).status == 403, "an address that nobody knows"
    assert front_door.get(DATASETS, address=ELSEWHERE).status == 401


def test_it_ends_to_the_second_without_anybody_doing_anything(cast: Cast, front_door: FrontDoorClient) -> None:
    key = make_key(cast.acme, cast.dev).text
    begin = timezone.now().replace(microsecond=0)
    with time_machine.travel(begin, tick=False):
        observe(team=cast.acme, length=timedelta(days=14), actor=BY_TESTS)
        assert front_door.get(DATASETS, key=key, address=ELSEWHERE).status == 200
    with time_machine.travel(begin + timedelta(days=14, seconds=-1), tick=False):
        assert front_door.get(DATASETS, key=key, address=ELSEWHERE).status == 200
    with time_machine.travel(begin + timedelta(days=14), tick=False):
        assert front_door.get(DATASETS, key=key, address=ELSEWHERE).status == 403
        assert close_ended(now=timezone.now()) == 1
        assert close_ended(now=timezone.now()) == 0
    assert AuditEvent.objects.filter(kind="networks.observing_ended", actor_name="Gatehouse").count() == 1


def test_every_page_of_the_team_says_so_loudly(cast: Cast, ann: Client, sign_in: SignIn) -> None:
    pages = [f"/teams/acme/{page}/" for page in ("authorization", "members", "groups", "activity", "settings")]
    assert not any(BANNER in read(ann.get(page)).text for page in pages)
    observe(team=cast.acme, length=timedelta(days=1), actor=BY_TESTS)
    assert all(BANNER in read(ann.get(page)).text for page in (*pages, "/settings/profile/"))
    vic = read(sign_in(cast.vic).get(pages[0]))
    assert BANNER in vic.text
    assert not vic.all(id="enforce-now")
    assert "only observes" not in read(sign_in(cast.mallory).get("/teams/globex/authorization/")).text
    ann.post(f"{SETTINGS}enforce/")
    assert not any(BANNER in read(ann.get(page)).text for page in pages)


def test_only_an_admin_may_and_not_for_longer(cast: Cast, ann: Client, sign_in: SignIn) -> None:
    for person in (cast.olga, cast.dev, cast.vic):
        assert sign_in(person).post(f"{SETTINGS}observe/", {"length": "1d"}).status_code == 403
    for wrong in ("", "15d", "forever"):
        assert ann.post(f"{SETTINGS}observe/", {"length": wrong}).status_code == 422
    assert not ObserveMode.objects.exists()
    assert "does not observe" in said(read(ann.post(f"{SETTINGS}enforce/", follow=True)))[0]


def test_commands_do_the_same_and_it_is_in_the_trail(cast: Cast, front_door: FrontDoorClient) -> None:
    key = make_key(cast.acme, cast.dev).text
    assert manage_json("team", "observe", "acme", "--for", "8h")["mode"] == "observe"
    assert front_door.get(DATASETS, key=key, address=ELSEWHERE).status == 200
    assert "binding" in manage("team", "enforce", "acme")
    assert front_door.get(DATASETS, key=key, address=ELSEWHERE).status == 403
    assert "at most 14 days" in refused("team", "observe", "acme", "--for", "15d")
    assert "binding already" in refused("team", "enforce", "acme")
    kinds = AuditEvent.objects.filter(kind__startswith="networks.").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["networks.observed", "networks.enforced"]
