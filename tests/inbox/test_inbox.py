"""Olga sees who was refused, good keys first, and allows an address or ignores it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from console.enforcement.gate import usage
from console.enforcement.refused import KEPT_ROWS, MOST_ROWS_OF_TEAM, prune_team
from console.models import Refusal, RefusedRequest
from ipsubnets.models import IPSubnet
from teams.models import AuditEvent
from tests.cast import Cast, list_network, make_key, refused
from tests.commands import manage, manage_json
from tests.commands import refused as refuses
from tests.conftest import SignIn
from tests.front_door import OFFICE, FrontDoorClient
from tests.markup import events, read, rows

LIST = "/teams/acme/authorization/"
REFUSALS = "/teams/acme/refusals/"
DATASETS = "/api/v1/datasets"
HTMX = {"HX-Request": "true", "HX-Target": "refused-list"}
ELSEWHERE = "203.0.113.9"


@pytest.fixture(autouse=True)
def empty_counter() -> None:
    usage.cache_clear()


@pytest.fixture
def olga(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.olga)


def addresses(client: Client, path: str = REFUSALS, **query: str) -> list[str]:
    page = read(client.get(path, query))
    return [
        row.one("td", data_label="Address").one("div", class_="cell-main mono").text
        for row in rows(page, "refused-list")
    ]


def test_a_refused_call_is_told_with_all_that_is_known(cast: Cast, olga: Client, front_door: FrontDoorClient) -> None:
    list_network(cast.acme, OFFICE)
    generated = make_key(cast.acme, cast.dev)
    for _ in range(2):
        front_door.get(
            f"{DATASETS}?limit=1", key=generated.text, address=ELSEWHERE, headers=[("User-Agent", "backtest/1.0 <b>")]
        )
    usage().flush()
    (row,) = rows(read(olga.get(REFUSALS)), "refused-list")
    for part in (
        ELSEWHERE,
        DATASETS,
        "backtest/1.0 <b>",
        "Backtesting-Alpha-Bot",
        generated.apikey.pk,
        "ip_not_allowed",
    ):
        assert part in row.text
    assert row.one("td", data_label="Requests").text == "2"
    assert "limit=1" not in row.text


def test_one_click_lists_the_address_for_eight_hours_and_the_next_call_passes(
    cast: Cast, olga: Client, front_door: FrontDoorClient
) -> None:
    generated = make_key(cast.acme, cast.dev)
    assert front_door.get(DATASETS, key=generated.text, address=ELSEWHERE).status == 403
    usage().flush()
    (row,) = rows(read(olga.get(REFUSALS)), "refused-list")
    button = row.one("button", aria_label=f"Allow {ELSEWHERE} for 8 hours")
    (form,) = [form for form in row.all("form") if button in list(form)]
    answer = olga.post(form.get("action"), {"which": "alone", "ends": "8h"}, headers=HTMX)
    assert events(answer)["networks-changed"]
    subnet = IPSubnet.objects.get()
    assert (subnet.network, subnet.label) == (f"{ELSEWHERE}/32", "Allowed for Backtesting-Alpha-Bot")
    assert subnet.expires_at
    assert timedelta(hours=7, minutes=59) < subnet.expires_at - timezone.now() < timedelta(hours=8, minutes=1)
    assert front_door.get(DATASETS, key=generated.text, address=ELSEWHERE).status == 200
    assert addresses(olga) == []
    IPSubnet.objects.update(expires_at=timezone.now())
    assert addresses(olga) == [ELSEWHERE], "when the network has ended, it is back"


@pytest.mark.parametrize(
    ("address", "block"), [(ELSEWHERE, "203.0.113.0/24"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64")]
)
def test_the_block_around_it_is_previewed_and_allowed_for_good(
    cast: Cast, olga: Client, address: str, block: str
) -> None:
    refusal = refused(make_key(cast.acme, cast.dev).apikey, address)
    refused(refusal.key, "198.51.100.77")
    page = read(olga.get(f"{REFUSALS}{refusal.pk}/allow/"))
    assert f"{block}: " in page.text
    olga.post(f"{REFUSALS}{refusal.pk}/allow/", {"which": "block", "ends": "for-good", "label": "Site"})
    subnet = IPSubnet.objects.get()
    assert (subnet.network, subnet.label, subnet.expires_at) == (block, "Site", None)
    assert addresses(olga) == ["198.51.100.77"]


def test_what_is_typed_wrongly_comes_back(cast: Cast, olga: Client) -> None:
    refusal = refused(make_key(cast.acme, cast.dev).apikey, ELSEWHERE)
    answer = olga.post(f"{REFUSALS}{refusal.pk}/allow/", {"which": "0.0.0.0/0", "ends": "8h", "label": "a\u202eb"})
    assert answer.status_code == 422
    list_network(cast.acme, "203.0.113.0/24")
    again = olga.post(f"{REFUSALS}{refusal.pk}/allow/", {"which": "alone", "ends": "8h", "label": "Home"})
    assert again.status_code == 422
    assert "already covered by 203.0.113.0/24" in read(again).text
    assert read(again).field("label").get("value") == "Home"


def test_ignored_stays_hidden_though_it_goes_on_and_can_be_shown_again(cast: Cast, olga: Client) -> None:
    key = make_key(cast.acme, cast.dev).apikey
    refusal = refused(key, ELSEWHERE)
    assert "ignored from now on" in events(olga.post(f"{REFUSALS}{refusal.pk}/ignore/", headers=HTMX))["toast"]["text"]
    assert addresses(olga) == []
    assert addresses(olga, **{"refused.show": "ignored"}) == [ELSEWHERE]
    assert events(olga.post(f"{REFUSALS}{refusal.pk}/ignore/", headers=HTMX))["toast"]["kind"] == "error"
    olga.post(f"{REFUSALS}{refusal.pk}/restore/")
    assert addresses(olga) == [ELSEWHERE]
    kinds = list(AuditEvent.objects.filter(kind__startswith="refusal.").order_by("seq").values_list("kind", flat=True))
    assert kinds == ["refusal.ignored", "refusal.restored"]


def test_good_keys_come_first_and_noise_about_others_never_fills_it(
    cast: Cast, olga: Client, front_door: FrontDoorClient
) -> None:
    old = refused(make_key(cast.acme, cast.dev, "Good").apikey, ELSEWHERE)
    Refusal.objects.update(last_at=timezone.now() - timedelta(days=3))
    expired = make_key(cast.acme, cast.dev, "Expired")
    type(expired.apikey).objects.filter(pk=expired.apikey.pk).update(expires_at=timezone.now())
    for number in range(MOST_ROWS_OF_TEAM + 20):
        front_door.get(DATASETS, key=expired.text, address=f"10.0.{number >> 8}.{number & 255}")
    front_door.get(DATASETS, key="gate_" + "a" * 12 + "_" + "b" * 40)
    front_door.get(DATASETS)
    usage().flush()
    assert addresses(olga)[0] == ELSEWHERE
    assert Refusal.objects.count() <= KEPT_ROWS + 1
    assert Refusal.objects.filter(pk=old.pk).exists()
    assert RefusedRequest.objects.count() <= 200, "one team's flood is cut"
    prune_team(cast.acme.pk)
    assert Refusal.objects.filter(pk=old.pk).exists()


def test_a_page_that_shows_it_already_is_told_so(cast: Cast, olga: Client) -> None:
    key = make_key(cast.acme, cast.dev).apikey
    refusal = refused(key, ELSEWHERE)
    part = read(olga.get(REFUSALS)).one(id="refused-list")
    (poll,) = [element for element in part if element.get("hx-trigger").startswith("every")]
    assert olga.get(poll.get("hx-get"), headers=HTMX).status_code == 204
    Refusal.objects.filter(pk=refusal.pk).update(requests=9, last_at=timezone.now())
    fresh = olga.get(poll.get("hx-get"), headers=HTMX)
    assert fresh.status_code == 200
    assert [row.one("td", data_label="Requests").text for row in rows(read(fresh), "refused-list")] == ["9"]


def test_nobody_sees_or_touches_another_teams(cast: Cast, olga: Client, sign_in: SignIn) -> None:
    foreign = refused(make_key(cast.globex, cast.mallory).apikey, ELSEWHERE)
    assert addresses(olga) == []
    for action in ("allow", "ignore", "restore"):
        assert olga.post(f"{REFUSALS}{foreign.pk}/{action}/").status_code == 404
    assert not read(sign_in(cast.vic).get(LIST)).all(id="refused-list")


def test_team_authorization_brings_the_list_and_keeps_its_state(cast: Cast, olga: Client) -> None:
    refused(make_key(cast.acme, cast.dev).apikey, ELSEWHERE)
    section = read(olga.get(LIST, {"refused.q": ELSEWHERE, "keys.sort": "name"})).one(id="refused-list")
    part = olga.get(section.get("hx-get"), headers=HTMX)
    assert len(rows(read(part), "refused-list")) == 1
    sorted_by = read(part).one("a", id="refused-by-requests").get("hx-get")
    assert "keys.sort=name" in sorted_by
    again = olga.get(LIST + sorted_by, headers=HTMX, follow=True)
    assert len(rows(read(again), "refused-list")) == 1
    assert not read(again).all("html")


def test_what_holds_a_key_is_not_kept(cast: Cast, front_door: FrontDoorClient) -> None:
    generated = make_key(cast.acme, cast.dev)
    agent = [("User-Agent", f"curl {generated.text}")]
    front_door.get(f"{DATASETS}/{generated.text}", key=generated.text, address=ELSEWHERE, headers=agent)
    usage().flush()
    secret = generated.text.split("_")[2]
    for row in (*Refusal.objects.values_list(), *RefusedRequest.objects.values_list()):
        assert not any(secret in str(value) for value in row)


# By command


def test_commands_do_the_same(cast: Cast) -> None:
    refusal = refused(make_key(cast.acme, cast.dev).apikey, ELSEWHERE)
    (told,) = manage_json("refusal", "list", "--team", "acme")
    assert (told["id"], told["address"], told["requests"], told["code"]) == (refusal.pk, ELSEWHERE, 3, "ip_not_allowed")
    manage("refusal", "ignore", "--team", "acme", str(refusal.pk))
    assert manage_json("refusal", "list", "--team", "acme") == []
    manage("refusal", "restore", "--team", "acme", str(refusal.pk))
    made = manage_json("refusal", "allow", "--team", "acme", str(refusal.pk), "--block", "--expires-in", "never")
    assert (made["network"], made["expires_at"]) == ("203.0.113.0/24", None)
    for wrong in ("0", "x", "9" * 30, "²"):
        assert "There is no refusal" in refuses("refusal", "ignore", "--team", "acme", wrong)
    assert "There is no refusal" in refuses("refusal", "ignore", "--team", "globex", str(refusal.pk))
