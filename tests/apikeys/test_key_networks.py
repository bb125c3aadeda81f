"""A key is bound to some of the team's networks: it is let in from these only, and never from more than before."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys.models import ApiKey
from apikeys.network_binding import MOST_BOUND, bind_key, bound_networks
from apikeys.services import GeneratedKey, generate_key, rotate_key
from console.enforcement.decision import Credential
from console.enforcement.gate import gate, usage
from console.models import Refusal
from ipsubnets import trials
from ipsubnets.addresses import parse_address
from ipsubnets.models import IPSubnet
from ipsubnets.observing import observe
from ipsubnets.services import delete_subnet
from teams.audit import sentence
from teams.errors import RefusedChange
from teams.models import AuditEvent
from tests.cast import BY_TESTS, Cast, list_network, make_key, used_from
from tests.commands import manage, manage_json, refused
from tests.front_door import FrontDoorClient

OFFICE, VPN = "198.51.100.0/24", "2001:db8:7::/48"
FROM_OFFICE, FROM_VPN, ELSEWHERE = "198.51.100.7", "2001:db8:7::9", "203.0.113.9"


@pytest.fixture
def office(cast: Cast) -> IPSubnet:
    return list_network(cast.acme, OFFICE, "Office")


@pytest.fixture
def vpn(cast: Cast) -> IPSubnet:
    return list_network(cast.acme, VPN, "VPN")


def make_bound(cast: Cast, *subnets: IPSubnet, name: str = "Bound-Bot") -> GeneratedKey:
    return generate_key(
        team=cast.acme,
        name=name,
        expires_at=timezone.now() + timedelta(days=30),
        owner=cast.dev,
        networks=[subnet.pk for subnet in subnets],
        actor=BY_TESTS,
    )


class Caller:
    def __init__(self, front_door: FrontDoorClient, key: GeneratedKey) -> None:
        self._front_door, self._key = front_door, key

    def statuses(self, *addresses: str) -> list[int]:
        return [self._front_door.get("/api/v1/datasets", key=self._key.text, address=a).status for a in addresses]


# What the gate does


def test_a_bound_key_is_let_in_from_its_networks_only(
    cast: Cast, office: IPSubnet, vpn: IPSubnet, front_door: FrontDoorClient
) -> None:
    bound, free = Caller(front_door, make_bound(cast, office)), Caller(front_door, make_key(cast.acme, cast.dev))
    assert bound.statuses(FROM_OFFICE, FROM_VPN, ELSEWHERE) == [200, 403, 403]
    assert free.statuses(FROM_OFFICE, FROM_VPN, ELSEWHERE) == [200, 200, 403]
    answer = front_door.get("/api/v1/datasets", key=make_bound(cast, vpn, name="Other").text, address=FROM_OFFICE)
    assert answer.json()["code"] == "ip_not_allowed"
    assert answer.json()["detail"] == "IP address not allowed"
    assert answer.json()["ip"] == FROM_OFFICE


def test_changes_count_with_the_next_request(
    cast: Cast, office: IPSubnet, vpn: IPSubnet, front_door: FrontDoorClient
) -> None:
    key = make_key(cast.acme, cast.dev)
    caller = Caller(front_door, key)
    assert caller.statuses(FROM_OFFICE, FROM_VPN) == [200, 200]
    bind_key(apikey=key.apikey, networks=[vpn.pk], actor=BY_TESTS)
    assert caller.statuses(FROM_OFFICE, FROM_VPN) == [403, 200]
    bind_key(apikey=key.apikey, networks=[office.pk, vpn.pk], actor=BY_TESTS)
    assert caller.statuses(FROM_OFFICE, FROM_VPN) == [200, 200]
    bind_key(apikey=key.apikey, networks=None, actor=BY_TESTS)
    later = list_network(cast.acme, "203.0.113.0/24")
    assert caller.statuses(ELSEWHERE) == [200], f"{later} is the team's, and so the key's"


def test_a_key_never_widens_when_its_networks_go(
    cast: Cast, office: IPSubnet, vpn: IPSubnet, front_door: FrontDoorClient
) -> None:
    """Not even where another network of the team covers the same addresses, or the same one is listed anew."""
    key = make_bound(cast, office)
    caller = Caller(front_door, key)
    list_network(cast.acme, "198.51.0.0/16")
    assert caller.statuses(FROM_OFFICE) == [200]
    delete_subnet(subnet=office, actor=BY_TESTS)
    assert caller.statuses(FROM_OFFICE, FROM_VPN) == [403, 403]
    list_network(cast.acme, "198.50.0.0/15")
    assert caller.statuses(FROM_OFFICE) == [403]
    assert ApiKey.objects.get(pk=key.apikey.pk).narrowed
    assert bound_networks(ApiKey.objects.get(pk=key.apikey.pk)) == []


def test_a_bound_network_ends_to_the_second(
    cast: Cast, vpn: IPSubnet, front_door: FrontDoorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without anybody announcing it: the gate's own clock tells."""
    list_network(cast.acme, "198.51.0.0/16")
    ending = IPSubnet.objects.create(
        team=cast.acme,
        network=OFFICE,
        version=4,
        first=f"{0xC6336400:032x}",
        last=f"{0xC63364FF:032x}",
        expires_at=timezone.now() + timedelta(seconds=60),
    )
    caller = Caller(front_door, make_bound(cast, ending, vpn))
    assert caller.statuses(FROM_OFFICE, FROM_VPN) == [200, 200]
    then = timezone.now() + timedelta(seconds=61)
    monkeypatch.setattr("console.enforcement.engine.time", then.timestamp)
    monkeypatch.setattr(timezone, "now", lambda: then)
    assert caller.statuses(FROM_OFFICE, FROM_VPN) == [403, 200]


def test_a_trial_takes_a_network_from_the_key_and_gives_it_back(
    cast: Cast, office: IPSubnet, front_door: FrontDoorClient
) -> None:
    list_network(cast.acme, "198.51.0.0/16")
    caller = Caller(front_door, make_bound(cast, office))
    trials.try_removal(subnet=office, within=timedelta(minutes=5), actor=BY_TESTS)
    assert caller.statuses(FROM_OFFICE) == [403]
    trials.revert(subnet=office, actor=BY_TESTS)
    assert caller.statuses(FROM_OFFICE) == [200]


def test_the_successor_inherits_what_the_key_is_bound_to(
    cast: Cast, office: IPSubnet, vpn: IPSubnet, front_door: FrontDoorClient
) -> None:
    later = timezone.now() + timedelta(days=30)
    first = make_bound(cast, office)
    second = rotate_key(apikey=first.apikey, expires_at=later, actor=BY_TESTS)
    assert Caller(front_door, second).statuses(FROM_OFFICE, FROM_VPN) == [200, 403]
    delete_subnet(subnet=office, actor=BY_TESTS)
    third = rotate_key(apikey=second.apikey, expires_at=later, actor=BY_TESTS)
    assert Caller(front_door, third).statuses(FROM_OFFICE, FROM_VPN) == [403, 403], "bound to nothing is inherited too"


def test_a_team_that_observes_lets_through_and_says_so(
    cast: Cast, office: IPSubnet, vpn: IPSubnet, front_door: FrontDoorClient
) -> None:
    usage.cache_clear()
    observe(team=cast.acme, length=timedelta(days=1), actor=BY_TESTS)
    assert Caller(front_door, make_bound(cast, office)).statuses(FROM_VPN) == [200]
    usage().flush()
    assert Refusal.objects.get().reason == "observed"


def test_in_the_common_case_no_query_is_made(
    cast: Cast, office: IPSubnet, vpn: IPSubnet, front_door: FrontDoorClient
) -> None:
    key = make_bound(cast, office)
    caller = Caller(front_door, key)
    caller.statuses(FROM_OFFICE)
    engine = gate()
    presented = Credential(key.text, given=True)
    with CaptureQueriesContext(connection) as asked:
        assert engine.decide_from_memory(presented, parse_address(FROM_OFFICE)).allowed
        assert not engine.decide_from_memory(presented, parse_address(FROM_VPN)).allowed
    assert len(asked) == 0


# What cannot be


def test_networks_of_other_teams_cannot_be_bound(cast: Cast, office: IPSubnet) -> None:
    foreign = list_network(cast.globex, "203.0.113.0/24")
    key = make_key(cast.acme, cast.dev).apikey
    for wrong in ([foreign.pk], [office.pk, foreign.pk], ["nowhere"], []):
        with pytest.raises(RefusedChange) as refusal:
            bind_key(apikey=key, networks=wrong, actor=BY_TESTS)
        assert refusal.value.field == "networks"
        with pytest.raises(RefusedChange):
            make_bound(cast, foreign)
    assert not ApiKey.objects.filter(narrowed=True).exists()


def test_as_it_is_already_and_too_many(cast: Cast, office: IPSubnet) -> None:
    key = make_key(cast.acme, cast.dev).apikey
    with pytest.raises(RefusedChange, match="already"):
        bind_key(apikey=key, networks=None, actor=BY_TESTS)
    bind_key(apikey=key, networks=[office.pk], actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="already"):
        bind_key(apikey=key, networks=[office.pk, office.pk], actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="at most"):
        bind_key(apikey=key, networks=[f"n{number}" for number in range(MOST_BOUND + 1)], actor=BY_TESTS)


# Who is told


def test_the_trail_names_the_networks(cast: Cast, office: IPSubnet, vpn: IPSubnet) -> None:
    key = make_key(cast.acme, cast.dev).apikey
    bind_key(apikey=key, networks=[office.pk, vpn.pk], actor=BY_TESTS)
    bind_key(apikey=key, networks=None, actor=BY_TESTS)
    told = [sentence(event) for event in AuditEvent.objects.filter(object_id=key.pk).order_by("-pk")[:2]]
    assert told[0].endswith("let key Backtesting-Alpha-Bot be used from all of the team's networks")
    assert told[1].endswith(f"let key Backtesting-Alpha-Bot be used from {OFFICE}, {VPN} only")


def test_on_the_command_line(cast: Cast, office: IPSubnet) -> None:
    key = make_key(cast.acme, cast.dev).apikey
    assert manage("apikey", "networks", key.pk, "--only", office.pk) == (
        f"The key {key.pk} may be used from {OFFICE}.\n"
    )
    assert manage_json("apikey", "list", "--team", "acme")[0]["networks"] == [office.pk]
    assert manage_json("apikey", "networks", key.pk, "--all")["networks"] is None
    assert "lists no network" in refused("apikey", "networks", key.pk, "--only", "x")


def test_dry_run_takes_the_network_from_the_keys_that_are_bound_to_it(cast: Cast, office: IPSubnet) -> None:
    """Another covers the same addresses: other keys go on, this one does not."""
    list_network(cast.acme, "198.51.0.0/16")
    bound, free = make_bound(cast, office).apikey, make_key(cast.acme, cast.dev).apikey
    used_from(bound, FROM_OFFICE, requests=4)
    used_from(free, FROM_OFFICE, requests=9)
    used_from(bound, "198.51.7.7", requests=99)
    with pytest.raises(SystemExit):
        manage("ipsubnet", "dry-run", "--team", "acme", "--without", office.pk)
    assert manage_json("ipsubnet", "dry-run", "--team", "acme")["refused_requests"] == 0
    kept = manage_json("ipsubnet", "dry-run", "--team", "acme", "--only", "198.51.0.0/16", "--with", OFFICE)
    assert kept["refused_requests"] == 0
