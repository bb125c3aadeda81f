"""Members, invitations, groups and the standing of a team, from a shell: through the same services as the pages."""

from typing import Any

import pytest
from pytest_django import Settings

from apikeys.models import ApiKey, SealedCopy
from apikeys.services import delete_key
from teams import services
from teams.models import AuditEvent, Membership, Team
from teams.permissions import Role
from teams.selectors import invitation_by_token
from tests.cast import BY_TESTS, Cast, changes, list_network, make_key
from tests.commands import manage, manage_json, refused, table
from tests.front_door import OFFICE, FrontDoorClient

NORA = "nora@acme.example"


def team() -> Team:
    return Team.objects.get(slug="acme")


def test_somebody_is_invited(cast: Cast) -> None:
    made = manage_json("member", "invite", "--team", "acme", "Nora@Acme.example", "--role", "ops")
    assert (made["email"], made["role"], made["state"], made["mailed"]) == (NORA, "ops", "open", True)
    found = invitation_by_token(made["link"].split("/")[-2])
    assert found is not None
    assert (found.email, found.invited_by_name) == (NORA, "Command line")
    listed = manage_json("member", "invitations", "--team", "acme")
    assert [(row["email"], "link" in row) for row in listed] == [(NORA, False)]
    assert AuditEvent.objects.get(kind="invitation.sent").via == "command line"


def test_invited_again_the_old_link_is_dead(cast: Cast, settings: Settings) -> None:
    first = manage_json("member", "invite", "--team", "acme", NORA, "--role", "ops")["link"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    printed = manage("member", "invite", "--team", "acme", NORA, "--role", "viewer")
    assert "No mail is sent from here: hand it over." in printed
    second = printed.split()[-1]
    states = [getattr(invitation_by_token(link.split("/")[-2]), "state", None) for link in (first, second)]
    assert states == ["revoked", "open"]
    assert manage("member", "withdraw", "--team", "acme", NORA) == f"Withdrew the invitation of {NORA}.\n"
    assert "is not invited" in refused("member", "withdraw", "--team", "acme", NORA)


def test_members_are_listed_given_roles_and_removed(cast: Cast) -> None:
    make_key(cast.acme, cast.dev)
    listed = table(manage("member", "list", "--team", "acme"))
    assert listed[0] == ["EMAIL", "NAME", "ROLE", "KEYS", "JOINED AT"]
    assert [row[:4] for row in listed if row[0] == "dev@acme.example"] == [
        ["dev@acme.example", "Dev Patel", "developer", "1"]
    ]
    assert manage("member", "role", "--team", "acme", "vic@acme.example", "admin") == (
        "Vic Viewer has the role Admin now.\n"
    )
    assert cast.acme.memberships.get(user=cast.vic).role == Role.ADMIN
    assert manage_json("member", "remove", "--team", "acme", "olga@acme.example") == {
        "email": "olga@acme.example",
        "removed": True,
    }
    assert not cast.acme.memberships.filter(user=cast.olga).exists()


@pytest.mark.parametrize(
    ("words", "owner", "status"),
    [
        (["--keys-to", "olga@acme.example"], "olga@acme.example", "active"),
        (["--keys-to-group", "quants"], "quants", "active"),
        (["--disable-keys"], "ann@acme.example", "disabled"),
    ],
)
def test_keys_of_who_is_removed_are_handed_on(cast: Cast, words: list[str], owner: str, status: str) -> None:
    services.create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    key = make_key(cast.acme, cast.dev).apikey
    manage("member", "remove", "--team", "acme", "dev@acme.example", *words)
    key = ApiKey.objects.get(pk=key.pk)
    assert (key.owner_group.slug if key.owner_group else getattr(key.owner_user, "email", "")) == owner
    assert key.status == status


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["remove", "--team", "acme", "dev@acme.example"], "Dev Patel still owns 1 key."),
        (
            ["remove", "--team", "acme", "dev@acme.example", "--keys-to", "mallory@globex.example"],
            "nobody of that name",
        ),
        (["remove", "--team", "acme", "dev@acme.example", "--keys-to-group", "none"], "nobody of that name"),
        (["remove", "--team", "acme", "mallory@globex.example"], "is not a member of acme"),
        (["remove", "--team", "none", "dev@acme.example"], "There is no team with the slug"),
        (["role", "--team", "acme", "ann@acme.example", "viewer"], "is the last admin"),
        (["role", "--team", "acme", "ann@acme.example", "owner"], "invalid choice"),
        (["invite", "--team", "acme", "dev@acme.example", "--role", "ops"], "is already a member"),
        (["invite", "--team", "acme", "nora", "--role", "ops"], "This is not an e-mail address"),
    ],
)
def test_what_is_refused_changes_nothing(cast: Cast, words: list[str], said: str) -> None:
    make_key(cast.acme, cast.dev)
    before = (
        list(Membership.objects.order_by("pk").values()),
        changes(),
    )
    assert said in refused("member", *words)
    assert (
        list(Membership.objects.order_by("pk").values()),
        changes(),
    ) == before


def test_the_life_of_a_group(cast: Cast) -> None:
    assert manage_json("group", "create", "--team", "acme", "Quant Research")["slug"] == "quant-research"
    manage("group", "add", "--team", "acme", "quant-research", "dev@acme.example")
    manage("group", "rename", "--team", "acme", "quant-research", "Alpha Research")
    group = cast.acme.groups.get()
    make_key(cast.acme, group, "live")
    [listed] = manage_json("group", "list", "--team", "acme")
    assert (listed["name"], listed["members"], listed["keys"]) == ("Alpha Research", ["dev@acme.example"], 1)
    assert "still owns 1 key" in refused("group", "delete", "--team", "acme", "quant-research")
    manage("group", "remove", "--team", "acme", "quant-research", "dev@acme.example")
    assert not group.members.exists()
    manage("group", "delete", "--team", "acme", "quant-research", "--keys-to", "dev@acme.example")
    assert ApiKey.objects.get().owner_user == cast.dev
    assert manage("group", "list", "--team", "acme") == "The team has no groups yet.\n"


def test_a_group_that_owned_only_what_is_deleted_needs_no_heir(cast: Cast) -> None:
    group = services.create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    delete_key(apikey=make_key(cast.acme, group).apikey, actor=BY_TESTS)
    manage("group", "delete", "--team", "acme", "quants")
    assert ApiKey.objects.get().owner_user == cast.ann


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "--team", "acme", "quants", "mallory@globex.example"], "is not a member of Acme Research"),
        (["add", "--team", "acme", "quants", "nobody@acme.example"], "Nobody signs in with nobody@acme.example"),
        (["add", "--team", "acme", "none", "dev@acme.example"], "has no group"),
        (["remove", "--team", "acme", "quants", "dev@acme.example"], "is not in the group any more"),
        (["create", "--team", "acme", "quants"], "already has a group"),
        (["rename", "--team", "acme", "quants", ""], "Give the group a name"),
    ],
)
def test_what_cannot_be_with_groups(cast: Cast, words: list[str], said: str) -> None:
    services.create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    assert said in refused("group", *words)


def test_a_team_is_suspended_resumed_and_deleted(cast: Cast, front_door: FrontDoorClient) -> None:
    list_network(cast.acme, OFFICE)
    key = make_key(cast.acme, cast.dev).text

    def status() -> int:
        return front_door.get("/api/v1/datasets", key=key).status

    assert status() == 200
    assert manage_json("team", "suspend", "acme", "--reason", "unpaid")["suspended_at"] is not None
    assert status() == 401
    assert "is suspended already" in refused("team", "suspend", "acme")
    manage("team", "resume", "acme")
    assert status() == 200
    assert "is not suspended" in refused("team", "resume", "acme")
    assert "Add --yes to do it" in refused("team", "delete", "acme")
    assert status() == 200
    assert manage("team", "delete", "acme", "--yes") == "Deleted the team Acme Research.\n"
    assert status() == 401
    assert "There is no team with the slug" in refused("team", "delete", "acme", "--yes")
    assert AuditEvent.objects.filter(kind="team.deleted", via="command line").count() == 1


def test_settings_that_are_not_named_stay(cast: Cast) -> None:
    changed: Any = manage_json("team", "change", "acme", "--longest-key-lifetime", "30", "--second-factor", "7d")
    assert (changed["name"], changed["longest_key_lifetime"]) == ("Acme Research", 30)
    assert changed["second_factor_required_from"] is not None
    manage("team", "change", "acme", "--name", "Acme Labs", "--second-factor", "off")
    after = team()
    assert (after.name, after.max_key_lifetime_days, after.second_factor_required_from) == ("Acme Labs", 30, None)
    assert "requires no second factor" in refused("team", "change", "acme", "--name", "X", "--second-factor", "off")
    assert "not a duration" in refused("team", "change", "acme", "--second-factor", "soon")
    assert "0 to 90 days" in refused("team", "change", "acme", "--second-factor", "91d")
    assert team().name == "Acme Labs"


def test_sealed_copies_are_forbidden_and_allowed(cast: Cast) -> None:
    make_key(cast.acme, cast.dev, sealed=True)
    answer = manage_json("apikey", "sealed-copies", "--team", "acme", "forbid")
    assert answer == {"team": "acme", "allowed": False, "destroyed": 1}
    assert not SealedCopy.objects.exists()
    assert "forbidden already" in refused("apikey", "sealed-copies", "--team", "acme", "forbid")
    manage("apikey", "sealed-copies", "--team", "acme", "allow")
    assert team().sealed_copies_allowed
