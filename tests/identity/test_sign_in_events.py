"""The audit trail of signing in: everything is in it, no secret is, and no flood makes it grow without bound."""

from typing import Any

import pytest
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import DatabaseError

from console import sign_in_events
from console.sign_in_events import MOST_OF_A_PERSON, MOST_OF_STRANGERS
from teams import audit, audit_bounds
from teams.models import AuditEvent, User
from tests.cast import BY_TESTS, PASSWORD, Cast
from tests.identity.test_passwords import reset
from tests.identity.visitor import Visitor, everything_kept, signed_in, what_happened

NEW = "a quite different pass phrase"
FROM = "from 198.51.100.7"


def test_a_life_in_order(cast: Cast) -> None:
    ann = signed_in(cast.ann, proved=True)
    ann.set_up_app()
    ann.post("/accounts/2fa/recovery-codes/generate/")
    ann.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    ann.prove(NEW)
    ann.post("/accounts/2fa/totp/deactivate/")
    ann.post("/accounts/logout/")
    assert what_happened() == [
        f"Ann Lee signed in with password {FROM}",
        f"Ann Lee added an authenticator app to ann@acme.example {FROM}",
        f"Ann Lee added recovery codes to ann@acme.example {FROM}",
        f"Ann Lee replaced the recovery codes of ann@acme.example {FROM}",
        f"Ann Lee changed the password of ann@acme.example {FROM}",
        f"Ann Lee removed an authenticator app from ann@acme.example {FROM}",
        f"Ann Lee removed recovery codes from ann@acme.example {FROM}",
        f"Ann Lee signed out {FROM}",
    ]
    assert list(audit.verify()) == []


def test_a_wrong_password(cast: Cast) -> None:
    Visitor().sign_in("ann@acme.example", "wrong")
    assert what_happened() == [f"Somebody not signed in failed to sign in as ann@acme.example: wrong password {FROM}"]
    event = AuditEvent.objects.get(kind="sign_in.failed")
    assert (event.object_id, event.details["failed_this_hour"]) == (str(cast.ann.pk), 1)


def test_the_right_password_of_somebody_who_is_deactivated(cast: Cast) -> None:
    User.objects.filter(pk=cast.ann.pk).update(is_active=False)
    Visitor().sign_in("ann@acme.example")
    (told,) = what_happened()
    assert "ann@acme.example: the account is deactivated" in told


def test_a_wrong_code(cast: Cast) -> None:
    signed_in(cast.ann, proved=True).set_up_app()
    visitor = Visitor()
    visitor.sign_in("ann@acme.example")
    visitor.post("/accounts/2fa/authenticate/", {"code": "nonsense"})
    assert what_happened("sign_in.failed") == [
        f"Somebody not signed in failed to sign in as ann@acme.example: wrong code of the second factor {FROM}"
    ]


def test_a_password_typed_in_the_wrong_field_is_written_nowhere(cast: Cast) -> None:
    """Only addresses of people who are here are written down; whatever else was typed might be anything."""
    for typed in ("hunter2@my-secret.example", "nobody@acme.example"):
        Visitor().sign_in(typed, "another secret")
    assert (
        what_happened()
        == [f"Somebody not signed in failed to sign in as an address that nobody signs in with: wrong password {FROM}"]
        * 2
    )
    kept = everything_kept()
    for secret in ("hunter2", "nobody@", "another secret"):
        assert secret not in kept


def test_no_secret_is_ever_in_it(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    ann = signed_in(cast.ann, proved=True)
    secret = ann.set_up_app()
    codes = [element.text for element in ann.page("/accounts/2fa/recovery-codes/").all("code")]
    Visitor().sign_in("ann@acme.example", "guess of mine")
    ann.post("/accounts/2fa/totp/deactivate/")
    reset(cast.ann, NEW, mailoutbox)
    rows = str(list(AuditEvent.objects.values()))
    for needle in (PASSWORD, NEW, "guess of mine", secret, *codes, ann.session_key):
        assert needle not in rows


def test_failures_of_the_same_person_are_told_ever_less_often(cast: Cast) -> None:
    fail(200, "ann@acme.example")
    told = [event.details["failed_this_hour"] for event in failures()]
    assert told == [*range(1, MOST_OF_A_PERSON + 1), 16, 32, 64, 128]


def test_strangers_do_not_hide_an_attack_on_somebody(cast: Cast) -> None:
    fail(MOST_OF_STRANGERS * 3, "nobody@acme.example")
    fail(1, "ann@acme.example")
    assert [event.object_name for event in failures()][-1] == "ann@acme.example"


def test_a_flood_costs_a_few_rows(cast: Cast) -> None:
    """A million attempts in an hour, from a thousand addresses at a thousand accounts that are not there."""
    before = AuditEvent.objects.count()
    fail(5_000, "nobody{}@acme.example")
    assert AuditEvent.objects.count() - before == MOST_OF_STRANGERS + len([128, 256, 512, 1024, 2048, 4096])
    assert list(audit.verify()) == []


def test_even_a_forgetful_cache_bounds_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the chain itself is asked how fast it grows."""
    assert audit_bounds.MOST_IN_AN_HOUR >= 1000
    monkeypatch.setattr(audit_bounds, "MOST_IN_AN_HOUR", 50)
    for _ in range(120):
        cache.clear()
        fail(1, "ann@acme.example")
    assert len(failures()) <= 51


def test_other_events_are_written_in_the_middle_of_a_flood(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_bounds, "MOST_IN_AN_HOUR", 5)
    for _ in range(10):
        cache.clear()
        fail(1, "ann@acme.example")
    signed_in(cast.dev)
    assert what_happened()[-1] == f"Dev Patel signed in with password {FROM}"


def test_attempts_that_were_not_even_looked_at_count(cast: Cast) -> None:
    for _ in range(7):
        Visitor().sign_in("ann@acme.example", "wrong")
    assert [event.details["reason"] for event in failures()] == ["wrong password"] * 5 + ["too many attempts"] * 2


def test_what_a_person_is_called_is_what_they_are_called_here(cast: Cast) -> None:
    """An address is written as it is kept, not as it was typed."""
    Visitor().sign_in("ANN@ACME.example", "wrong")
    assert failures()[0].object_name == "ann@acme.example"


def test_teams_do_not_see_it(cast: Cast) -> None:
    """A person is no team's: it is in the chain of the installation."""
    signed_in(cast.ann)
    assert not AuditEvent.objects.filter(kind__startswith="sign_in", team_id__isnull=False).exists()


def fail(times: int, email: str) -> None:
    """As the backend tells it, without the forms' own limits in front."""
    request: Any = Visitor().get("/accounts/login/").wsgi_request
    for number in range(times):
        sign_in_events.sign_in_failed(request, email.format(number), "wrong password")


def failures() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(kind="sign_in.failed").order_by("seq"))


def test_the_command_line_is_not_a_visitor(cast: Cast) -> None:
    audit.record_for_people(kind=sign_in_events.PASSWORD_CHANGED, actor=BY_TESTS, user=cast.ann)
    assert what_happened() == ["The tests changed the password of ann@acme.example"]


def test_what_the_trail_cannot_tell_does_not_happen(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change and its event are one transaction."""
    ann = signed_in(cast.ann, proved=True)
    ann.raise_request_exception = False

    def fails(**_: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(audit, "record", fails)
    typed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert ann.post("/accounts/password/change/", typed).status_code == 500
    cast.ann.refresh_from_db()
    assert cast.ann.check_password(PASSWORD)
