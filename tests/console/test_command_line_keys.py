"""`manage.py apikey`: the life of a key from a shell, for people and for programs."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from apikeys.models import ApiKey, KeyUsage
from teams.models import AuditEvent, Membership
from teams.services import create_group, create_team
from tests.cast import BY_TESTS, Cast, make_key
from tests.commands import manage, manage_json, refused, table

BOT = "Backtesting-Alpha-Bot"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIELDS = {
    *("id", "name", "owner", "created_at", "expires_at", "retire_at", "last_used_at"),
    *("rate_limit", "scopes", "networks"),
    *("status", "status_reason"),
}


def create(*words: str) -> dict[str, object]:
    made: dict[str, object] = manage_json("apikey", "create", "--team", "acme", *words)
    return made


def test_the_example_of_the_manual(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        printed = manage("apikey", "create", "--team", "acme", "--name", BOT, "--expires-in", "90d", "--json")
        [listed] = manage_json("apikey", "list", "--team", "acme")
        shown = manage("apikey", "list", "--team", "acme")
    made = json.loads(printed)
    assert printed.count("\n") == 1
    assert made.keys() == FIELDS | {"key"}
    row = ApiKey.objects.get()
    assert made["key"].startswith(f"gate_{row.pk}_")
    assert {name: made[name] for name in ("id", "name", "expires_at", "status")} == {
        "id": row.pk,
        "name": BOT,
        "expires_at": "2026-05-31T12:00:00Z",
        "status": "active",
    }
    assert listed.keys() == FIELDS
    assert listed == {name: value for name, value in made.items() if name != "key"}
    assert made["key"] not in shown


def test_people_read_a_sentence_and_the_key_on_a_line_of_its_own(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        printed = manage("apikey", "create", "--team", "acme", "--name", BOT)
    first, key, *rest = printed.splitlines()
    assert first == f"Generated {BOT}, which expires at 2026-05-31T12:00:00Z. This is the only time it is shown:"
    assert key.startswith("gate_")
    assert rest == []


@pytest.mark.parametrize(
    ("words", "owner"),
    [
        ([], "Ann Lee"),
        (["--owner", "dev@acme.example"], "Dev Patel"),
        (["--owner", " DEV@Acme.Example "], "Dev Patel"),
        (["--group", "quant-research"], "Quant Research"),
    ],
)
def test_somebody_owns_the_key(cast: Cast, words: list[str], owner: str) -> None:
    create_group(team=cast.acme, name="Quant Research", actor=BY_TESTS)
    assert create("--name", BOT, *words)["owner"] == owner


def test_the_longest_standing_admin_owns_what_nobody_is_named_for(cast: Cast) -> None:
    Membership.objects.filter(user__in=[cast.dev, cast.vic]).update(role="admin")
    Membership.objects.filter(user=cast.vic).update(joined_at=timezone.now() - timedelta(days=9))
    assert create("--name", BOT)["owner"] == "Vic Viewer"


@pytest.mark.parametrize(
    ("duration", "distance"),
    [
        ("90d", timedelta(days=90)),
        ("12h", timedelta(hours=12)),
        ("30m", timedelta(minutes=30)),
        ("45s", timedelta(seconds=45)),
        ("365d", timedelta(days=365)),
    ],
)
def test_durations(cast: Cast, duration: str, distance: timedelta) -> None:
    with time_machine.travel(NOON, tick=False):
        made = create("--name", BOT, "--expires-in", duration)
    assert datetime.fromisoformat(str(made["expires_at"])) == NOON + distance


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--name", ""], "Give the key a name"),
        (["--name", "x" * 10_000], "at most 64 characters; this one has 10,000"),
        (["--name", "\u202etoB"], "changes the writing direction"),
        (["--name", "\udcff"], "not text in UTF-8"),
        (["--name", BOT, "--expires-in", "366d"], "Keys of this team live at most 365 days."),
        (["--name", BOT, "--expires-in", "0d"], "“0d” is not a duration; write it like 90d, 12h, 30m or 45s."),
        (["--name", BOT, "--expires-in", "soon"], "“soon” is not a duration"),
        (["--name", BOT, "--expires-in", "-1d"], "expected one argument"),
        (["--name", BOT, "--rate-limit", "0"], "A rate limit is 1 to 1,000,000 requests per minute."),
        (["--name", BOT, "--rate-limit", "many"], "invalid int value"),
        (["--name", BOT, "--owner", "mallory@globex.example"], "mallory@globex.example is not a member of acme."),
        (["--name", BOT, "--group", "quants"], "The team acme has no group “quants”."),
        (["--name", BOT, "--owner", "dev@acme.example", "--group", "quants"], "not allowed with argument"),
        ([], "the following arguments are required: --name"),
    ],
)
def test_what_cannot_be_is_said(cast: Cast, words: list[str], said: str) -> None:
    assert said in refused("apikey", "create", "--team", "acme", *words)
    assert not ApiKey.objects.exists()


def test_a_name_is_taken_once(cast: Cast) -> None:
    create("--name", BOT)
    assert refused("apikey", "create", "--team", "acme", "--name", BOT.upper()) == (
        f"A live key of this team is already called “{BOT.upper()}”."
    )


@pytest.mark.parametrize("words", [["create", "--name", BOT], ["list"]])
def test_a_team_that_is_not_there(cast: Cast, words: list[str]) -> None:
    said = refused("apikey", words[0], "--team", "acmee", *words[1:])
    assert said == "There is no team with the slug “acmee”. See: manage.py team list"


def test_a_team_without_an_admin_asks_for_an_owner(cast: Cast) -> None:
    create_team(name="Empty", actor=BY_TESTS)
    assert "has no admin; say who owns the key" in refused("apikey", "create", "--team", "empty", "--name", BOT)


def test_the_list_is_a_table_with_the_newest_first(cast: Cast) -> None:
    assert manage("apikey", "list", "--team", "acme") == "The team has no keys yet.\n"
    assert manage_json("apikey", "list", "--team", "acme") == []
    with time_machine.travel(NOON, tick=False):
        old = make_key(cast.acme, cast.dev, "Older", days=1).apikey
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        new = make_key(cast.acme, cast.ann, "日本語 🤖", days=90).apikey
        KeyUsage.objects.create(key=new, last_used_at=NOON, last_used_from="198.51.100.7", requests=1)
        make_key(cast.globex, cast.mallory, "Globex-Bot")
        cells = table(manage("apikey", "list", "--team", "acme"))
    assert cells == [
        ["ID", "NAME", "OWNER", "STATUS", "EXPIRES AT", "LAST USED AT"],
        [new.pk, "日本語 🤖", "Ann Lee", "active", "2026-05-31T13:00:00Z", "2026-03-02T12:00:00Z"],
        [old.pk, "Older", "Dev Patel", "expiring", "2026-03-03T12:00:00Z", ""],
    ]


def test_disable_enable_revoke_delete(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    named = f"{BOT} ({apikey.pk})"
    assert manage("apikey", "disable", apikey.pk, "--reason", "security audit") == f"Disabled {named}.\n"
    [disabled] = manage_json("apikey", "list", "--team", "acme")
    assert disabled["status"] == "disabled"
    assert disabled["status_reason"].startswith("Disabled by Command line on ")
    assert disabled["status_reason"].endswith(": security audit")
    assert manage("apikey", "enable", apikey.pk, "--reason", "all clear") == f"Enabled {named}.\n"
    assert manage("apikey", "revoke", apikey.pk, "--reason", "leaked") == f"Revoked {named}.\n"
    assert manage_json("apikey", "list", "--team", "acme")[0]["status"] == "revoked"
    assert manage_json("apikey", "delete", apikey.pk) == {"id": apikey.pk, "name": BOT, "status": "deleted"}
    assert manage_json("apikey", "list", "--team", "acme") == []
    events = AuditEvent.objects.filter(object_id=apikey.pk).order_by("seq")
    assert [(event.kind, event.details.get("reason")) for event in events][1:] == [
        ("key.disabled", "security audit"),
        ("key.enabled", "all clear"),
        ("key.revoked", "leaked"),
        ("key.deleted", ""),
    ]
    assert {(event.actor_name, event.via) for event in events[1:]} == {("Command line", "command line")}


@pytest.mark.parametrize(("action", "status"), [("disable", "disabled"), ("revoke", "revoked"), ("delete", "deleted")])
def test_programs_are_told_the_new_status(cast: Cast, action: str, status: str) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    answer = manage_json("apikey", action, apikey.pk)
    assert (answer["id"], answer["name"], answer["status"]) == (apikey.pk, BOT, status)
    assert "key" not in answer


def test_a_key_is_rotated(cast: Cast) -> None:
    old = make_key(cast.acme, cast.dev)
    with time_machine.travel(NOON, tick=False):
        new = manage_json("apikey", "rotate", old.apikey.pk, "--expires-in", "30d", "--reason", "yearly")
    assert new.keys() == FIELDS | {"key"}
    assert (new["name"], new["owner"], new["expires_at"]) == (BOT, "Dev Patel", "2026-04-01T12:00:00Z")
    assert new["key"] not in {old.text, new["id"]}
    assert AuditEvent.objects.get(object_id=new["id"]).details["reason"] == "yearly"
    assert refused("apikey", "rotate", old.apikey.pk) == (
        "This key has been rotated already: its successor is in the list."
    )


@pytest.mark.parametrize("action", ["rotate", "disable", "enable", "revoke", "delete"])
def test_a_key_that_is_not_there(cast: Cast, action: str) -> None:
    assert refused("apikey", action, "nosuchkey123") == (
        "There is no key with the ID “nosuchkey123”. See: manage.py apikey list --team SLUG"
    )
    apikey = make_key(cast.acme, cast.dev).apikey
    manage("apikey", "delete", apikey.pk)
    assert "There is no key with the ID" in refused("apikey", action, apikey.pk)


@pytest.mark.parametrize("action", ["rotate", "disable", "enable", "revoke", "delete"])
def test_a_whole_key_is_not_repeated(cast: Cast, action: str) -> None:
    """Somebody pastes the key where its ID belongs: errors end up in logs."""
    made = make_key(cast.acme, cast.dev)
    said = refused("apikey", action, made.text)
    assert made.text.rpartition("_")[2] not in said
    assert said.endswith(f"its ID is {made.apikey.pk}.")
    assert ApiKey.objects.get().status == "active"


def test_what_is_over_is_said(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    manage("apikey", "revoke", apikey.pk)
    assert refused("apikey", "revoke", apikey.pk) == "This key is revoked already."
    assert refused("apikey", "enable", apikey.pk) == "A revoked key cannot be enabled again."
