"""Somebody of Acme lists and removes networks: what is asked about, what is refused, and in which words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.utils import timezone as django_timezone

from ipsubnets import services
from ipsubnets.models import IPSubnet
from ipsubnets.networks import parse_network
from teams.errors import RefusedChange
from teams.models import Team
from tests.cast import BY_TESTS, Cast, list_network


def listed(team: Team) -> set[str]:
    return set(IPSubnet.objects.filter(team=team).values_list("network", flat=True))


def refused(team: Team, network: str, **options: object) -> RefusedChange:
    before = listed(team)
    with pytest.raises(RefusedChange) as refusal:
        services.create_subnet(team=team, network=parse_network(network), actor=BY_TESTS, **options)  # type: ignore[arg-type]
    assert listed(team) == before
    return refusal.value


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("0.0.0.0/0", "every IPv4 address there is"),
        ("::/0", "every IPv6 address there is"),
        ("::ffff:0:0/96", "every IPv4 address there is"),
        ("64.0.0.0/7", "a very large part of IPv4"),
        ("2000::/3", "a very large part of IPv6"),
    ],
)
def test_a_very_wide_network_needs_a_confirmation(cast: Cast, network: str, said: str) -> None:
    refusal = refused(cast.acme, network)
    assert refusal.field == "accept_wide"
    assert said in refusal.message
    services.create_subnet(team=cast.acme, network=parse_network(network), wide_confirmed=True, actor=BY_TESTS)
    assert listed(cast.acme) == {str(parse_network(network))}


@pytest.mark.parametrize(
    ("there", "added", "said"),
    [
        ("203.0.113.0/24", "203.0.113.0/24", "is already listed as “Office”."),
        ("203.0.113.7", "::ffff:203.0.113.7", "is already listed as “Office”."),
        ("2001:db8::/32", "2001:0DB8:0::/32", "is already listed as “Office”."),
        ("203.0.113.0/24", "203.0.113.7", "is already covered by 203.0.113.0/24 as “Office”."),
        ("203.0.113.0/24", "203.0.113.128/25", "is already covered by 203.0.113.0/24 as “Office”."),
        ("2001:db8::/32", "2001:db8:ffff:ffff::/64", "is already covered by 2001:db8::/32 as “Office”."),
        ("0.0.0.0/0", "203.0.113.7", "is already covered by 0.0.0.0/0 as “Office”."),
    ],
)
def test_a_network_that_another_covers_is_refused_naming_it(cast: Cast, there: str, added: str, said: str) -> None:
    list_network(cast.acme, there, "Office")
    refusal = refused(cast.acme, added)
    assert refusal.field == "network"
    assert refusal.message == f"{parse_network(added)} {said}"


@pytest.mark.parametrize(
    ("there", "added"),
    [
        ("203.0.113.0/25", "203.0.113.0/24"),
        ("203.0.113.0/25", "203.0.113.128/25"),
        ("203.0.113.7", "203.0.113.8"),
        ("0.0.0.0/0", "::/0"),
        ("::/0", "203.0.113.7"),
    ],
)
def test_a_network_that_adds_addresses_is_listed(cast: Cast, there: str, added: str) -> None:
    list_network(cast.acme, there)
    list_network(cast.acme, added)
    assert listed(cast.acme) == {str(parse_network(there)), str(parse_network(added))}


def test_what_ends_earlier_covers_nothing_beyond_its_end(cast: Cast) -> None:
    list_network(cast.acme, "203.0.113.0/24", "Conference", hours=8)
    assert "“Conference”" in refused(cast.acme, "203.0.113.7", expires_at=_in(hours=7)).message
    list_network(cast.acme, "203.0.113.7", hours=9)
    list_network(cast.acme, "203.0.113.7", "for ever")
    assert "“for ever”" in refused(cast.acme, "203.0.113.7").message


def test_a_network_that_has_ended_covers_nothing(cast: Cast) -> None:
    ended = list_network(cast.acme, "203.0.113.0/24", hours=1)
    IPSubnet.objects.filter(pk=ended.pk).update(expires_at=_in(seconds=-1))
    list_network(cast.acme, "203.0.113.0/24")


def test_networks_of_another_team_cover_nothing_and_are_not_named(cast: Cast) -> None:
    list_network(cast.globex, "203.0.113.0/24", "Globex HQ")
    list_network(cast.acme, "203.0.113.7")
    assert listed(cast.globex) == {"203.0.113.0/24"}


FAR_WEST = timezone(timedelta(hours=-12))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (datetime(2001, 1, 1, tzinfo=UTC), "must be in the future"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), "must be in the future"),
        (datetime.max.replace(tzinfo=FAR_WEST), "within a hundred years"),
        (datetime(2150, 1, 1, tzinfo=UTC), "within a hundred years"),
    ],
)
def test_an_end_that_is_over_or_beyond_calendars_is_refused(cast: Cast, end: datetime, said: str) -> None:
    refusal = refused(cast.acme, "203.0.113.7", expires_at=end)
    assert refusal.field == "ends_on"
    assert said in refusal.message


@pytest.mark.parametrize("label", ["x" * 101, "x" * 10_000, "clear\x1b[2Jscreen", "nul\x00", "\u202egnihton", "\udcff"])
def test_a_label_that_cannot_be_shown_is_refused(cast: Cast, label: str) -> None:
    assert refused(cast.acme, "203.0.113.7", label=label).field == "label"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  London\n office ", "London office"), ("<b>VPN</b> 🏢", "<b>VPN</b> 🏢"), ("", ""), ("x" * 100, "x" * 100)],
)
def test_a_label_is_kept_as_it_was_meant(cast: Cast, typed: str, kept: str) -> None:
    assert IPSubnet.objects.get(pk=list_network(cast.acme, "203.0.113.7", typed).pk).label == kept


def test_the_second_to_remove_a_network_is_told_so(cast: Cast) -> None:
    subnet = list_network(cast.acme, "203.0.113.0/24")
    services.delete_subnet(subnet=subnet, actor=BY_TESTS)
    with pytest.raises(RefusedChange, match=r"203\.0\.113\.0/24 has been removed already\."):
        services.delete_subnet(subnet=subnet, actor=BY_TESTS)


@pytest.mark.parametrize(
    ("network", "size"),
    [
        ("203.0.113.7", "1 address"),
        ("203.0.113.0/24", "256 addresses"),
        ("10.0.0.0/8", "16,777,216 addresses"),
        ("2001:db8::/96", "4,294,967,296 addresses"),
        ("2001:db8::/64", "2^64 addresses"),
    ],
)
def test_the_list_says_how_many_addresses_a_network_has(cast: Cast, network: str, size: str) -> None:
    assert list_network(cast.acme, network).size_label == size


def test_the_list_says_how_long_a_network_counts(cast: Cast) -> None:
    ends_later, lasts = list_network(cast.acme, "203.0.113.7", hours=1), list_network(cast.acme, "203.0.113.8")
    ended = IPSubnet(network="203.0.113.9/32", expires_at=_in(seconds=-1))
    assert [subnet.status for subnet in (ends_later, lasts, ended)] == ["ending", "active", "ended"]


def _in(**distance: float) -> datetime:
    return django_timezone.now() + timedelta(**distance)
