"""Whose keys the list shows: mine, a group's or a member's, together with whatever else narrows it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from apikeys import services
from apikeys.models import ApiKey
from teams.models import Group, User
from teams.services import add_to_group, create_group
from tests.cast import BY_TESTS, Cast, make_key
from tests.commands import manage, manage_json, refused
from tests.conftest import SignIn
from tests.markup import read, rows

LIST = "/teams/acme/authorization/"


@pytest.fixture
def quants(cast: Cast) -> Group:
    """Dev is one of them."""
    group = create_group(team=cast.acme, name="Quant Research", actor=BY_TESTS)
    add_to_group(group=group, user=cast.dev, actor=BY_TESTS)
    return group


@pytest.fixture
def keys(cast: Cast, quants: Group) -> dict[str, ApiKey]:
    traders = create_group(team=cast.acme, name="Traders", actor=BY_TESTS)
    owners: dict[str, User | Group] = {"Devs": cast.dev, "Anns": cast.ann, "Quants": quants, "Traders": traders}
    return {name: make_key(cast.acme, owner, name).apikey for name, owner in owners.items()}


@pytest.fixture
def dev(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.dev)


def found(browser: Client, **parameters: str) -> list[str]:
    page = read(browser.get(LIST, {f"keys.{name}": value for name, value in parameters.items()}))
    return [row.all("bdi")[0].text for row in rows(page, "keys-list")] if page.all("tbody") else []


def test_mine_are_those_that_i_may_change(keys: dict[str, ApiKey], dev: Client) -> None:
    assert found(dev, owner="mine") == ["Quants", "Devs"]


def test_each_group_and_each_member_who_owns_something_can_be_chosen(
    cast: Cast, keys: dict[str, ApiKey], dev: Client
) -> None:
    services.delete_key(apikey=make_key(cast.acme, cast.vic, "Gone").apikey, actor=BY_TESTS)
    make_key(cast.acme, cast.dev, "Devs-Second")
    make_key(cast.globex, cast.mallory, "Foreign")
    select = read(dev.get(LIST)).one("select", id="keys-owner")
    assert [option.text for option in select.all("option")] == [
        "All owners",
        "Mine and my groups’ (3)",
        "Quant Research (1)",
        "Traders (1)",
        "Ann Lee (1)",
        "Dev Patel (you) (2)",
    ]
    values = [option.get("value") for option in select.all("option")][2:]
    assert [found(dev, owner=value) for value in values] == [
        ["Quants"],
        ["Traders"],
        ["Anns"],
        ["Devs-Second", "Devs"],
    ]


def test_it_is_combined_with_the_search_and_with_what_expires_soon(
    cast: Cast, quants: Group, keys: dict[str, ApiKey], dev: Client
) -> None:
    make_key(cast.acme, quants, "Quants-Soon", days=3)
    make_key(cast.acme, cast.ann, "Anns-Soon", days=3)
    assert found(dev, owner="group:quant-research", status="expiring") == ["Quants-Soon"]
    assert found(dev, owner="mine", q="quants") == ["Quants-Soon", "Quants"]
    assert found(dev, owner="group:traders", status="expiring") == []


def test_it_is_kept_while_searching_paging_and_sorting(cast: Cast, quants: Group, dev: Client) -> None:
    for number in range(30):
        make_key(cast.acme, quants, f"Bot-{number:02}")
        make_key(cast.acme, cast.ann, f"Other-{number:02}")
    page = read(dev.get(LIST, {"keys.owner": "group:quant-research", "keys.sort": "name", "keys.q": "o"}))
    assert page.one("option", value="group:quant-research").attributes.get("selected") == ""
    search = page.one(id="keys-list").one("form", role="search")
    assert {each.get("name") for each in search.all("input", type="hidden")} == {"keys.sort"}
    for link in (page.one("a", id="keys-next"), page.one("a", id="keys-by-owner")):
        assert parse_qs(urlsplit(link.get("href")).query)["keys.owner"] == ["group:quant-research"]
    following = page.one("a", id="keys-next").get("href")
    assert [row.all("bdi")[0].text for row in rows(read(dev.get(LIST + following)), "keys-list")] == [
        f"Bot-{number:02}" for number in range(25, 30)
    ]


def test_each_filter_is_taken_off_without_the_other(keys: dict[str, ApiKey], dev: Client) -> None:
    page = read(dev.get(LIST, {"keys.owner": "group:traders", "keys.status": "expiring", "networks.q": "x"}))
    shown = page.one(id="keys-list")
    assert "No key of this owner expires soon" in shown.text
    links = {link.text: parse_qs(urlsplit(link.get("href")).query) for link in shown.all("a")}
    assert links["Show the keys of all owners"] == {"keys.status": ["expiring"], "networks.q": ["x"]}
    assert links["Expiring soon only: show all"] == {"keys.owner": ["group:traders"], "networks.q": ["x"]}


@pytest.mark.parametrize(
    "owner",
    ["nonsense", "user:", "user:٢", "user:1" + "0" * 30, "group:", "group:a b", "group:\x00", "MINE", "x" * 999],
)
def test_what_names_nobody_narrows_nothing(keys: dict[str, ApiKey], dev: Client, owner: str) -> None:
    assert len(found(dev, owner=owner)) == 4


def test_who_owns_none_is_nobody_rather_than_everybody(cast: Cast, keys: dict[str, ApiKey], dev: Client) -> None:
    for owner in (f"user:{cast.vic.pk}", f"user:{cast.mallory.pk}", "user:999999999999999", "group:none-such"):
        page = read(dev.get(LIST, {"keys.owner": owner}))
        assert "No key of this owner" in page.one(id="keys-list").text
        assert page.one("option", value=owner).text == "An owner without keys"


def test_a_groups_page_leads_to_its_keys(keys: dict[str, ApiKey], dev: Client) -> None:
    page = read(dev.get("/teams/acme/groups/quant-research/"))
    (link,) = [each.get("href") for each in page.all("a") if each.get("href").startswith(f"{LIST}?")]
    shown = read(dev.get(link))
    assert [row.all("bdi")[0].text for row in rows(shown, "keys-list")] == ["Quants"]


def test_the_command_lists_by_owner_and_group(keys: dict[str, ApiKey]) -> None:
    def listed(*words: str) -> list[str]:
        return [record["name"] for record in manage_json("apikey", "list", "--team", "acme", *words)]

    assert listed("--owner", "dev@acme.example") == ["Devs"]
    assert listed("--group", "quant-research") == ["Quants"]
    assert listed("--owner", "vic@acme.example") == []
    assert refused("apikey", "list", "--team", "acme", "--group", "none") == "The team acme has no group “none”."
    told = manage("apikey", "list", "--team", "acme", "--owner", "vic@acme.example")
    assert told == "No key of the team is like that.\n"


def test_the_command_lists_by_status(cast: Cast, keys: dict[str, ApiKey]) -> None:
    make_key(cast.acme, cast.dev, "Soon", days=3)
    services.disable_key(apikey=keys["Devs"], reason="", actor=BY_TESTS)
    services.revoke_key(apikey=keys["Anns"], actor=BY_TESTS)
    ApiKey.objects.filter(pk=keys["Quants"].pk).update(expires_at=timezone.now(), disabled_at=timezone.now())
    everything = manage_json("apikey", "list", "--team", "acme")
    for status in ("active", "expiring", "expired", "disabled", "revoked"):
        narrowed = manage_json("apikey", "list", "--team", "acme", "--status", status)
        assert narrowed == [record for record in everything if record["status"] == status]
        assert len(narrowed) == 1
