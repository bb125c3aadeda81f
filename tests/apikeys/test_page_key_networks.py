"""Dev binds a key to some of the team's networks, Olga is told before she takes one of them away."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apikeys.models import ApiKey
from apikeys.network_binding import bind_key
from apikeys.network_choices import MOST_TO_TICK
from console.enforcement.gate import usage
from ipsubnets.models import IPSubnet, as_key
from ipsubnets.services import delete_subnet
from tests.cast import BY_TESTS, Cast, list_network, make_key, refused
from tests.conftest import SignIn
from tests.front_door import FrontDoorClient
from tests.markup import Element, events, read, rows

HTMX = {"HX-Request": "true"}
LIST = "/teams/acme/authorization/"
GENERATE = "/teams/acme/keys/generate/"


@pytest.fixture
def apikey(cast: Cast) -> ApiKey:
    return make_key(cast.acme, cast.dev).apikey


@pytest.fixture
def office(cast: Cast) -> IPSubnet:
    return list_network(cast.acme, "198.51.100.0/24", "Office")


@pytest.fixture
def dev(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.dev)


def page_of(apikey: ApiKey) -> str:
    return f"/teams/acme/keys/{apikey.pk}/"


def dialog_of(apikey: ApiKey) -> str:
    return f"{page_of(apikey)}networks/"


def networks_of(apikey: ApiKey) -> list[str] | None:
    apikey.refresh_from_db()
    return sorted(apikey.bindings.values_list("subnet__network", flat=True)) if apikey.narrowed else None


def ticked(page: Element, name: str) -> list[str]:
    return [box.get("value") for box in page.all("input", name=name) if "checked" in box.attributes]


# Generating


def test_a_key_is_bound_while_it_is_generated(cast: Cast, dev: Client, office: IPSubnet) -> None:
    list_network(cast.acme, "192.0.2.0/24")
    form = read(dev.get(GENERATE)).form
    chosen = form | {"name": "Bound", "reach": "only", "networks": office.pk}
    assert dev.post(GENERATE, chosen, headers=HTMX).status_code == 200
    assert networks_of(ApiKey.objects.get(name="Bound")) == ["198.51.100.0/24"]
    usual = read(dev.get(GENERATE)).form | {"name": "Usual", "reach": "all"}
    dev.post(GENERATE, usual, headers=HTMX)
    assert networks_of(ApiKey.objects.get(name="Usual")) is None


def test_what_was_chosen_half_is_asked_about(cast: Cast, dev: Client, office: IPSubnet) -> None:
    """Ticking networks and leaving “all” would be a key that reaches further than meant."""
    form = read(dev.get(GENERATE)).form | {"name": "Bound"}
    halves = (
        {"reach": "all", "networks": office.pk},
        {"reach": "only"},
        {"reach": "only", "networks": list_network(cast.globex, "203.0.113.0/24").pk},
        {"reach": "everywhere"},
    )
    for half in halves:
        answer = dev.post(GENERATE, form | half)
        assert answer.status_code == 422
        page = read(answer)
        assert page.all(id="id_networks_error") or page.all(id="id_reach_error"), half
        assert page.form["name"] == "Bound"
        assert any("open" in details.attributes for details in page.all("details"))
    assert not ApiKey.objects.exists()


# On the key's page


def test_the_page_tells_and_the_dialog_changes_it(cast: Cast, dev: Client, apikey: ApiKey, office: IPSubnet) -> None:
    assert "All of the team's" in read(dev.get(page_of(apikey))).text
    page = read(dev.get(dialog_of(apikey)))
    assert ticked(page, "reach") == ["all"]
    answer = dev.post(dialog_of(apikey), page.form | {"reach": "only", "networks": office.pk}, headers=HTMX)
    assert events(answer)["keys-changed"] is True
    assert "198.51.100.0/24 Office" in read(dev.get(page_of(apikey))).text
    (row,) = rows(read(dev.get(LIST)), "keys-list")
    assert "From 1 network only" in row.text
    page = read(dev.get(dialog_of(apikey)))
    assert (ticked(page, "reach"), ticked(page, "networks")) == (["only"], [office.pk])
    dev.post(dialog_of(apikey), {"reach": "all"})
    assert networks_of(apikey) is None


def test_a_key_without_a_network_left_says_so_and_is_not_widened_by_saving_the_form(
    cast: Cast, dev: Client, apikey: ApiKey, office: IPSubnet
) -> None:
    list_network(cast.acme, "192.0.2.0/24")
    bind_key(apikey=apikey, networks=[office.pk], actor=BY_TESTS)
    delete_subnet(subnet=office, actor=BY_TESTS)
    page = read(dev.get(page_of(apikey)))
    assert "Refused everywhere" in page.text
    (row,) = rows(read(dev.get(LIST)), "keys-list")
    assert "Refused everywhere: no network left" in row.text
    dialog = read(dev.get(dialog_of(apikey)))
    assert ticked(dialog, "reach") == ["only"]
    for posted in (dialog.form | {"reach": "only"}, {}):
        assert dev.post(dialog_of(apikey), posted).status_code == 422
    assert networks_of(apikey) == []


def test_where_the_team_has_many_networks_they_are_typed(cast: Cast, dev: Client, apikey: ApiKey) -> None:
    networks = [
        IPSubnet(team=cast.acme, network=f"10.0.{n}.0/24", version=4, first=as_key(n << 8), last=as_key((n << 8) + 255))
        for n in range(MOST_TO_TICK + 1)
    ]
    IPSubnet.objects.bulk_create(networks)
    assert (
        dev.post(dialog_of(apikey), {"reach": "only", "networks": "10.0.3.0/24\r\n\r\n10.0.1.0/24"}).status_code == 302
    )
    assert networks_of(apikey) == ["10.0.1.0/24", "10.0.3.0/24"]
    assert read(dev.get(dialog_of(apikey))).field("networks").text == "10.0.1.0/24 10.0.3.0/24"
    for typed, wrong in (("10.0.0.0/8", "does not list 10.0.0.0/8"), ("x", "not"), ("10.0.1.7/24", "host bits")):
        answer = dev.post(dialog_of(apikey), {"reach": "only", "networks": typed})
        assert answer.status_code == 422
        assert wrong in read(answer).error_of("networks")
        assert read(answer).field("networks").text == typed


@pytest.mark.parametrize(("who", "status"), [("ann", 302), ("dev", 302), ("olga", 403), ("vic", 403), ("mallory", 404)])
def test_who_may_change_it(
    cast: Cast, apikey: ApiKey, office: IPSubnet, sign_in: SignIn, who: str, status: int
) -> None:
    answer = sign_in(cast.person(who)).post(dialog_of(apikey), {"reach": "only", "networks": office.pk})
    assert answer.status_code == status
    assert (networks_of(apikey) == ["198.51.100.0/24"]) is (status == 302)


def test_a_key_of_somebody_else_is_not_devs_to_change(cast: Cast, dev: Client, office: IPSubnet) -> None:
    anns = make_key(cast.acme, cast.ann).apikey
    assert dev.post(dialog_of(anns), {"reach": "only", "networks": office.pk}).status_code == 403


# Elsewhere


def test_who_removes_a_network_is_told_whose_it_was(
    cast: Cast, apikey: ApiKey, office: IPSubnet, sign_in: SignIn
) -> None:
    other = list_network(cast.acme, "192.0.2.0/24")
    twice = make_key(cast.acme, cast.dev, "Twice-Bot").apikey
    bind_key(apikey=apikey, networks=[office.pk], actor=BY_TESTS)
    bind_key(apikey=twice, networks=[office.pk, other.pk], actor=BY_TESTS)
    text = read(sign_in(cast.olga).get(f"/teams/acme/networks/{office.pk}/delete/")).text
    assert f"{apikey.name} {apikey.pk} : none left: refused everywhere" in text
    assert f"Twice-Bot {twice.pk} : 1 other network left" in text
    text = read(sign_in(cast.olga).get(f"/teams/acme/networks/{other.pk}/delete/")).text
    assert apikey.name not in text


def test_listing_the_address_does_not_help_a_bound_key_and_the_inbox_says_so(
    cast: Cast, apikey: ApiKey, office: IPSubnet, sign_in: SignIn
) -> None:
    bind_key(apikey=apikey, networks=[office.pk], actor=BY_TESTS)
    refusal = refused(apikey, "203.0.113.9")
    olga = sign_in(cast.olga)
    page = read(olga.get("/teams/acme/refusals/"))
    assert page.all("a", href=f"{page_of(apikey)}#key-networks")
    assert not page.all("button", id=f"allow-{refusal.pk}")
    answer = olga.post(f"/teams/acme/refusals/{refusal.pk}/allow/", {"which": "alone", "ends": "8h"}, headers=HTMX)
    assert "is bound to networks of its own" in events(answer)["toast"]["text"]
    covering = list_network(cast.acme, "203.0.113.0/24")
    assert rows(read(olga.get("/teams/acme/refusals/")), "refused-list"), "it is refused still"
    bind_key(apikey=apikey, networks=[office.pk, covering.pk], actor=BY_TESTS)
    assert not read(olga.get("/teams/acme/refusals/")).all("tbody")


def test_a_refusal_by_the_keys_own_networks_is_explained(
    cast: Cast, apikey: ApiKey, office: IPSubnet, sign_in: SignIn, front_door: FrontDoorClient
) -> None:
    usage.cache_clear()
    list_network(cast.acme, "203.0.113.0/24", "VPN")
    generated = make_key(cast.acme, cast.dev, "Bound-Bot")
    bind_key(apikey=generated.apikey, networks=[office.pk], actor=BY_TESTS)
    answer = front_door.get("/api/v1/datasets", key=generated.text, address="203.0.113.9")
    usage().flush()
    asked = {"request_id": answer.json()["request_id"]}
    text = read(sign_in(cast.ann).get("/teams/acme/refusals/explain/", asked)).one(id="explanation").text
    assert "in none of the key's" in text
    assert "Compared with 198.51.100.0/24 Now" in text
    assert "The address is in 203.0.113.0/24 (VPN), but the key is bound to other networks." in text


def test_the_list_costs_no_more_with_bound_keys(
    cast: Cast, office: IPSubnet, sign_in: SignIn, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for number in range(20):
        bind_key(apikey=make_key(cast.acme, cast.dev, f"Bot {number}").apikey, networks=[office.pk], actor=BY_TESTS)
    browser = sign_in(cast.ann)
    browser.get(LIST)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        browser.get(LIST)


def test_an_ended_network_stays_chosen_until_somebody_says_otherwise(
    cast: Cast, dev: Client, apikey: ApiKey, office: IPSubnet
) -> None:
    bind_key(apikey=apikey, networks=[office.pk], actor=BY_TESTS)
    IPSubnet.objects.filter(pk=office.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    assert "(Ended)" in read(dev.get(page_of(apikey))).text
    assert ticked(read(dev.get(dialog_of(apikey))), "networks") == [office.pk]
