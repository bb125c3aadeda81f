"""Guessing is slowed, per account and per address, and nobody gets around it by writing something in another way."""

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.db import connection

from tests.cast import PASSWORD, Cast
from tests.identity.codes import code
from tests.identity.test_passwords import reset
from tests.identity.visitor import SECURITY, Visitor, leads_to, signed_in
from tests.markup import read

SLOWED = "Too many failed attempts."
PER_ACCOUNT = 5
PER_ADDRESS = 10


def guess(number: int, email: str = "ann@acme.example", address: str = "203.0.113.9") -> None:
    for attempt in range(number):
        answer = Visitor(address).sign_in(email, f"guess {attempt}")
        assert "do not belong together" in read(answer).text, f"attempt {attempt}"


def is_slowed(email: str = "ann@acme.example", address: str = "198.51.100.7", password: str = PASSWORD) -> bool:
    answer = Visitor(address).sign_in(email, password)
    return answer.status_code == 200 and SLOWED in read(answer).text


def test_guessing_at_one_account_is_slowed_from_wherever_it_comes(cast: Cast) -> None:
    """The right password does not open it either: so the attacker does not learn which one it is."""
    for attempt in range(PER_ACCOUNT):
        guess(1, address=f"203.0.113.{attempt}")
    assert is_slowed(address="203.0.113.77")
    assert not is_slowed("dev@acme.example", address="203.0.113.77")


def test_after_five_minutes_it_is_open_again(cast: Cast) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        guess(PER_ACCOUNT)
        clock.shift(299)
        assert is_slowed()
        clock.shift(2)
        assert not is_slowed()


def test_guessing_from_one_address_is_slowed_whomever_it_is_at(cast: Cast) -> None:
    for attempt in range(PER_ADDRESS):
        guess(1, f"person{attempt}@acme.example", "203.0.113.9")
    assert is_slowed("dev@acme.example", "203.0.113.9")
    assert not is_slowed("dev@acme.example", "203.0.113.10")


@pytest.mark.parametrize("written", ["ANN@ACME.EXAMPLE", " ann@acme.example ", "Ann@acme.Example"])
def test_another_spelling_has_no_attempts_of_its_own(cast: Cast, written: str) -> None:
    guess(PER_ACCOUNT, written)
    assert is_slowed()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.1:1234", "[::1]:80"])
def test_another_host_has_no_attempts_of_its_own(cast: Cast, host: str) -> None:
    for attempt in range(PER_ACCOUNT):
        fields = {"login": "ann@acme.example", "password": f"guess {attempt}"}
        Visitor().post("/accounts/login/", fields, headers={"Host": host})
    assert is_slowed()


@pytest.mark.parametrize("addresses", [("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), ("203.0.113.9", "203.0.113.9")])
def test_one_network_of_ipv6_is_one_address(cast: Cast, addresses: tuple[str, str]) -> None:
    """Everybody has 2⁶⁴ of them at home."""
    one, other = addresses
    for attempt in range(PER_ADDRESS):
        guess(1, f"person{attempt}@acme.example", one)
    assert is_slowed("dev@acme.example", other)
    assert not is_slowed("dev@acme.example", "2001:db8:1:3::1")


def test_succeeding_now_and_then_gains_nothing(cast: Cast) -> None:
    """Mallory signs in to her own account between her guesses at Ann's."""
    for _ in range(PER_ACCOUNT):
        guess(1)
        assert leads_to(Visitor("203.0.113.9").sign_in("mallory@globex.example")) == "/"
    assert is_slowed()


def test_succeeding_costs_nothing(cast: Cast) -> None:
    for attempt in range(PER_ACCOUNT * 2):
        assert leads_to(Visitor(f"203.0.113.{attempt}").sign_in("ann@acme.example")) == "/"


def test_a_new_password_opens_it_at_once(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    """Whoever can read the mail of the account need not wait for whoever guesses."""
    guess(PER_ACCOUNT)
    assert is_slowed()
    reset(cast.ann, "another long pass phrase", mailoutbox)
    assert not is_slowed(password="another long pass phrase")


def test_guessing_the_code_is_slowed(cast: Cast) -> None:
    ann = signed_in(cast.ann, proved=True)
    secret = ann.set_up_app()
    thief = Visitor("203.0.113.9")
    assert leads_to(thief.sign_in("ann@acme.example")) == "/accounts/2fa/authenticate/"
    wrong = next(number for number in ("000000", "111111") if number not in {code(secret), code(secret, steps=1)})
    for _ in range(PER_ACCOUNT):
        answer = thief.post("/accounts/2fa/authenticate/", {"code": wrong})
        assert "That code is not right" in read(answer).text
    answer = thief.post("/accounts/2fa/authenticate/", {"code": code(secret, steps=1)})
    assert SLOWED in read(answer).text
    assert not thief.is_in()


def test_guessing_when_it_is_to_be_proved_again_is_slowed(cast: Cast) -> None:
    """Somebody sits down at a browser that Ann has left."""
    ann = signed_in(cast.ann)
    for attempt in range(PER_ACCOUNT):
        ann.prove(f"guess {attempt}")
    answer = ann.prove()
    assert SLOWED in read(answer).text
    assert leads_to(ann.get("/accounts/email/")) == "/accounts/reauthenticate/"


def test_guessing_the_current_password_is_slowed(cast: Cast) -> None:
    ann = signed_in(cast.ann)
    new = "a quite different pass phrase"
    for attempt in range(PER_ACCOUNT):
        fields = {"oldpassword": f"guess {attempt}", "password1": new, "password2": new}
        assert ann.post("/accounts/password/change/", fields).status_code == 200
    answer = ann.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 429
    assert read(answer).one("h1").text == "Too many attempts"
    cast.ann.refresh_from_db()
    assert cast.ann.check_password(PASSWORD)


def test_one_address_sends_so_many_forms_and_no_more(cast: Cast) -> None:
    statuses = [Visitor().post("/accounts/login/", {"login": "x"}).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]


def test_nobody_is_buried_in_mail(cast: Cast) -> None:
    fields = {"email": "ann@acme.example"}
    statuses = [Visitor(f"203.0.113.{n}").post("/accounts/password/reset/", fields).status_code for n in range(4)]
    assert statuses == [302, 302, 302, 429]


@pytest.mark.django_db
def test_asking_for_a_challenge_is_limited() -> None:
    """Each makes a session, before anybody has signed in."""
    for _ in range(30):
        answer = Visitor().get("/accounts/passkeys/login/", headers={"Accept": "application/json"})
        assert answer.status_code == 200
    assert Visitor().get("/accounts/passkeys/login/", headers={"Accept": "application/json"}).status_code == 429


@pytest.mark.django_db
def test_what_is_counted_is_not_what_was_typed() -> None:
    """The cache is a table: neither passwords nor addresses are in it."""
    guess(1, "somebody@acme.example")
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM console_cache")
        kept = str(cursor.fetchall())
    assert "somebody" not in kept
    assert "guess" not in kept


def test_the_page_of_security_is_no_way_around(cast: Cast) -> None:
    guess(PER_ACCOUNT)
    visitor = Visitor()
    visitor.sign_in("ann@acme.example")
    assert leads_to(visitor.get(SECURITY)) == "/accounts/login/"
