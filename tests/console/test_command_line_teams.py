"""`manage.py team` and `manage.py audit`: teams and their trail from a shell, for people and for programs."""

import json
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection

from teams.models import AuditEvent, Membership, Team, User
from tests.cast import Cast, changes, list_network, make_key
from tests.commands import manage, manage_json, refused, table
from tests.teams.test_audit_chain import without_triggers


def test_the_example_of_the_manual(db: None) -> None:
    printed = manage("team", "create", "Acme Research", "--slug", "acme", "--admin", "ann@acme.example").splitlines()
    assert printed[:2] == ["Created the team Acme Research (acme).", "ann@acme.example is its admin."]
    label, _, password = printed[2].rpartition(" ")
    assert label == "Password (shown this once):"
    membership = Membership.objects.get()
    assert (membership.team.slug, membership.user.email, membership.role) == ("acme", "ann@acme.example", "admin")
    assert membership.user.check_password(password)
    assert len(printed) == 3


def test_programs_get_one_object(db: None) -> None:
    made = manage_json("team", "create", "Acme Research", "--admin", " Ann@Acme.Example ")
    password = made.pop("password")
    assert made == {"slug": "acme-research", "name": "Acme Research", "admin": "ann@acme.example"}
    assert User.objects.get(email="ann@acme.example").check_password(password)
    assert manage_json("team", "create", "Globex") == {"slug": "globex", "name": "Globex", "admin": None}


def test_somebody_who_is_known_gets_no_new_password(cast: Cast) -> None:
    made = manage_json("team", "create", "Initech", "--admin", "mallory@globex.example")
    assert "password" not in made
    assert Membership.objects.filter(user=cast.mallory).count() == 2
    assert manage("team", "create", "Hooli", "--admin", "mallory@globex.example") == (
        "Created the team Hooli (hooli).\nmallory@globex.example is its admin.\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([""], "Give the team a name."),
        (["x" * 101], "A name has at most 100 characters; this one has 101."),
        (["Acme\x1b[2J"], "control character"),
        (["Acme", "--slug", "Ac me"], "Slug: Use 1 to 48 lower-case letters, digits and hyphens"),
        (["数据部"], "give one"),
        (["Another", "--slug", "acme"], "There is already a team with the slug “acme”."),
        (["New", "--admin", "ann"], "This is not an e-mail address"),
        (["New", "--admin", "ann@"], "This is not an e-mail address"),
        (["New", "--admin", f"{'a' * 250}@acme.example"], "at most 254 characters"),
        ([], "the following arguments are required: name"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing(cast: Cast, words: list[str], said: str) -> None:
    before = Team.objects.count(), User.objects.count(), changes()
    assert said in refused("team", "create", *words)
    assert (Team.objects.count(), User.objects.count(), changes()) == before


def test_an_admin_who_may_not_sign_in_makes_no_team(cast: Cast) -> None:
    User.objects.filter(pk=cast.mallory.pk).update(is_active=False)
    before = Team.objects.count(), changes()
    assert "may not sign in" in refused("team", "create", "Initech", "--admin", "mallory@globex.example")
    assert (Team.objects.count(), changes()) == before


def test_the_list(db: None) -> None:
    assert manage("team", "list") == "There are no teams yet.\n"
    assert manage_json("team", "list") == []
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False):
        manage("team", "create", "Globex")
        manage("team", "create", "Acme Research", "--slug", "acme", "--admin", "ann@acme.example")
    [acme, globex] = manage_json("team", "list")
    assert (acme["slug"], acme["name"], acme["members"]) == ("acme", "Acme Research", 1)
    assert (acme["created_at"], acme["suspended_at"]) == ("2026-03-02T12:00:00Z", None)
    assert (globex["slug"], globex["members"]) == ("globex", 0)
    rows = table(manage("team", "list"))
    assert rows[0][:3] == ["SLUG", "NAME", "MEMBERS"]
    assert [row[:3] for row in rows[1:]] == [["acme", "Acme Research", "1"], ["globex", "Globex", "0"]]


def test_an_intact_trail_is_said_to_be_so(cast: Cast) -> None:
    count = AuditEvent.objects.count()
    assert manage("audit", "verify") == f"The audit trail is intact: {count} events.\n"
    assert manage_json("audit", "verify") == {"events": count, "intact": True}


def test_a_broken_trail_is_an_error_that_names_the_links(cast: Cast) -> None:
    without_triggers()
    acme, globex = (f"team-{team.pk}" for team in (cast.acme, cast.globex))
    AuditEvent.objects.filter(chain=acme, seq=2).update(actor_name="Somebody else")
    AuditEvent.objects.filter(chain=globex, seq=1).delete()
    assert refused("audit", "verify").splitlines() == [
        "The audit trail is broken:",
        *sorted(
            [
                f"  {acme}, event 2: was altered after it was written",
                f"  {globex}, event 1: is missing; the next one there is event 2",
            ]
        ),
    ]
    assert "event 2" in refused("audit", "verify", "--json")


def test_the_trail_is_exported_as_json_lines_oldest_first(cast: Cast) -> None:
    list_network(cast.acme, "203.0.113.0/24", "Büro 🏢\u2028")
    made = make_key(cast.acme, cast.dev)
    printed = manage("audit", "export")
    events = [json.loads(line) for line in printed.splitlines() if line]
    assert len(printed.rstrip("\n").split("\n")) == len(events) == AuditEvent.objects.count()
    assert [event["id"] for event in events] == sorted(event["id"] for event in events)
    last = events[-1]
    columns = {column.attname for column in AuditEvent._meta.concrete_fields}
    assert last.keys() == columns | {"sentence"}
    assert last["sentence"] == "The tests generated key Backtesting-Alpha-Bot"
    assert (last["object_id"], last["chain"]) == (made.apikey.pk, f"team-{cast.acme.pk}")
    assert datetime.fromisoformat(last["at"]).tzinfo is not None
    assert made.text not in printed
    of_globex = [json.loads(line) for line in manage("audit", "export", "--team", "globex").splitlines()]
    assert of_globex
    assert {event["team_name"] for event in of_globex} == {"Globex"}
    assert "no team with the slug" in refused("audit", "export", "--team", "acmee")


def test_an_export_can_be_verified_by_anybody(cast: Cast) -> None:
    """With nothing but the documented rule: SHA-256 over the fields as canonical JSON."""
    import hashlib

    previous: dict[str, str] = {}
    for line in manage("audit", "export").splitlines():
        event = json.loads(line)
        assert event["previous_hash"] == previous.get(event["chain"], "0" * 64)
        fields = {name: value for name, value in event.items() if name not in {"id", "hash", "sentence"}}
        fields["at"] = datetime.fromisoformat(event["at"]).astimezone(UTC).isoformat(timespec="microseconds")
        canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        assert hashlib.sha256(canonical.encode()).hexdigest() == event["hash"]
        previous[event["chain"]] = event["hash"]
    assert previous


def test_a_database_that_is_not_ready_is_said_to_be_so(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE teams_team RENAME TO teams_team_elsewhere")
    said = refused("team", "list")
    assert said.startswith("The database cannot be used: ")
    assert said.endswith("(if it is new, run: manage.py migrate)")
    assert "\n" not in said
