"""The list of sessions: where a person is signed in, and how it is ended."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from console.active_sessions import UNFINISHED, device_name
from tests.cast import Cast
from tests.identity.visitor import SECURITY, Visitor, leads_to, signed_in, what_happened

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PAGE = "/accounts/sessions/"


def from_afar(cast: Cast) -> Visitor:
    visitor = Visitor("2001:db8::1", headers={"User-Agent": FIREFOX})
    visitor.sign_in(cast.ann.email)
    return visitor


def listed(visitor: Visitor) -> list[str]:
    (table,) = visitor.page(PAGE).all("table")
    return [row.text for body in table.all("tbody") for row in body.all("tr")]


def test_all_of_ones_own_are_listed(cast: Cast) -> None:
    here = signed_in(cast.ann)
    from_afar(cast)
    signed_in(cast.mallory)
    first, second = listed(here)
    assert first.startswith("Another program This session")
    assert "198.51.100.7" in first
    assert second.startswith("Firefox on Linux 2001:db8::1")
    assert "End" in second
    assert "Firefox on Linux" in here.page(SECURITY).text


def test_ending_one(cast: Cast) -> None:
    here, afar, third = signed_in(cast.ann), from_afar(cast), signed_in(cast.ann, address="203.0.113.9")
    there = UserSession.objects.get(session_key=afar.session_key)
    assert leads_to(here.post(f"/accounts/sessions/{there.pk}/end/")) == PAGE
    assert (here.is_in(), afar.is_in(), third.is_in()) == (True, False, True)
    assert not Session.objects.filter(session_key=there.session_key).exists()
    assert what_happened("sessions.ended") == ["Ann Lee ended one other session of ann@acme.example from 198.51.100.7"]


def test_signing_out_everywhere_else(cast: Cast) -> None:
    here, *others = [signed_in(cast.ann, address=f"203.0.113.{n}") for n in range(3)]
    mallory = signed_in(cast.mallory)
    assert leads_to(here.post(PAGE)) == PAGE
    assert here.is_in()
    assert [other.is_in() for other in others] == [False, False]
    assert mallory.is_in()
    assert what_happened("sessions.ended") == ["Ann Lee ended 2 other sessions of ann@acme.example from 203.0.113.0"]


def test_nobody_ends_somebody_elses(cast: Cast) -> None:
    ann, mallory = signed_in(cast.ann), signed_in(cast.mallory)
    anns = UserSession.objects.get(user=cast.ann)
    assert mallory.post(f"/accounts/sessions/{anns.pk}/end/").status_code == 404
    assert ann.is_in()


def test_a_session_that_has_run_out_is_not_listed(cast: Cast) -> None:
    from_afar(cast)
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert len(listed(signed_in(cast.ann))) == 1


def test_a_session_ends_by_itself(cast: Cast) -> None:
    visitor = signed_in(cast.ann)
    with time_machine.travel(timezone.now() + timedelta(days=13, hours=23)):
        assert visitor.is_in()
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1)):
        assert not visitor.is_in()


def test_when_and_where_it_was_used_last_is_noted_every_few_minutes(cast: Cast) -> None:
    visitor = signed_in(cast.ann)
    began = timezone.now()

    def seen() -> UserSession:
        return UserSession.objects.get(session_key=visitor.session_key)

    for minutes, noted in ((4, False), (6, True), (10, False), (12, True)):
        before = seen().last_seen_at
        with time_machine.travel(began + timedelta(minutes=minutes)):
            visitor.get(SECURITY, REMOTE_ADDR=f"203.0.113.{minutes}")
        assert (seen().last_seen_at > before) is noted, minutes
    assert seen().ip == "203.0.113.12"
    assert seen().created_at <= began


def test_a_session_of_nobody_goes_soon(db: None) -> None:
    """And with it what it was made for: the challenge of a passkey. Anybody can have one made."""
    visitor = Visitor()
    visitor.get("/accounts/passkeys/login/", headers={"Accept": "application/json"})
    session = Session.objects.get()
    assert session.expire_date <= timezone.now() + timedelta(seconds=UNFINISHED)


def test_pages_make_no_sessions_for_whoever_just_looks(db: None) -> None:
    visitor = Visitor()
    for path in ("/", "/accounts/login/", "/accounts/password/reset/", SECURITY, "/accounts/2fa/authenticate/"):
        visitor.get(path)
        visitor.post(path, {"login": "ann@acme.example", "password": "x", "email": "ann@acme.example"})
    assert not Session.objects.exists()


def test_somebody_sweeps(cast: Cast) -> None:
    visitor = Visitor()
    visitor.get("/accounts/passkeys/login/", headers={"Accept": "application/json"})
    assert Session.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        signed_in(cast.ann)
    assert not Session.objects.filter(session_key=visitor.session_key).exists()


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36",
            "Chrome on Windows",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/26.0 Safari/605", "Safari on Mac"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) CriOS/150.0 Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.14.1", "Another program"),
        ("", "Another program"),
        ("<script>alert(1)</script> call 555-0100", "Another program"),
    ],
)
def test_a_browser_is_called_by_a_name_of_ours(user_agent: str, name: str) -> None:
    """What it says of itself is anybody's text, and would end up in mails."""
    assert device_name(user_agent) == name
