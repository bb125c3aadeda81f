"""A key changes hands: from the page and the command line, to whom its owner may give it, told in the audit trail."""

from typing import Any

import pytest
from django.test import Client

from apikeys import services
from apikeys.models import ApiKey
from apikeys.ownership import hand_over_key
from console.enforcement.credentials import read_credential
from console.enforcement.gate import gate
from ipsubnets.addresses import parse_address
from teams.errors import RefusedChange
from teams.models import AuditEvent, Group
from teams.services import add_to_group, create_group
from tests.cast import BY_TESTS, Cast, changes, list_network, make_key
from tests.commands import manage, manage_json, refused
from tests.conftest import SignIn
from tests.front_door import OFFICE
from tests.markup import events, read, said

LIST = "/teams/acme/authorization/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def apikey(cast: Cast) -> ApiKey:
    return make_key(cast.acme, cast.dev).apikey


@pytest.fixture
def quants(cast: Cast) -> Group:
    """Dev is one of them."""
    group = create_group(team=cast.acme, name="Quant Research", actor=BY_TESTS)
    add_to_group(group=group, user=cast.dev, actor=BY_TESTS)
    return group


@pytest.fixture
def traders(cast: Cast) -> Group:
    """Dev is none of them."""
    return create_group(team=cast.acme, name="Traders", actor=BY_TESTS)


def path(apikey: ApiKey) -> str:
    return f"/teams/acme/keys/{apikey.pk}/owner/"


def offered(browser: Client, apikey: ApiKey) -> list[str]:
    page = read(browser.get(path(apikey)))
    return [option.text for option in page.all("option")]


def owner_of(apikey: ApiKey) -> str:
    return ApiKey.objects.get(pk=apikey.pk).owner_label


def test_an_admin_hands_it_to_anybody_of_the_team(
    cast: Cast, apikey: ApiKey, quants: Group, traders: Group, sign_in: SignIn
) -> None:
    ann = sign_in(cast.ann)
    assert offered(ann, apikey) == [
        *("Choose…", "Ann Lee (you)", "Olga Ops", "Vic Viewer", "Quant Research (group)", "Traders (group)"),
    ]
    answer = ann.post(path(apikey), {"owner": "group:traders", "reason": "They run it now"}, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert said(read(answer)) == ["“Backtesting-Alpha-Bot” belongs to Traders now."]
    assert owner_of(apikey) == "Traders"
    event = AuditEvent.objects.get(kind="key.handed_over")
    assert (event.actor_name, event.object_id, event.details) == (
        "Ann Lee",
        apikey.pk,
        {"before": "Dev Patel", "after": "Traders", "reason": "They run it now"},
    )
    history = read(ann.get(f"/teams/acme/keys/{apikey.pk}/")).text
    assert "handed key Backtesting-Alpha-Bot over from Dev Patel to Traders" in history
    assert "They run it now" in history


def test_a_developer_hands_it_to_own_groups_and_back(
    cast: Cast, apikey: ApiKey, quants: Group, traders: Group, sign_in: SignIn
) -> None:
    dev = sign_in(cast.dev)
    assert offered(dev, apikey) == ["Choose…", "Quant Research (group)"]
    answer = dev.post(path(apikey), {"owner": "group:quant-research"}, headers=HTMX)
    assert events(answer)["toast"]["text"] == "“Backtesting-Alpha-Bot” belongs to Quant Research now."
    assert events(answer)["keys-changed"]
    assert offered(dev, apikey) == ["Choose…", "Dev Patel (you)"]
    dev.post(path(apikey), {"owner": f"user:{cast.dev.pk}"})
    assert owner_of(apikey) == "Dev Patel"


@pytest.mark.parametrize("crafted", ["group:traders", "ann", "", "user:", "group:none", "user:999999", "\x00", "mine"])
def test_a_crafted_post_gives_it_to_nobody_else(
    cast: Cast, apikey: ApiKey, quants: Group, traders: Group, sign_in: SignIn, crafted: str
) -> None:
    value = f"user:{cast.ann.pk}" if crafted == "ann" else crafted
    before = changes()
    answer = sign_in(cast.dev).post(path(apikey), {"owner": value, "reason": "mine no more"})
    assert answer.status_code == 422
    page = read(answer)
    assert page.error_of("owner")
    assert page.form["reason"] == "mine no more"
    assert (owner_of(apikey), changes()) == ("Dev Patel", before)


@pytest.mark.parametrize("person", ["dev", "olga", "vic"])
def test_who_does_not_manage_it_cannot_hand_it_over(cast: Cast, quants: Group, sign_in: SignIn, person: str) -> None:
    anns = make_key(cast.acme, cast.ann, "Ann's").apikey
    answer = sign_in(cast.person(person)).post(path(anns), {"owner": "group:quant-research"})
    assert answer.status_code == 403
    assert owner_of(anns) == "Ann Lee"
    assert AuditEvent.objects.filter(kind="access.refused", actor_name=str(cast.person(person))).count() == 1


def test_who_can_hand_it_to_nobody_is_told_who_can(cast: Cast, apikey: ApiKey, sign_in: SignIn) -> None:
    dialog = read(sign_in(cast.dev).get(path(apikey)))
    assert "An admin of the team can hand it to anybody." in dialog.text
    assert not dialog.all("button", type="submit", class_="button button-primary")


def test_to_its_owner_or_to_another_team_it_is_not_handed(cast: Cast, apikey: ApiKey) -> None:
    for heir, told in (
        (cast.dev, "Dev Patel owns this key already. Choose somebody else."),
        (cast.mallory, "Mallory does not belong to this team."),
        (create_group(team=cast.globex, name="Foreign", actor=BY_TESTS), "Foreign does not belong to this team."),
    ):
        before = changes()
        with pytest.raises(RefusedChange) as refusal:
            hand_over_key(apikey=apikey, heir=heir, actor=BY_TESTS)
        assert (refusal.value.message, changes()) == (told, before)


def test_an_heir_who_has_just_left_is_refused_at_the_field(
    cast: Cast, apikey: ApiKey, traders: Group, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form was filled in before, and is sent after."""
    ann = sign_in(cast.ann)

    def too_late(**arguments: Any) -> None:
        traders.delete()
        hand_over_key(**arguments)

    monkeypatch.setattr("apikeys.owner_views.hand_over_key", too_late)
    answer = ann.post(path(apikey), {"owner": "group:traders"})
    assert answer.status_code == 422
    assert owner_of(apikey) == "Dev Patel"


def test_the_gate_tells_the_new_owner_at_once(cast: Cast, quants: Group) -> None:
    list_network(cast.acme, OFFICE)
    made = make_key(cast.acme, cast.dev)
    credential = read_credential([b"Bearer " + made.text.encode()], [])

    def told() -> bytes:
        key = gate().decide(credential, parse_address(OFFICE)).key
        assert key is not None
        return dict(key.forward_auth_headers)[b"x-gatehouse-owner"]

    assert told() == b"dev@acme.example"
    hand_over_key(apikey=made.apikey, heir=quants, actor=BY_TESTS)
    assert told() == b"group:quant-research"


def test_the_new_owner_manages_it_and_the_old_one_does_not(cast: Cast, sign_in: SignIn) -> None:
    anns = make_key(cast.acme, cast.ann).apikey
    dev = sign_in(cast.dev)
    assert dev.get(path(anns)).status_code == 403
    hand_over_key(apikey=anns, heir=cast.dev, actor=BY_TESTS)
    assert dev.get(path(anns)).status_code == 200
    hand_over_key(apikey=anns, heir=cast.vic, actor=BY_TESTS)
    assert dev.get(path(anns)).status_code == 403


def test_a_deleted_key_says_so(cast: Cast, apikey: ApiKey, quants: Group, sign_in: SignIn) -> None:
    services.delete_key(apikey=apikey, actor=BY_TESTS)
    answer = sign_in(cast.ann).post(path(apikey), {"owner": "group:quant-research"}, headers=HTMX)
    assert events(answer)["toast"]["text"] == "The key “Backtesting-Alpha-Bot” has been deleted already."


def test_the_command_hands_it_to_a_member_or_a_group(cast: Cast, apikey: ApiKey, quants: Group) -> None:
    told = manage("apikey", "assign", apikey.pk, "--owner", "Ann@acme.example")
    assert told == f"Backtesting-Alpha-Bot ({apikey.pk}) belongs to Ann Lee now.\n"
    record = manage_json("apikey", "assign", apikey.pk, "--group", "quant-research", "--reason", "moved")
    assert (record["id"], record["owner"]) == (apikey.pk, "Quant Research")
    event = AuditEvent.objects.filter(kind="key.handed_over").latest("pk")
    assert (event.actor_name, event.details["reason"]) == ("Command line", "moved")


def test_the_command_says_what_cannot_be(cast: Cast, apikey: ApiKey) -> None:
    assert "one of the arguments --owner --group is required" in refused("apikey", "assign", apikey.pk)
    assert refused("apikey", "assign", apikey.pk, "--group", "none") == "The team acme has no group “none”."
    told = refused("apikey", "assign", apikey.pk, "--owner", "mallory@globex.example")
    assert told == "mallory@globex.example is not a member of acme."
    told = refused("apikey", "assign", apikey.pk, "--owner", "dev@acme.example")
    assert told == "Dev Patel owns this key already. Choose somebody else."
