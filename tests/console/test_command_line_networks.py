"""`manage.py ipsubnet`: a team's networks from a shell, for people and for programs."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command

from ipsubnets.models import IPSubnet
from teams.models import AuditEvent
from tests.cast import Cast, list_network
from tests.commands import manage, manage_json, refused, table

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIELDS = {"trial", "trial_until", "id", "network", "label", "created_at", "created_by", "expires_at", "status"}


def test_the_examples_of_the_manual(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        printed = manage(
            "ipsubnet", "create", "--team", "acme", "198.51.100.0/24", "--label", "VPN", "--expires-in", "8h"
        )
        subnet = IPSubnet.objects.get()
        assert printed == f"Listed 198.51.100.0/24 (VPN) for acme. Its ID is {subnet.pk}.\n"
        [listed] = manage_json("ipsubnet", "list", "--team", "acme")
    assert listed == {
        "id": subnet.pk,
        "network": "198.51.100.0/24",
        "label": "VPN",
        "created_at": "2026-03-02T12:00:00Z",
        "created_by": "Command line",
        "expires_at": "2026-03-02T20:00:00Z",
        "status": "ending",
        "trial": None,
        "trial_until": None,
    }
    with time_machine.travel(NOON, tick=False):
        said = manage("ipsubnet", "check", "--team", "acme", "198.51.100.9")
    assert said == "198.51.100.9 is allowed by 198.51.100.0/24 (VPN).\n"
    assert manage("ipsubnet", "delete", subnet.pk) == "Removed 198.51.100.0/24 (VPN).\n"
    assert not IPSubnet.objects.exists()
    events = AuditEvent.objects.filter(object_id=subnet.pk).order_by("seq")
    assert [(event.kind, event.actor_name) for event in events] == [
        ("subnet.created", "Command line"),
        ("subnet.deleted", "Command line"),
    ]


@pytest.mark.parametrize(
    ("typed", "network"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
    ],
)
def test_programs_get_one_object(cast: Cast, typed: str, network: str) -> None:
    made = manage_json("ipsubnet", "create", "--team", "acme", typed)
    assert made.keys() == FIELDS
    assert (made["network"], made["label"], made["expires_at"], made["status"]) == (network, "", None, "active")
    assert made["id"] == IPSubnet.objects.get().pk
    assert manage_json("ipsubnet", "delete", made["id"]) == {
        "id": made["id"],
        "network": network,
        "status": "deleted",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["10.0.0.1/33"], "“/33” is not a prefix length"),
        (["300.1.1.1"], "each of the four numbers is at most 255"),
        (["010.0.0.1"], "leading zeros"),
        (["1"], "exactly four numbers"),
        (["0x7f.1"], "not in decimal"),
        (["::1%eth0"], "zone id"),
        (["2001:db8::/129"], "“/129” is not a prefix length"),
        (["203.0.113.7/24"], "Did you mean the network 203.0.113.0/24, or the one address 203.0.113.7?"),
        (["0.0.0.0/0"], "confirm with --allow-wide"),
        (["::/0"], "confirm with --allow-wide"),
        (["203.0.113.7", "--expires-in", "tomorrow"], "“tomorrow” is not a duration"),
        (["203.0.113.7", "--expires-in", "99999d"], "longer than a hundred years"),
        (["203.0.113.7", "--label", "x" * 101], "A label has at most 100 characters; this one has 101."),
        (["203.0.113.7", "--label", "\x1b[2J"], "control character"),
        ([], "the following arguments are required: network"),
    ],
)
def test_what_cannot_be_is_said(cast: Cast, words: list[str], said: str) -> None:
    assert said in refused("ipsubnet", "create", "--team", "acme", *words)
    assert not IPSubnet.objects.exists()


def test_a_very_wide_network_is_listed_when_it_is_meant(cast: Cast) -> None:
    assert manage_json("ipsubnet", "create", "--team", "acme", "0.0.0.0/0", "--allow-wide")["network"] == "0.0.0.0/0"


def test_what_is_covered_is_said(cast: Cast) -> None:
    list_network(cast.acme, "203.0.113.0/24", "Office")
    said = refused("ipsubnet", "create", "--team", "acme", "203.0.113.7")
    assert said == "203.0.113.7/32 is already covered by 203.0.113.0/24 as “Office”."


@pytest.mark.parametrize("words", [["create", "203.0.113.7"], ["list"], ["check", "203.0.113.7"]])
def test_a_team_that_is_not_there(cast: Cast, words: list[str]) -> None:
    assert refused("ipsubnet", words[0], "--team", "acmee", *words[1:]) == (
        "There is no team with the slug “acmee”. See: manage.py team list"
    )


def test_a_network_that_is_not_there(cast: Cast) -> None:
    assert refused("ipsubnet", "delete", "nosuchsubnet") == "There is no network with the ID “nosuchsubnet”."


def test_the_list_is_a_table_in_the_order_of_listing(cast: Cast) -> None:
    assert manage("ipsubnet", "list", "--team", "acme") == (
        "The team has no networks: every request of it is refused.\n"
    )
    assert manage_json("ipsubnet", "list", "--team", "acme") == []
    with time_machine.travel(NOON, tick=False):
        office = list_network(cast.acme, "203.0.113.0/24", "London office")
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        visit = list_network(cast.acme, "2001:db8::/32", hours=1)
        list_network(cast.globex, "192.0.2.1")
    with time_machine.travel(NOON + timedelta(hours=2), tick=False):
        cells = table(manage("ipsubnet", "list", "--team", "acme"))
    assert cells == [
        ["ID", "NETWORK", "LABEL", "STATUS", "EXPIRES AT"],
        [office.pk, "203.0.113.0/24", "London office", "active", ""],
        [visit.pk, "2001:db8::/32", "", "ended", "2026-03-02T14:00:00Z"],
    ]


def check(*words: str) -> int | str | None:
    """The exit status: 1 for an address that is not allowed, so that scripts can ask."""
    try:
        call_command("ipsubnet", "check", *words)
    except SystemExit as ended:
        return ended.code
    return 0


def test_checking_an_address(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    office = list_network(cast.acme, "203.0.113.0/24", "Office")
    list_network(cast.globex, "192.0.2.0/24")
    assert check("--team", "acme", "::ffff:203.0.113.9", "--json") == 0
    allowed = f'{{"address": "203.0.113.9", "allowed": true, "network": "203.0.113.0/24", "id": "{office.pk}"}}\n'
    assert capsys.readouterr().out == allowed
    assert check("--team", "acme", "192.0.2.9") == 1
    assert capsys.readouterr().out == "192.0.2.9 is not allowed.\n"
    assert check("--team", "acme", "192.0.2.9", "--json") == 1
    refused_too = '{"address": "192.0.2.9", "allowed": false, "network": null, "id": null}\n'
    assert capsys.readouterr().out == refused_too


def test_checking_counts_the_ends(cast: Cast) -> None:
    subnet = list_network(cast.acme, "203.0.113.0/24", hours=1)
    assert subnet.expires_at is not None
    with time_machine.travel(subnet.expires_at - timedelta(seconds=1), tick=False):
        assert check("--team", "acme", "203.0.113.9") == 0
    with time_machine.travel(subnet.expires_at, tick=False):
        assert check("--team", "acme", "203.0.113.9") == 1


@pytest.mark.parametrize("typed", ["", "203.0.113", "203.0.113.7/32", "203.0.113.7:80", "fe80::1%eth0", "localhost"])
def test_checking_what_is_no_address(cast: Cast, typed: str) -> None:
    assert refused("ipsubnet", "check", "--team", "acme", typed) == f"“{typed}” is not an IP address."
