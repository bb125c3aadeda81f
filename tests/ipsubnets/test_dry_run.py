"""Olga tries other networks on the traffic of the last thirty days, and is asked before she breaks some of it."""

import pytest
from django.core.management import call_command
from django.test import Client

from apikeys.services import revoke_key
from console.enforcement.gate import usage
from ipsubnets.models import IPSubnet
from tests.cast import BY_TESTS, Cast, list_network, make_key, used_from
from tests.commands import manage_json, refused
from tests.conftest import SignIn
from tests.front_door import FrontDoorClient
from tests.markup import Element, events, read

DRY_RUN = "/teams/acme/dry-run/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def olga(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.olga)


def broken(page: Element) -> list[tuple[str, str, str]]:
    """Key, address and requests of each row."""
    rows = [row for body in page.all("tbody") for row in body.all("tr")]
    return [
        (
            row.one("td", data_label="Key").text.split()[0],
            row.one("td", data_label="Address").text,
            row.one("td", data_label="Requests").text,
        )
        for row in rows
    ]


def delete_path(subnet: IPSubnet) -> str:
    return f"/teams/acme/networks/{subnet.pk}/delete/"


# The page


def test_it_begins_with_the_list_and_tells_what_another_would_break(cast: Cast, olga: Client) -> None:
    list_network(cast.acme, "203.0.113.0/24", "Office")
    list_network(cast.acme, "2001:db8::/32")
    alpha, beta = make_key(cast.acme, cast.dev, "Alpha").apikey, make_key(cast.acme, cast.ann, "Beta").apikey
    used_from(alpha, "203.0.113.9", requests=70)
    used_from(alpha, "203.0.113.9", requests=5, days_ago=20)
    used_from(beta, "2001:db8::1", requests=3, days_ago=29)
    used_from(beta, "203.0.113.200", requests=9)
    used_from(beta, "203.0.113.77", requests=999, days_ago=31)
    used_from(make_key(cast.globex, cast.mallory, "Foreign").apikey, "203.0.113.9")
    typed = read(olga.get(DRY_RUN)).field("networks").text
    assert typed == "203.0.113.0/24 # Office 2001:db8::/32"

    same = read(olga.post(DRY_RUN, {"networks": "203.0.113.0/24  # Office\r\n2001:db8::/32\r\n"}))
    assert "None of the 87 requests of the last 30 days would have been refused." in same.text
    other = read(olga.post(DRY_RUN, {"networks": "\n203.0.113.128/25\n"}))
    assert broken(other) == [("Alpha", "203.0.113.9", "75"), ("Beta", "2001:db8::1", "3")]
    assert "78 requests of the last 30 days would have been refused" in other.text
    assert len(broken(read(olga.post(DRY_RUN, {"networks": ""})))) == 3
    assert IPSubnet.objects.count() == 2, "nothing is changed"


def test_only_what_the_networks_would_change_is_told(cast: Cast, olga: Client) -> None:
    """A key that is revoked by now is refused anyway, and so is an address whose network has ended."""
    list_network(cast.acme, "203.0.113.0/24")
    revoked = make_key(cast.acme, cast.dev, "Revoked").apikey
    used_from(revoked, "203.0.113.9")
    revoke_key(apikey=revoked, actor=BY_TESTS)
    used_from(make_key(cast.acme, cast.dev, "Good").apikey, "198.51.100.7")
    assert broken(read(olga.post(DRY_RUN, {"networks": ""}))) == []


def test_lines_that_are_no_networks_are_named_and_nothing_is_lost(cast: Cast, olga: Client) -> None:
    typed = "203.0.113.0/24\n203.0.113.300\n# a comment\n\n10.0.0.1/8\n"
    answer = olga.post(DRY_RUN, {"networks": typed})
    assert answer.status_code == 422
    error = read(answer).error_of("networks")
    assert "Line 2: “203.0.113.300” is not an IP address" in error
    assert "Line 5: 10.0.0.1/8 has host bits set" in error
    assert "203.0.113.300" in read(answer).field("networks").text
    many = read(olga.post(DRY_RUN, {"networks": "x\n" * 20}))
    assert "…and 15 more." in many.error_of("networks")
    assert "at most 10,000" in read(olga.post(DRY_RUN, {"networks": "x\n" * 10_001})).error_of("networks")


def test_a_long_forecast_is_cut_and_says_so(cast: Cast, olga: Client) -> None:
    list_network(cast.acme, "203.0.113.0/24")
    key = make_key(cast.acme, cast.dev).apikey
    for number in range(60):
        used_from(key, f"203.0.113.{number}")
    page = read(olga.post(DRY_RUN, {"networks": ""}))
    assert len(broken(page)) == 50
    assert "from 10 further keys and addresses" in page.text


# Removing


def test_removing_what_was_used_lately_shows_it_and_asks(cast: Cast, olga: Client) -> None:
    office = list_network(cast.acme, "203.0.113.0/24", "Office")
    list_network(cast.acme, "198.51.100.0/24")
    used_from(make_key(cast.acme, cast.dev).apikey, "203.0.113.9", days_ago=6)
    page = read(olga.get(delete_path(office)))
    assert broken(page) == [("Backtesting-Alpha-Bot", "203.0.113.9", "10")]
    again = olga.post(delete_path(office), headers=HTMX)
    assert again.status_code == 422
    assert read(again).error_of("confirmed") == "Tick this if these requests may be refused."
    assert IPSubnet.objects.filter(pk=office.pk).exists()
    done = olga.post(delete_path(office), {"confirmed": "yes"}, headers=HTMX)
    assert events(done)["toast"]["text"] == "Removed 203.0.113.0/24."


def test_removing_what_was_used_before_shows_it_without_asking(cast: Cast, olga: Client) -> None:
    office = list_network(cast.acme, "203.0.113.0/24")
    used_from(make_key(cast.acme, cast.dev).apikey, "203.0.113.9", days_ago=12)
    page = read(olga.get(delete_path(office)))
    assert len(broken(page)) == 1
    assert not page.all("input", name="confirmed")
    assert olga.post(delete_path(office)).status_code == 302


def test_removing_what_another_network_covers_asks_nothing(cast: Cast, olga: Client) -> None:
    office = list_network(cast.acme, "203.0.113.0/25")
    list_network(cast.acme, "203.0.113.0/24")
    used_from(make_key(cast.acme, cast.dev).apikey, "203.0.113.9")
    assert broken(read(olga.get(delete_path(office)))) == []
    assert olga.post(delete_path(office)).status_code == 302


def test_removing_the_last_network_while_connected_through_it_warns(cast: Cast, olga: Client) -> None:
    office = list_network(cast.acme, "203.0.113.0/24")
    warned = read(olga.get(delete_path(office), REMOTE_ADDR="203.0.113.7")).text
    assert "This is the last network of the account" in warned
    assert "you are connected through it yourself" in warned
    assert "connected through it" not in read(olga.get(delete_path(office), REMOTE_ADDR="198.51.100.7")).text


# From real traffic, and by command


def test_command_tells_the_same_of_real_traffic(cast: Cast, front_door: FrontDoorClient) -> None:
    usage.cache_clear()
    office = list_network(cast.acme, "203.0.113.0/24")
    key = make_key(cast.acme, cast.dev)
    for _ in range(2):
        assert front_door.get("/api/v1/datasets", key=key.text, address="203.0.113.9").status == 200
    usage().flush()
    assert manage_json("ipsubnet", "dry-run", "--team", "acme")["refused"] == []
    for options in (("--without", office.pk), ("--only", "198.51.100.0/24"), ("--only", "203.0.113.10")):
        with pytest.raises(SystemExit):
            manage_json("ipsubnet", "dry-run", "--team", "acme", *options)
    kept = ("--without", office.pk, "--with", "203.0.113.8/30")
    assert manage_json("ipsubnet", "dry-run", "--team", "acme", *kept)["refused_requests"] == 0
    assert "lists no network with the ID" in refused("ipsubnet", "dry-run", "--team", "acme", "--without", "x")
    assert "not in decimal" in refused("ipsubnet", "dry-run", "--team", "acme", "--with", "x")


def test_command_lists_what_would_break(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    list_network(cast.acme, "203.0.113.0/24")
    used_from(make_key(cast.acme, cast.dev).apikey, "203.0.113.9")
    with pytest.raises(SystemExit) as ended:
        call_command("ipsubnet", "dry-run", "--team", "acme", "--only", "198.51.100.0/24")
    assert ended.value.code == 1
    assert "10 of 10 requests of the last 30 days would have been refused." in capsys.readouterr().out
