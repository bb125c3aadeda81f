"""Ops take a network off the list: asked first, told what it means, and told when somebody was faster."""

import pytest
from django.test import Client

from ipsubnets.models import IPSubnet
from teams.models import AuditEvent
from tests.cast import Cast, changes, list_network
from tests.conftest import SignIn
from tests.markup import events, read, said

LIST = "/teams/acme/authorization/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def olga(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.olga)


@pytest.fixture
def office(cast: Cast) -> IPSubnet:
    return list_network(cast.acme, "203.0.113.0/24", "London office")


def path(subnet: IPSubnet) -> str:
    return f"/teams/acme/networks/{subnet.pk}/delete/"


def test_it_asks_first_and_names_the_network(cast: Cast, olga: Client, office: IPSubnet) -> None:
    list_network(cast.acme, "198.51.100.0/24")
    text = read(olga.get(path(office))).text
    for part in ("203.0.113.0/24", "256 addresses", "London office", "by The tests"):
        assert part in text
    assert "last network" not in text
    assert "Your own address" not in text
    assert IPSubnet.objects.count() == 2


def test_it_warns_before_the_last_network_goes(cast: Cast, olga: Client, office: IPSubnet) -> None:
    list_network(cast.globex, "198.51.100.0/24")
    assert "This is the last network of the account" in read(olga.get(path(office))).text


def test_it_warns_before_the_own_address_goes(cast: Cast, olga: Client, office: IPSubnet) -> None:
    list_network(cast.acme, "198.51.100.0/24")
    warning = "Your own address is in it"
    assert warning in read(olga.get(path(office), REMOTE_ADDR="203.0.113.7")).text
    assert warning not in read(olga.get(path(office), REMOTE_ADDR="198.51.100.7")).text
    list_network(cast.acme, "203.0.112.0/23")
    assert warning not in read(olga.get(path(office), REMOTE_ADDR="203.0.113.7")).text


def test_without_script_the_list_comes_back_and_says_so(olga: Client, office: IPSubnet) -> None:
    answer = olga.post(path(office), read(olga.get(path(office))).form, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert said(read(answer)) == ["Removed 203.0.113.0/24."]
    assert "No networks yet: every request is refused" in read(answer).one(id="networks-list").text
    assert not IPSubnet.objects.exists()


def test_htmx_is_told_to_close_say_so_and_refresh(olga: Client, office: IPSubnet) -> None:
    assert not read(olga.get(path(office), headers=HTMX)).all("html")
    answer = olga.post(path(office), headers=HTMX)
    assert events(answer) == {
        "toast": {"text": "Removed 203.0.113.0/24.", "kind": "success"},
        "networks-changed": True,
        "dialog:close": True,
    }


def test_the_second_of_two_is_told_that_it_is_gone(cast: Cast, sign_in: SignIn, olga: Client, office: IPSubnet) -> None:
    ann = sign_in(cast.ann)
    assert ann.get(path(office)).status_code == olga.get(path(office)).status_code == 200
    assert ann.post(path(office)).status_code == 302
    trail = changes()
    answer = olga.post(path(office), follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert said(read(answer)) == ["203.0.113.0/24 has been removed already."]
    late = events(olga.post(path(office), headers=HTMX))
    assert late["toast"] == {"text": "203.0.113.0/24 has been removed already.", "kind": "error"}
    assert late["networks-changed"]
    assert events(olga.get(path(office), headers=HTMX))["toast"] == late["toast"]
    assert changes() == trail
    assert AuditEvent.objects.filter(kind="access.change_refused", actor_id=cast.olga.pk).count() == 2


def test_what_never_was_is_not_there(cast: Cast, olga: Client, sign_in: SignIn) -> None:
    foreign = list_network(cast.globex, "198.51.100.0/24")
    assert sign_in(cast.mallory).post(f"/teams/globex/networks/{foreign.pk}/delete/").status_code == 302
    for subnet_id in ("never-was", foreign.pk, "x" * 1000):
        assert olga.post(f"/teams/acme/networks/{subnet_id}/delete/").status_code == 404


def test_a_network_listed_anew_has_nothing_to_do_with_the_old_one(cast: Cast, olga: Client, office: IPSubnet) -> None:
    olga.post(path(office))
    anew = list_network(cast.acme, "203.0.113.0/24")
    answer = olga.post(path(office), follow=True)
    assert said(read(answer)) == ["Removed 203.0.113.0/24.", "203.0.113.0/24 has been removed already."]
    assert list(IPSubnet.objects.all()) == [anew]
