"""Somebody has just started Gatehouse, and opens the link that it printed."""

from importlib import import_module

import pytest
from django.test import Client

from teams import audit, services
from teams.audit import Actor
from teams.errors import RefusedChange
from teams.first_run import FIRST_START, UnusableLink, offer_set_up, set_up, somebody_can_sign_in
from teams.models import AuditEvent, Group, Membership, SetupLink, Team, User
from tests.at_once import at_once
from tests.cast import BY_TESTS, PASSWORD
from tests.identity.visitor import Visitor
from tests.markup import read, said

ANSWERS = {
    "name": "Acme Research",
    "full_name": "Ann Lee",
    "email": "Ann@Acme.example",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@pytest.fixture
def token(db: None) -> str:
    token = offer_set_up()
    assert token
    return token


@pytest.fixture
def link(token: str) -> str:
    return f"/setup/{token}/"


def test_the_team_and_its_admin_are_there_before(token: str) -> None:
    """So that commands have something to work on; but nobody can sign in as that admin."""
    place = Membership.objects.get()
    assert (place.team.slug, place.user.email, place.role) == ("my-team", "admin@localhost", "admin")
    assert not place.user.has_usable_password()
    assert not place.user.is_superuser
    assert {event.actor_name for event in AuditEvent.objects.all()} == {FIRST_START.name}


def test_the_link_asks_for_a_name_and_a_password(link: str) -> None:
    answer = Client().get(link)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    form = read(answer)
    assert form.field("name").get("value") == "My Team"
    assert form.field("email").get("value") == ""
    assert form.field("password").get("autocomplete") == "new-password"


def test_looking_at_it_changes_nothing(link: str) -> None:
    """Mail scanners and previews look at every link."""
    for _ in range(2):
        assert Client().get(link).status_code == 200
    assert not somebody_can_sign_in()


def test_whoever_fills_it_in_is_signed_in_as_admin_and_operator(link: str) -> None:
    ann = Visitor()
    answer = ann.post(link, ANSWERS)
    assert answer["Location"] == "/teams/acme-research/authorization/"
    assert said(ann.page(answer["Location"])) == ["Gatehouse is set up, and you are the admin of Acme Research."]
    person = User.objects.get()
    assert (person.email, person.full_name, person.is_superuser) == ("ann@acme.example", "Ann Lee", True)
    assert person.check_password(PASSWORD)
    assert Membership.objects.get().user == person
    assert (Team.objects.get().name, Team.objects.get().slug) == ("Acme Research", "acme-research")
    assert ann.page("/operators/teams/")


def test_the_password_opens_the_door_later(link: str) -> None:
    Client().post(link, ANSWERS)
    ann = Visitor()
    ann.sign_in("ann@acme.example")
    assert ann.is_in()


def test_the_session_is_a_new_one(link: str) -> None:
    """Whoever planted a session key in this browser before does not share the session now."""
    ann = Visitor()
    ann.get(link)
    ann.session.save()
    planted = ann.session.session_key
    ann.cookies["gatehouse_session"] = planted or ""
    ann.post(link, ANSWERS)
    assert ann.session_key != planted


def test_it_works_once(link: str) -> None:
    assert Client().post(link, ANSWERS).status_code == 302
    assert Client().get(link).status_code == 404
    assert Client().post(link, {**ANSWERS, "email": "mallory@evil.example"}).status_code == 404
    assert not SetupLink.objects.exists()
    assert User.objects.get().email == "ann@acme.example"
    assert offer_set_up() is None


def test_every_link_that_was_printed_works_until_one_is_used(link: str) -> None:
    """A second start, that fails since the port is taken, does not spoil the link of the first."""
    other = f"/setup/{offer_set_up()}/"
    assert other != link
    assert Client().get(link).status_code == 200
    assert Client().post(other, ANSWERS).status_code == 302
    assert Client().get(link).status_code == 404
    assert Team.objects.count() == User.objects.count() == 1


def test_of_two_who_use_it_at_once_one_is_the_first(committed: None) -> None:
    token = offer_set_up()
    assert token

    def use(name: str) -> bool:
        try:
            set_up(
                token=token or "",
                name=name,
                full_name=name,
                email=f"{name}@x.example",
                password=PASSWORD,
                actor=BY_TESTS,
            )
        except UnusableLink:
            return False
        return True

    assert sorted(at_once([lambda: use("ann"), lambda: use("bob"), lambda: use("eve")])) == [False, False, True]
    assert User.objects.count() == 1
    assert list(audit.verify()) == []


@pytest.mark.parametrize("token", ["x", "x" * 32, "A" * 31, "admin", "-"])
def test_a_guess_finds_nothing(db: None, token: str) -> None:
    offer_set_up()
    assert Client().get(f"/setup/{token}/").status_code == 404
    assert Client().post(f"/setup/{token}/", ANSWERS).status_code == 404
    assert not somebody_can_sign_in()


def test_what_is_kept_of_the_link_does_not_open_it(token: str) -> None:
    kept = bytes(SetupLink.objects.get().digest)
    assert token.encode() not in kept
    assert Client().get(f"/setup/{kept.hex()[:32]}/").status_code == 404
    assert token not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    ("changed", "field", "said_of_it"),
    [
        ({"name": ""}, "name", "Give the team a name"),
        ({"name": "a\u202eb"}, "name", "changes the writing direction"),
        ({"full_name": ""}, "full_name", "Enter your name"),
        ({"email": "ann"}, "email", "This is not an e-mail address"),
        ({"email": "аnn@acme.example"}, "email", "is not a plain letter"),
        ({"email": "cleo@acme.example"}, "email", "is somebody else's address here"),
        ({"password": "", "password_again": ""}, "password", "This field is required."),
        ({"password_again": "another one than that"}, "password_again", "This is not the same password."),
        ({"password": "password1234", "password_again": "password1234"}, "password", "too common"),
        ({"password": "ann@acme.example", "password_again": "ann@acme.example"}, "password", "too similar"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_the_link_still_works(
    link: str, changed: dict[str, str], field: str, said_of_it: str
) -> None:
    User.objects.create_user("cleo@acme.example")
    answer = Client().post(link, {**ANSWERS, **changed})
    assert answer.status_code == 422
    assert said_of_it in read(answer).error_of(field)
    assert not somebody_can_sign_in()
    assert Team.objects.get().name == "My Team"
    assert PASSWORD not in answer.content.decode()
    assert Client().post(link, ANSWERS).status_code == 302


def test_it_is_on_record_by_whom_and_from_where(link: str) -> None:
    Visitor("198.51.100.7").post(link, ANSWERS)
    told = [audit.sentence(event) for event in AuditEvent.objects.order_by("pk")]
    assert told == [
        "First start created the team My Team",
        "First start added admin@localhost to the team",
        "Ann Lee set up Gatehouse, and in it the team Acme Research from 198.51.100.7",
        "Ann Lee set up Gatehouse and became its first operator (ann@acme.example) from 198.51.100.7",
        "Ann Lee signed in with password from 198.51.100.7",
    ]
    assert list(audit.verify()) == []
    assert PASSWORD not in str(list(AuditEvent.objects.values()))


# When there is something there already


def test_the_slug_stays_once_programs_may_know_it(token: str) -> None:
    team = Team.objects.get()
    services.create_group(team=team, name="Quants", actor=Actor.command_line())
    Client().post(f"/setup/{token}/", ANSWERS)
    team.refresh_from_db()
    assert (team.name, team.slug) == ("Acme Research", "my-team")
    assert Group.objects.get().team == team


@pytest.mark.parametrize("name", ["日本", "Globex"])
def test_a_name_without_a_slug_of_its_own_keeps_the_first(token: str, name: str) -> None:
    services.create_team(name="Globex", actor=BY_TESTS)
    answer = Client().post(f"/setup/{token}/", {**ANSWERS, "name": name})
    assert answer["Location"] == "/teams/my-team/authorization/"


def test_a_team_made_by_command_is_the_one_that_is_set_up(db: None) -> None:
    services.create_team(name="Globex", actor=Actor.command_line())
    token = offer_set_up()
    assert Team.objects.count() == 1
    assert read(Client().get(f"/setup/{token}/")).field("name").get("value") == "Globex"
    answer = Client().post(f"/setup/{token}/", {**ANSWERS, "name": "Globex"})
    assert answer["Location"] == "/teams/globex/authorization/"


def test_once_somebody_has_a_password_there_is_no_link(link: str) -> None:
    """By `team create --admin` or `createsuperuser`: whoever finds the link later in a log gets nothing by it."""
    User.objects.create_user("ann@acme.example", PASSWORD)
    assert offer_set_up() is None
    assert Client().get(link).status_code == 404
    assert Client().post(link, ANSWERS).status_code == 404
    assert not User.objects.filter(is_superuser=True).exists()


def test_nor_once_somebody_has_signed_in_without_one(link: str) -> None:
    """By single sign-on."""
    from django.utils import timezone

    User.objects.create_user("ann@acme.example", last_login=timezone.now())
    assert offer_set_up() is None
    assert Client().get(link).status_code == 404


def test_what_cannot_be_recorded_does_not_happen(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(AuditEvent, "save", fail)
    with pytest.raises(OSError, match="the disk is full"):
        set_up(token=token, name="A", full_name="A", email="a@x.example", password=PASSWORD, actor=BY_TESTS)
    assert not somebody_can_sign_in()
    assert SetupLink.objects.exists()


def test_the_gate_hears_of_the_new_slug(token: str) -> None:
    """It tells upstreams the team by its slug."""
    changes = import_module("teams.policy_changes")
    heard: list[int] = []

    def hear(*, team_id: int, **_: object) -> None:
        heard.append(team_id)

    changes.policy_changed.connect(hear)
    try:
        set_up(token=token, name="Acme", full_name="A", email="a@x.example", password=PASSWORD, actor=BY_TESTS)
    finally:
        changes.policy_changed.disconnect(hear)
    assert heard == [Team.objects.get().pk]


def test_the_link_stays_out_of_the_log(token: str, caplog: pytest.LogCaptureFixture) -> None:
    import logging

    from console.log_privacy import HideSecretLinks

    record = logging.LogRecord("django", logging.WARNING, "", 0, "Not Found: %s", (f"/setup/{token}/",), None)
    HideSecretLinks().filter(record)
    assert record.getMessage() == "Not Found: /setup/…/"


def test_a_weak_password_by_another_way_is_refused_too(token: str) -> None:
    with pytest.raises(RefusedChange, match="too short"):
        set_up(token=token, name="A", full_name="A", email="a@x.example", password="short", actor=BY_TESTS)
