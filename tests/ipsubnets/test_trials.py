"""Olga changes the networks on trial: unless she confirms it, the change takes itself back, to the second."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from ipsubnets.models import IPSubnet
from ipsubnets.trials import revert_overdue, try_addition, try_removal
from teams.errors import RefusedChange
from teams.models import AuditEvent
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.commands import manage_json, refused
from tests.conftest import SignIn
from tests.front_door import FrontDoorClient
from tests.markup import events, read

LIST = "/teams/acme/authorization/"
NETWORKS = "/teams/acme/networks/"
DATASETS = "/api/v1/datasets"
HTMX = {"HX-Request": "true"}
OFFICE = "203.0.113.9"
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def olga(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.olga)


@pytest.fixture
def begin() -> datetime:
    return timezone.now().replace(microsecond=0)


def passes(front_door: FrontDoorClient, key: str) -> bool:
    return front_door.get(DATASETS, key=key, address=OFFICE).status == 200


def test_an_addition_takes_itself_back(cast: Cast, olga: Client, front_door: FrontDoorClient, begin: datetime) -> None:
    key = make_key(cast.acme, cast.dev).text
    with time_machine.travel(begin, tick=False):
        typed = {"network": "203.0.113.0/24", "ends": "never", "trial": "5"}
        answer = olga.post(f"{NETWORKS}create/", typed, headers=HTMX)
        assert events(answer)["networks-changed"]
        assert passes(front_door, key)
        assert "203.0.113.0/24 was added on trial by Olga Ops" in read(olga.get(LIST)).text
    with time_machine.travel(begin + timedelta(minutes=5, seconds=-1), tick=False):
        assert passes(front_door, key)
    with time_machine.travel(begin + FIVE_MINUTES, tick=False):
        assert not passes(front_door, key), "without a job, a click or a server that was awake"
        assert "on trial by" not in read(olga.get(LIST)).text
        assert revert_overdue(now=timezone.now()) == 1
        assert revert_overdue(now=timezone.now()) == 0
    assert not IPSubnet.objects.exists()
    over = AuditEvent.objects.get(kind="subnet.trial_over")
    assert (over.actor_name, over.object_name, over.details["trial"]) == ("Gatehouse", "203.0.113.0/24", "added")


def test_a_removal_takes_itself_back(cast: Cast, olga: Client, front_door: FrontDoorClient, begin: datetime) -> None:
    key = make_key(cast.acme, cast.dev).text
    office = list_network(cast.acme, "203.0.113.0/24")
    with time_machine.travel(begin, tick=False):
        assert passes(front_door, key)
        olga.post(f"{NETWORKS}{office.pk}/delete/", {"trial": "5"})
        assert not passes(front_door, key)
        page = read(olga.get(LIST))
        assert "203.0.113.0/24 was removed on trial" in page.text
        assert "Every request is refused:" in page.text
    with time_machine.travel(begin + FIVE_MINUTES, tick=False):
        assert passes(front_door, key)
        assert revert_overdue(now=timezone.now()) == 1
        assert passes(front_door, key)
    office.refresh_from_db()
    assert (office.trial, office.trial_until, office.status) == ("", None, "active")


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("removal", [True, False])
def test_confirmed_it_lasts_and_reverted_it_is_gone_at_once(
    cast: Cast, olga: Client, front_door: FrontDoorClient, begin: datetime, *, removal: bool, confirmed: bool
) -> None:
    key = make_key(cast.acme, cast.dev).text
    office = list_network(cast.acme, "203.0.113.0/24")
    with time_machine.travel(begin, tick=False):
        (try_removal if removal else try_addition)(subnet=office, within=FIVE_MINUTES, actor=BY_TESTS)
        action = "confirm" if confirmed else "revert"
        (form,) = [f for f in read(olga.get(LIST)).all("form") if f.get("action").endswith(f"/{action}/")]
        olga.post(form.get("action"))
        assert passes(front_door, key) == (removal != confirmed)
    with time_machine.travel(begin + timedelta(hours=1), tick=False):
        assert revert_overdue(now=timezone.now()) == 0
        assert passes(front_door, key) == (removal != confirmed)
    assert IPSubnet.objects.exists() == (removal != confirmed)


def test_of_two_who_decide_at_once_the_second_is_told(cast: Cast, olga: Client, sign_in: SignIn) -> None:
    office = list_network(cast.acme, "203.0.113.0/24")
    try_removal(subnet=office, within=FIVE_MINUTES, actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="on trial already"):
        try_removal(subnet=office, within=FIVE_MINUTES, actor=BY_TESTS)
    assert sign_in(cast.ann).post(f"{NETWORKS}{office.pk}/confirm/").status_code == 302
    late = events(olga.post(f"{NETWORKS}{office.pk}/revert/", headers=HTMX))
    assert late["toast"] == {"text": "203.0.113.0/24 has been removed already.", "kind": "error"}


def test_two_changes_on_trial_are_decided_each_for_itself(
    cast: Cast, olga: Client, front_door: FrontDoorClient, begin: datetime
) -> None:
    key = make_key(cast.acme, cast.dev).text
    with time_machine.travel(begin, tick=False):
        old = try_removal(subnet=list_network(cast.acme, "203.0.113.0/24"), within=FIVE_MINUTES, actor=BY_TESTS)
        new = list_network(cast.acme, "198.51.100.0/24")
        try_addition(subnet=new, within=timedelta(minutes=2), actor=BY_TESTS)
        olga.post(f"{NETWORKS}{new.pk}/confirm/")
    with time_machine.travel(begin + FIVE_MINUTES, tick=False):
        assert passes(front_door, key)
        assert "Too late" in events(olga.post(f"{NETWORKS}{old.pk}/confirm/", headers=HTMX))["toast"]["text"]
        revert_overdue(now=timezone.now())
    assert set(IPSubnet.objects.values_list("network", "trial")) == {("203.0.113.0/24", ""), ("198.51.100.0/24", "")}


def test_what_cannot_be_is_refused(cast: Cast, olga: Client) -> None:
    office = list_network(cast.acme, "203.0.113.0/24")
    for wrong in ("7", "-5", "forever"):
        assert olga.post(f"{NETWORKS}{office.pk}/delete/", {"trial": wrong}).status_code == 422
    for within in (timedelta(0), timedelta(seconds=9), timedelta(days=2)):
        with pytest.raises(RefusedChange, match="from 10 seconds to a day"):
            try_removal(subnet=office, within=within, actor=BY_TESTS)
    assert "not on trial" in events(olga.post(f"{NETWORKS}{office.pk}/revert/", headers=HTMX))["toast"]["text"]


def test_commands_do_the_same(cast: Cast) -> None:
    made = manage_json("ipsubnet", "create", "--team", "acme", "203.0.113.0/24", "--revert-after", "5m")
    assert (made["trial"], made["status"]) == ("added", "ending")
    manage_json("ipsubnet", "confirm", made["id"])
    assert manage_json("ipsubnet", "delete", made["id"], "--revert-after", "5m")["trial"] == "removed"
    manage_json("ipsubnet", "revert", made["id"])
    assert manage_json("ipsubnet", "list", "--team", "acme")[0]["trial"] is None
    assert "not on trial" in refused("ipsubnet", "confirm", made["id"])
    assert "There is no network" in refused("ipsubnet", "revert", "none-such")
