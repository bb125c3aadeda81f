"""Gus looks after people's accounts: in Django's admin, by the same services as everybody else, and on record."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail

from teams import audit, services
from teams.errors import RefusedChange
from teams.models import AuditEvent, User
from tests.at_once import at_once
from tests.cast import BY_TESTS, PASSWORD, Cast
from tests.front_door import OFFICE
from tests.identity.visitor import Visitor, signed_in
from tests.markup import Element, read

PEOPLE = "/operators/admin/teams/user/"
NEW = "a password that Gus made up"


def change(operator: Visitor, person: User, **flags: bool) -> Element:
    """Post the form with these flags; the page that comes of it."""
    ticked = {"is_active": person.is_active, "is_superuser": person.is_superuser, **flags}
    answer = operator.post(
        f"{PEOPLE}{person.pk}/change/", {name: "on" for name, on in ticked.items() if on}, follow=True
    )
    assert answer.status_code == 200
    person.refresh_from_db()
    return read(answer)


def told(page: Element) -> str:
    return page.all("ul", class_="messagelist")[0].text


def newest() -> str:
    event = AuditEvent.objects.filter(chain=audit.INSTALLATION_CHAIN).order_by("-seq")[0]
    return audit.sentence(event)


def is_in(visitor: Visitor) -> bool:
    return visitor.is_in()


def gets_in(person: User, password: str) -> bool:
    visitor = Visitor("203.0.113.9")
    visitor.sign_in(person.email, password)
    return visitor.is_in()


def test_somebody_is_let_in(cast: Cast, operator: Visitor) -> None:
    typed = {"email": "Nora@Acme.example", "full_name": "Nora New", "password": NEW, "password_again": NEW}
    answer = operator.post(f"{PEOPLE}add/", typed)
    nora = User.objects.get(email="nora@acme.example")
    assert answer.headers["Location"] == PEOPLE
    assert newest() == f"Gus Gate made an account for nora@acme.example from {OFFICE}"
    assert gets_in(nora, NEW)
    assert not nora.is_superuser


def test_without_a_password_there_is_none(cast: Cast, operator: Visitor) -> None:
    operator.post(f"{PEOPLE}add/", {"email": "nora@acme.example", "full_name": ""})
    assert not User.objects.get(email="nora@acme.example").has_usable_password()


@pytest.mark.parametrize(
    ("typed", "said_of_it"),
    [
        ({"email": ""}, "This field is required."),
        ({"email": "nonsense"}, "Enter a valid email address."),
        ({"email": "ann@acme.example"}, "with this E-mail address already exists"),
        ({"email": "ANN@acme.example"}, "with this E-mail address already exists"),
        ({"email": "x@x.example", "password": NEW, "password_again": "another one than that"}, "not the same password"),
        ({"email": "x@x.example", "password": "short", "password_again": "short"}, "too short"),
        ({"email": "x@x.example", "full_name": "a\u202eb"}, "changes the writing direction"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_words(
    cast: Cast, operator: Visitor, typed: dict[str, str], said_of_it: str
) -> None:
    before = User.objects.count()
    answer = operator.post(f"{PEOPLE}add/", {"full_name": "", **typed}, follow=True)
    assert said_of_it in answer.content.decode()
    assert User.objects.count() == before
    assert "made an account" not in newest()


def test_whoever_is_deactivated_is_out_with_the_next_request(cast: Cast, operator: Visitor) -> None:
    vic = signed_in(cast.vic)
    assert is_in(vic)
    change(operator, cast.vic, is_active=False)
    assert newest() == f"Gus Gate deactivated the account of vic@acme.example from {OFFICE}"
    assert not is_in(vic)
    assert not gets_in(cast.vic, PASSWORD)
    assert cast.acme.memberships.filter(user=cast.vic).exists()


def test_sessions_from_before_do_not_open_again(cast: Cast, operator: Visitor) -> None:
    vic = signed_in(cast.vic)
    change(operator, cast.vic, is_active=False)
    change(operator, cast.vic, is_active=True)
    assert newest() == f"Gus Gate reactivated the account of vic@acme.example from {OFFICE}"
    assert not is_in(vic)
    assert gets_in(cast.vic, PASSWORD)


def test_gus_is_told_of_teams_that_nobody_runs_any_more(cast: Cast, operator: Visitor) -> None:
    page = change(operator, cast.ann, is_active=False)
    assert "Acme Research has no admin who can sign in any more." in told(page)
    services.add_member(team=cast.globex, user=cast.dev, role="admin", actor=BY_TESTS)  # type: ignore[arg-type]
    assert "Globex" not in told(change(operator, cast.mallory, is_active=False))


def test_an_operator_makes_another_and_takes_it_back(cast: Cast, operator: Visitor) -> None:
    change(operator, cast.dev, is_superuser=True)
    assert newest() == f"Gus Gate made dev@acme.example an operator from {OFFICE}"
    assert signed_in(cast.dev).get("/operators/teams/").status_code == 200
    change(operator, cast.dev, is_superuser=False)
    assert newest() == f"Gus Gate took an operator’s rights from dev@acme.example from {OFFICE}"
    assert signed_in(cast.dev).get("/operators/teams/").status_code == 404


@pytest.mark.parametrize("flag", ["is_active", "is_superuser"])
def test_the_last_operator_stays(gus: User, operator: Visitor, flag: str) -> None:
    page = change(operator, gus, **{flag: False})
    assert "Gus Gate is the last operator. Make somebody else an operator first." in told(page)
    assert gus.is_active
    assert gus.is_superuser


def test_of_two_operators_who_dismiss_each_other_at_once_one_stays(committed: None) -> None:
    gus, una = (services.add_operator(email=f"{n}@x.example", password=None, actor=BY_TESTS) for n in ("gus", "una"))

    def dismissed(person: User) -> bool:
        try:
            services.dismiss_operator(user=person, actor=BY_TESTS)
        except RefusedChange:
            return False
        return True

    assert sorted(at_once([lambda: dismissed(gus), lambda: dismissed(una)])) == [False, True]
    assert User.objects.filter(is_superuser=True).count() == 1


def test_nothing_changed_is_nothing_recorded(cast: Cast, operator: Visitor) -> None:
    before = AuditEvent.objects.count()
    change(operator, cast.vic)
    assert AuditEvent.objects.count() == before


def test_a_lost_password_is_replaced(cast: Cast, operator: Visitor) -> None:
    vic = signed_in(cast.vic)
    answer = operator.post(f"{PEOPLE}{cast.vic.pk}/password/", {"password": NEW, "password_again": NEW}, follow=True)
    assert "Vic Viewer has a new password, and is signed out everywhere." in answer.content.decode()
    assert newest() == f"Gus Gate set a new password for vic@acme.example from {OFFICE}"
    assert not is_in(vic)
    assert not gets_in(cast.vic, PASSWORD)
    assert gets_in(cast.vic, NEW)
    trail = str(list(AuditEvent.objects.values()))
    assert NEW not in trail


def test_the_person_is_told_by_mail(cast: Cast, operator: Visitor) -> None:
    from console.mail import senders

    operator.post(f"{PEOPLE}{cast.vic.pk}/password/", {"password": NEW, "password_again": NEW})
    senders.submit(int).result()
    senders.submit(int).result()
    assert [message.to for message in mail.outbox] == [[cast.vic.email]]
    assert NEW not in mail.outbox[0].body


@pytest.mark.parametrize(
    ("first", "second", "said_of_it"),
    [
        ("", "", "This field is required."),
        (NEW, "another one than that", "not the same password"),
        ("password1234", "password1234", "too common"),
        ("vic@acme.example", "vic@acme.example", "too similar"),
    ],
)
def test_a_password_that_cannot_be(cast: Cast, operator: Visitor, first: str, second: str, said_of_it: str) -> None:
    answer = operator.post(f"{PEOPLE}{cast.vic.pk}/password/", {"password": first, "password_again": second})
    assert answer.status_code == 422
    assert said_of_it in answer.content.decode()
    assert gets_in(cast.vic, PASSWORD)


def test_ones_own_password_is_changed_where_the_current_one_is_asked_for(gus: User, operator: Visitor) -> None:
    answer = operator.post(f"{PEOPLE}{gus.pk}/password/", {"password": NEW, "password_again": NEW})
    assert answer["Location"] == "/accounts/password/change/"


def test_nobody_is_deleted(cast: Cast, operator: Visitor) -> None:
    """Keys have owners, and the audit trail has names."""
    assert operator.post(f"{PEOPLE}{cast.vic.pk}/delete/", {"post": "yes"}).status_code == 404
    operator.post(PEOPLE, {"action": "delete_selected", "_selected_action": [cast.vic.pk], "post": "yes"})
    assert User.objects.filter(pk=cast.vic.pk).exists()
    assert "delete" not in operator.page(f"{PEOPLE}{cast.vic.pk}/change/").text.lower()


def test_what_else_is_posted_changes_nothing(cast: Cast, operator: Visitor) -> None:
    sent = {"is_active": "on", "email": "mine@evil.example", "password": "x", "is_staff": "on", "full_name": "X"}
    operator.post(f"{PEOPLE}{cast.vic.pk}/change/", sent)
    vic = User.objects.get(pk=cast.vic.pk)
    assert (vic.email, vic.full_name, vic.is_staff) == ("vic@acme.example", "Vic Viewer", False)
    assert vic.check_password(PASSWORD)


def test_a_person_page_names_their_teams_and_no_digest(cast: Cast, operator: Visitor) -> None:
    page = operator.get(f"{PEOPLE}{cast.vic.pk}/change/").content.decode()
    assert "Acme Research (Viewer)" in page
    assert cast.vic.password not in page
    assert cast.vic.password[-8:] not in page


def test_there_is_one_log_and_not_two(cast: Cast, operator: Visitor) -> None:
    change(operator, cast.vic, is_active=False)
    operator.post(f"{PEOPLE}add/", {"email": "nora@acme.example", "full_name": ""})
    assert not LogEntry.objects.exists()
    assert list(audit.verify()) == []
