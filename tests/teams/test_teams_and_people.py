"""Teams, groups and people: names, slugs, and what is said about those that cannot be."""

import pytest
from django.utils import timezone

from apikeys.services import delete_key
from teams import services
from teams.errors import RefusedChange
from teams.models import AuditEvent, Team, User
from teams.permissions import Role
from teams.selectors import groups_of, members_of, memberships_of
from tests.cast import BY_TESTS, Cast, make_key


def refused_team(name: str, slug: str = "", days: int = 365) -> RefusedChange:
    teams, events = Team.objects.count(), AuditEvent.objects.count()
    with pytest.raises(RefusedChange) as refusal:
        services.create_team(name=name, slug=slug, max_key_lifetime_days=days, actor=BY_TESTS)
    assert (Team.objects.count(), AuditEvent.objects.count()) == (teams, events)
    return refusal.value


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Quant Research", "quant-research"),
        ("  Acme   Research & Co.  ", "acme-research-co"),
        ("Zürich_Desk 1", "zurich-desk-1"),
        ("-- A --", "a"),
        ("x" * 47 + " yy", "x" * 47),
        ("7", "7"),
    ],
)
def test_a_slug_is_made_of_the_name(db: None, name: str, slug: str) -> None:
    team = services.create_team(name=name, actor=BY_TESTS)
    assert team.slug == slug
    assert services.create_group(team=team, name=name, actor=BY_TESTS).slug == slug


@pytest.mark.parametrize("slug", ["a", "0", "acme", "a-1", "x" * 48])
def test_slugs_that_can_be(db: None, slug: str) -> None:
    assert services.create_team(name="Acme", slug=slug, actor=BY_TESTS).slug == slug


@pytest.mark.parametrize(
    "slug",
    ["-", "-acme", "acme-", "Acme", "ac me", "ac_me", "ac/me", "../etc", "acmé", "acme\n", "x" * 49, "٣", "a\x00"],
)
def test_slugs_that_cannot_be(db: None, slug: str) -> None:
    assert refused_team("Acme", slug).field == "slug"


def test_a_slug_is_taken_once(cast: Cast) -> None:
    refusal = refused_team("Another Acme", "acme")
    assert (refusal.field, refusal.message) == ("slug", "There is already a team with the slug “acme”.")
    services.create_team(name=cast.acme.name, slug="acme-2", actor=BY_TESTS)


@pytest.mark.parametrize("name", ["", "  ", "\u200d", "x" * 101, "x" * 10_000, "Acme\x1b[2J", "\u202eAcme", "Acme\x00"])
def test_names_that_cannot_be(cast: Cast, name: str) -> None:
    assert refused_team(name, "new").field == "name"
    for change in (
        lambda: services.change_team(team=cast.acme, name=name, max_key_lifetime_days=90, actor=BY_TESTS),
        lambda: services.create_group(team=cast.acme, name=name, actor=BY_TESTS),
    ):
        with pytest.raises(RefusedChange) as refusal:
            change()
        assert refusal.value.field == "name"
    cast.acme.refresh_from_db()
    assert (cast.acme.name, cast.acme.max_key_lifetime_days) == ("Acme Research", 365)


def test_a_name_without_latin_letters_needs_a_slug(cast: Cast) -> None:
    assert refused_team("数据部").field == "slug"
    assert services.create_team(name="数据部", slug="data", actor=BY_TESTS).name == "数据部"
    with pytest.raises(RefusedChange, match="at least one letter a to z or digit"):
        services.create_group(team=cast.acme, name="数据部", actor=BY_TESTS)


@pytest.mark.parametrize("days", [0, -1, 3651, 10**9])
def test_longest_lifetimes_that_cannot_be(cast: Cast, days: int) -> None:
    assert refused_team("New", days=days).field == "max_key_lifetime_days"
    with pytest.raises(RefusedChange, match=r"^Longest key lifetime: "):
        services.change_team(team=cast.acme, name="Acme", max_key_lifetime_days=days, actor=BY_TESTS)


def test_settings_are_changed_with_what_they_were_in_the_trail(cast: Cast) -> None:
    stale = Team.objects.get(pk=cast.acme.pk)
    services.change_team(team=cast.acme, name="Acme Labs", max_key_lifetime_days=90, actor=BY_TESTS)
    changed = services.change_team(team=stale, name="Acme Labs", max_key_lifetime_days=30, actor=BY_TESTS)
    assert (changed.name, changed.max_key_lifetime_days, changed.slug) == ("Acme Labs", 30, "acme")
    assert AuditEvent.objects.filter(team_id=cast.acme.pk)[0].details == {
        "before": {"name": "Acme Labs", "max_key_lifetime_days": 90, "expiry_reminders": True},
        "after": {"name": "Acme Labs", "max_key_lifetime_days": 30, "expiry_reminders": True},
    }


def test_a_person_is_a_member_once(cast: Cast) -> None:
    with pytest.raises(RefusedChange, match=r"dev@acme\.example is already a member of Acme Research\."):
        services.add_member(team=cast.acme, user=cast.dev, role=Role.ADMIN, actor=BY_TESTS)
    assert cast.dev.memberships.get().role == Role.DEVELOPER
    services.add_member(team=cast.globex, user=cast.dev, role=Role.VIEWER, actor=BY_TESTS)
    assert [(m.team.slug, m.role) for m in memberships_of(cast.dev)] == [("acme", "developer"), ("globex", "viewer")]
    assert [m.user for m in members_of(cast.acme)] == [cast.ann, cast.dev, cast.olga, cast.vic]


def test_a_group_is_known_by_its_slug_once_in_a_team(cast: Cast) -> None:
    group = services.create_group(team=cast.acme, name="Quant Research", actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="already has a group “quant-research”"):
        services.create_group(team=cast.acme, name="quant research", actor=BY_TESTS)
    services.create_group(team=cast.globex, name="Quant Research", actor=BY_TESTS)
    make_key(cast.acme, group, "kept")
    delete_key(apikey=make_key(cast.acme, group, "gone").apikey, actor=BY_TESTS)
    assert [(str(g), vars(g)["key_count"]) for g in groups_of(cast.acme)] == [("Quant Research", 1)]


def test_a_profile_is_changed(cast: Cast) -> None:
    services.change_profile(user=cast.ann, full_name="  Ann  Li ", time_zone="Europe/Berlin", actor=BY_TESTS)
    ann = User.objects.get(pk=cast.ann.pk)
    assert (str(ann), ann.time_zone, ann.get_short_name()) == ("Ann Li", "Europe/Berlin", "Ann")
    nameless = services.change_profile(user=ann, full_name="", time_zone="UTC", actor=BY_TESTS)
    assert (str(nameless), nameless.get_short_name()) == ("ann@acme.example",) * 2


@pytest.mark.parametrize(
    ("full_name", "time_zone", "field"),
    [
        ("x" * 151, "UTC", "full_name"),
        ("Ann\u202e", "UTC", "full_name"),
        ("Ann", "Mars/Olympus", "time_zone"),
        ("Ann", "../../etc/passwd", "time_zone"),
        ("Ann", "", "time_zone"),
    ],
)
def test_profiles_that_cannot_be(cast: Cast, full_name: str, time_zone: str, field: str) -> None:
    with pytest.raises(RefusedChange) as refusal:
        services.change_profile(user=cast.ann, full_name=full_name, time_zone=time_zone, actor=BY_TESTS)
    assert refusal.value.field == field
    cast.ann.refresh_from_db()
    assert (cast.ann.full_name, cast.ann.time_zone) == ("Ann Lee", "UTC")


def test_addresses_of_people_are_one_whatever_their_case(db: None) -> None:
    person = User.objects.create_user("  Ann@Acme.Example ", "a password that is long")
    assert person.email == "ann@acme.example"
    assert User.objects.get_by_natural_key("ANN@acme.example") == person
    assert person.has_usable_password()
    assert not User.objects.create_user("dev@acme.example").has_usable_password()
    with pytest.raises(ValueError, match="needs an e-mail address"):
        User.objects.create_user("")
    assert timezone.now() >= person.date_joined
