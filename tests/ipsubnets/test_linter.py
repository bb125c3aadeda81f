"""Olga has her networks checked: what is superfluous, too wide or unused is named, and mended without surprises."""

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apikeys.network_binding import bind_key
from console.enforcement.refused import ELSEWHERE
from ipsubnets import trials
from ipsubnets.lint import traffic as traffic_module
from ipsubnets.lint.findings import Finding, Listed
from ipsubnets.lint.fixes import apply_fix
from ipsubnets.lint.linter import lint
from ipsubnets.lint.overlaps import NEVER, end_of, neighbours, superfluous
from ipsubnets.models import AddressDay, IPSubnet, as_key
from ipsubnets.networks import parse_network
from ipsubnets.ranges import AddressRanges
from ipsubnets.selectors import live_subnets_of
from teams.errors import RefusedChange
from teams.models import Team
from tests.cast import BY_TESTS, Cast, make_key, used_from

HUNDRED_DAYS = timedelta(days=100)


@pytest.fixture
def counted_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation has counted addresses for longer than the linter looks back."""
    monkeypatch.setattr(traffic_module, "counted_since", lambda: timezone.now() - HUNDRED_DAYS)


def have(team: Team, network: str, label: str = "", *, hours: float | None = None, old: bool = False) -> IPSubnet:
    """As it may have come into the list: today's rules would refuse some of it."""
    parsed = parse_network(network)
    now = timezone.now()
    subnet = IPSubnet(team=team, label=label, created_by_name="The tests")
    subnet.set_network(parsed)
    subnet.created_at = now - HUNDRED_DAYS if old else now
    subnet.expires_at = now + timedelta(hours=hours) if hours else None
    subnet.save()
    return subnet


def told(team: Team) -> list[tuple[str, str, str]]:
    """Kind, networks and fix of each finding."""
    return [(str(found.kind), " ".join(listed.network for listed in found.about), found.fix) for found in lint(team)]


def fix(team: Team, kind: str) -> Finding:
    finding = next(found for found in lint(team) if found.kind == kind)
    return apply_fix(team=team, finding_id=finding.id, actor=BY_TESTS)


def networks(team: Team) -> list[str]:
    return list(live_subnets_of(team).order_by("version", "first", "last").values_list("network", flat=True))


# Superfluous


def test_a_list_in_order_has_no_findings(cast: Cast) -> None:
    have(cast.acme, "8.8.8.0/24")
    have(cast.acme, "2a00:1450::/48")
    assert lint(cast.acme) == []
    assert lint(cast.globex) == []


def test_twice_and_contained(cast: Cast) -> None:
    have(cast.acme, "8.8.8.0/24", "Office")
    have(cast.acme, "8.8.8.0/24", "Office again")
    have(cast.acme, "8.8.8.128/25", hours=8)
    have(cast.globex, "8.8.0.0/16")
    assert told(cast.acme) == [
        ("duplicate", "8.8.8.0/24", "Remove 8.8.8.0/24"),
        ("contained", "8.8.8.128/25", "Remove 8.8.8.128/25"),
    ]
    fix(cast.acme, "duplicate")
    fix(cast.acme, "contained")
    assert list(live_subnets_of(cast.acme).values_list("label", flat=True)) == ["Office"], "the older one stays"


def test_what_lasts_longer_is_not_superfluous(cast: Cast) -> None:
    """The wide one ends before: then the narrow ones still have to be there."""
    have(cast.acme, "8.8.0.0/16", hours=8)
    have(cast.acme, "8.8.8.0/24")
    have(cast.acme, "8.8.9.0/24", hours=9)
    have(cast.acme, "8.8.9.0/25", hours=2)
    assert told(cast.acme) == [("contained", "8.8.9.0/25", "Remove 8.8.9.0/25")]
    assert lint(cast.acme)[0].words.startswith("8.8.9.0/24 holds all of its addresses")


def test_ended_networks_and_those_on_trial_are_left_alone(cast: Cast) -> None:
    ended = have(cast.acme, "8.8.0.0/16")
    IPSubnet.objects.filter(pk=ended.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    tried = have(cast.acme, "8.8.8.0/24")
    trials.try_addition(subnet=tried, within=timedelta(minutes=5), actor=BY_TESTS)
    have(cast.acme, "8.8.8.7")
    assert lint(cast.acme) == []


def test_what_a_key_is_bound_to_is_not_superfluous(cast: Cast) -> None:
    """Without it the key would lose addresses, and with the wider one in its place it would gain some."""
    have(cast.acme, "8.8.0.0/16")
    narrow = have(cast.acme, "8.8.8.0/24")
    left, right = have(cast.acme, "9.9.8.0/24"), have(cast.acme, "9.9.9.0/24")
    assert len(lint(cast.acme)) == 2
    bind_key(apikey=make_key(cast.acme, cast.dev).apikey, networks=[narrow.pk, left.pk], actor=BY_TESTS)
    assert lint(cast.acme) == []
    again = have(cast.acme, "9.9.8.0/24")
    IPSubnet.objects.filter(pk=again.pk).update(created_at=right.created_at - timedelta(days=1))
    fix(cast.acme, "duplicate")
    assert IPSubnet.objects.filter(pk=left.pk).exists(), "the older one goes where a key is bound to the younger"


# Neighbours


def test_neighbours_become_one(cast: Cast) -> None:
    for network, label in (("8.8.8.0/25", "Office"), ("8.8.8.128/26", "VPN"), ("8.8.8.192/26", "Office")):
        have(cast.acme, network, label)
    have(cast.acme, "8.8.9.0/25")
    have(cast.acme, "8.8.9.128/25", hours=8)
    have(cast.acme, "2001:4860::/33")
    have(cast.acme, "2001:4860:8000::/33")
    merging = ("neighbours", "8.8.8.0/25 8.8.8.128/26 8.8.8.192/26", "List 8.8.8.0/24 in place of the 3")
    assert [row for row in told(cast.acme) if row[0] == "neighbours"] == [merging], "no /32 of IPv6 is proposed"
    fix(cast.acme, "neighbours")
    assert live_subnets_of(cast.acme).get(network="8.8.8.0/24").label == "Office, VPN"
    assert "8.8.8.0/25" not in networks(cast.acme)


# By traffic


def test_very_wide_is_narrowed_to_what_was_used(cast: Cast, counted_for_long: None) -> None:
    wide = have(cast.acme, "8.0.0.0/7", "All of them")
    key = make_key(cast.acme, cast.dev).apikey
    used_from(key, "8.8.8.7")
    used_from(key, "8.8.8.200", days_ago=60)
    assert told(cast.acme) == [("wide", "8.0.0.0/7", "Narrow it to 8.8.8.0/24")]
    used_from(key, "8.8.9.3", days_ago=89)
    used_from(key, "9.9.9.9", days_ago=120)
    finding = fix(cast.acme, "wide")
    assert finding.narrows
    (left,) = live_subnets_of(cast.acme)
    assert (left.network, left.label) == ("8.8.8.0/23", "All of them")
    assert not IPSubnet.objects.filter(pk=wide.pk).exists()


def test_very_wide_and_used_from_everywhere_has_no_fix(cast: Cast) -> None:
    have(cast.acme, "0.0.0.0/0")
    key = make_key(cast.acme, cast.dev).apikey
    used_from(key, "8.8.8.7")
    used_from(key, "203.0.113.9")
    (finding,) = lint(cast.acme)
    assert (finding.kind, finding.can_be_fixed) == ("wide", False)
    with pytest.raises(RefusedChange, match="a choice of yours"):
        apply_fix(team=cast.acme, finding_id=finding.id, actor=BY_TESTS)


def test_from_where_on_it_is_wide_is_a_setting(cast: Cast, settings: pytest.FixtureRequest) -> None:
    have(cast.acme, "8.0.0.0/8")
    have(cast.acme, "2a00::/32")
    have(cast.acme, "9.0.0.0/9")
    assert [row[1] for row in told(cast.acme)] == ["8.0.0.0/8", "2a00::/32"]
    settings.GATEHOUSE_WIDE_IPV4, settings.GATEHOUSE_WIDE_IPV6 = 9, 31  # type: ignore[attr-defined]
    assert [row[1] for row in told(cast.acme)] == ["8.0.0.0/8", "9.0.0.0/9"]


def test_never_matched_is_said_only_of_what_could_have_been(cast: Cast, counted_for_long: None) -> None:
    have(cast.acme, "8.8.8.0/24", old=True)
    have(cast.acme, "8.8.4.0/24", old=True)
    have(cast.acme, "9.9.9.9")
    key = make_key(cast.acme, cast.dev).apikey
    used_from(key, "8.8.4.4", days_ago=80)
    used_from(key, "8.8.8.8", days_ago=91)
    used_from(make_key(cast.globex, cast.mallory).apikey, "8.8.8.8")
    assert told(cast.acme) == [("unused", "8.8.8.0/24", "Remove 8.8.8.0/24")]
    assert fix(cast.acme, "unused").narrows
    assert networks(cast.acme) == ["8.8.4.0/24", "9.9.9.9/32"]


def test_nor_where_counting_began_later_or_some_addresses_were_not_kept(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(cast.acme, "8.8.8.0/24", old=True)
    assert traffic_module.counted_since() is not None, "the database remembers when its table was made"
    assert lint(cast.acme) == []
    for since in (None, timezone.now() - timedelta(days=89)):
        monkeypatch.setattr(traffic_module, "counted_since", lambda moment=since: moment)
        assert lint(cast.acme) == []
    monkeypatch.setattr(traffic_module, "counted_since", lambda: timezone.now() - HUNDRED_DAYS)
    assert len(lint(cast.acme)) == 1
    AddressDay.objects.create(
        team=cast.acme, key_id="x", address=ELSEWHERE, version=0, day=timezone.now().date(), last_at=timezone.now()
    )
    assert lint(cast.acme) == []


def test_space_that_the_internet_does_not_have(cast: Cast) -> None:
    for network in ("10.1.0.0/16", "100.64.0.0/24", "192.0.2.0/24", "fd00::/48", "240.0.0.1", "127.0.0.1"):
        have(cast.acme, network)
    have(cast.acme, "192.168.0.0/16", "The clients' own")
    used_from(make_key(cast.acme, cast.dev).apikey, "192.168.3.4")
    found = {listed.network: finding.space for finding in lint(cast.acme) for listed in finding.about}
    assert found == {
        "10.1.0.0/16": "private",
        "100.64.0.0/24": "shared (carrier-grade NAT)",
        "127.0.0.1/32": "loopback",
        "192.0.2.0/24": "documentation",
        "240.0.0.1/32": "reserved",
        "fd00::/48": "private",
    }, "a private network that is used is one that clients reach Gatehouse in"


# Applying


def test_a_fix_that_does_not_hold_any_more_is_not_applied(cast: Cast) -> None:
    wide = have(cast.acme, "8.8.0.0/16")
    have(cast.acme, "8.8.8.0/24")
    (finding,) = lint(cast.acme)
    wide.delete()
    with pytest.raises(RefusedChange, match="have changed"):
        apply_fix(team=cast.acme, finding_id=finding.id, actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="have changed"):
        apply_fix(team=cast.globex, finding_id=finding.id, actor=BY_TESTS)
    assert networks(cast.acme) == ["8.8.8.0/24"]


def test_a_fix_is_applied_as_a_whole_or_not_at_all(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    have(cast.acme, "8.8.8.0/25")
    have(cast.acme, "8.8.8.128/25")

    def refuse(**_: object) -> None:
        raise RefusedChange("No.")

    monkeypatch.setattr("ipsubnets.services.create_subnet", refuse)
    with pytest.raises(RefusedChange):
        fix(cast.acme, "neighbours")
    assert networks(cast.acme) == ["8.8.8.0/25", "8.8.8.128/25"]


def cidrs() -> st.SearchStrategy[tuple[str, int | None]]:
    """Close together, so that they overlap and touch; with hours until they end, or None."""
    blocks = st.builds(
        lambda value, length: str(ipaddress.ip_network(((0x08080000 | value), length), strict=False)),
        st.integers(0, 255),
        st.integers(24, 32),
    )
    return st.tuples(blocks, st.sampled_from([None, 1, 2]))


def as_listed(rows: Iterable[tuple[str, int | None]]) -> list[Listed]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    found = []
    for number, (cidr, hours) in enumerate(rows):
        parsed = parse_network(cidr)
        ends = now + timedelta(hours=hours) if hours else None
        found.append(Listed(f"n{number}", cidr, 4, parsed.first, parsed.last, "", now, ends))
    return found


def allowed(listed: Iterable[Listed], moment: datetime) -> AddressRanges:
    return AddressRanges((4, one.first, one.last) for one in listed if end_of(one) > moment)


@given(st.lists(cidrs(), max_size=40))
def test_all_that_changes_nothing_really_changes_nothing_now_or_later(rows: list[tuple[str, int | None]]) -> None:
    before = as_listed(rows)
    twice = list(superfluous(before, ()))
    gone = {finding.about[0].id for finding in twice}
    left = [one for one in before if one.id not in gone]
    assert list(superfluous(left, ())) == [], "one pass finds them all"
    after = list(left)
    for number, finding in enumerate(neighbours(left, {4: 8, 6: 32})):
        removed = {one.id for one in finding.removes}
        after = [one for one in after if one.id not in removed]
        new = finding.adds
        assert new is not None
        stands_for = finding.removes[0]
        after.append(
            Listed(f"m{number}", new.cidr, 4, new.first, new.last, "", stands_for.created_at, finding.expires_at)
        )
    for moment in {end_of(one) for one in before} | {datetime(2026, 1, 1, tzinfo=UTC)} - {NEVER}:
        assert allowed(before, moment) == allowed(after, moment)
        just_before = moment - timedelta(seconds=1)
        assert allowed(before, just_before) == allowed(after, just_before)
    permanent = [ipaddress.ip_network(one.network) for one in after if one.expires_at is None]
    expected = ipaddress.collapse_addresses(
        ipaddress.IPv4Network(one.network) for one in before if one.expires_at is None
    )
    assert sorted(permanent) == list(expected), "the standard library needs no fewer of those that stay for good"


def list_slash_24s(team: Team, first: int, count: int) -> None:
    """Every second one, from 8.0.0.0 on, each of them used from one address."""
    key, today = make_key(team, team.memberships.all()[0].user, f"Of {count}").apikey, timezone.now()
    numbers = range(first, first + 2 * count, 2)
    IPSubnet.objects.bulk_create(
        IPSubnet(
            team=team,
            network=f"{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}.0/24",
            version=4,
            first=as_key(n << 8),
            last=as_key((n << 8) + 255),
            created_by_name="The tests",
        )
        for n in numbers
    )
    AddressDay.objects.bulk_create(
        AddressDay(
            team=team,
            key_id=key.pk,
            address=f"{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}.1",
            version=4,
            value=as_key(n << 8 | 1),
            day=today.date(),
            requests=1,
            last_at=today,
        )
        for n in numbers
    )
    have(team, "8.0.0.0/9")


def test_ten_thousand_networks_take_a_few_queries_and_their_share_of_time(cast: Cast) -> None:
    """Twenty times the networks take at most a hundred times as long: comparing each with each would take 400 times."""
    seconds = {}
    for team, count in ((cast.globex, 500), (cast.acme, 10_000)):
        list_slash_24s(team, 0x080000, count)
        took = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as asked:
                began = perf_counter()
                findings = lint(team)
                took.append(perf_counter() - began)
            assert len(findings) == count
            assert len(asked) <= 6
        seconds[count] = min(took)
    assert seconds[10_000] < 100 * seconds[500]
