"""Passwords: which ones are taken, how they are changed, and how a forgotten one is replaced."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from teams.models import User
from tests.cast import PASSWORD, Cast
from tests.identity.visitor import Visitor, leads_to, signed_in, what_happened
from tests.markup import read
from tests.server import wait_until

NEW = "a quite different pass phrase"


def link(mailoutbox: list[EmailMessage], part: str) -> str:
    """The newest link with `part` in it. Other mails may come in between."""
    found: list[str] = []

    def came() -> bool:
        text = "\n".join(str(mail.body) for mail in mailoutbox)
        found[:] = [url for url in re.findall(r"https?://\S+", text) if part in url]
        return bool(found)

    wait_until(came, f"no mail with a link to {part} was sent")
    return found[-1]


def reset_link(user: User, mailoutbox: list[EmailMessage]) -> str:
    mailoutbox.clear()
    assert leads_to(Visitor().post("/accounts/password/reset/", {"email": user.email})).endswith("/reset/done/")
    return link(mailoutbox, "/password/reset/key/")


def open_link(visitor: Client, url: str) -> str:
    """Where the form is that the link leads to."""
    answer = visitor.get(urlsplit(url).path)
    return leads_to(answer)


def reset(user: User, password: str, mailoutbox: list[EmailMessage]) -> None:
    visitor = Visitor()
    form = open_link(visitor, reset_link(user, mailoutbox))
    assert leads_to(visitor.post(form, {"password1": password, "password2": password})).endswith("/key/done/")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("elevenchars", "too short"),
        ("password1234", "too common"),
        ("192837465019", "entirely numeric"),
        ("aaaaaaaaaaaa", "repeats itself"),
        ("abababababab", "repeats itself"),
        ("abcabcabcabc", "repeats itself"),
        ("abcdefghijkl", "counts up or down"),
        ("zyxwvutsrqponm", "counts up or down"),
        ("ann@acme.example", "too similar"),
        ("", "required"),
    ],
)
def test_bad_passwords_are_refused(cast: Cast, password: str, why: str) -> None:
    """Without asking anybody on the network: the list of common ones is here."""
    ann = signed_in(cast.ann)
    fields = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    answer = ann.post("/accounts/password/change/", fields)
    assert re.search(why, read(answer).error_of("password1"))
    cast.ann.refresh_from_db()
    assert cast.ann.check_password(PASSWORD)


@pytest.mark.parametrize(
    "password", ["twelve chars", "пароль из слов", "🔑🚪🏰🌉🛡🗝🔒🔓🧱🪟🏯🗼", " spaces count ", "four words, " * 80]
)
def test_good_passwords_are_taken_as_they_are(cast: Cast, password: str) -> None:
    ann = signed_in(cast.ann)
    fields = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert leads_to(ann.post("/accounts/password/change/", fields)) == "/settings/security/"
    assert leads_to(Visitor().sign_in("ann@acme.example", password)) == "/"
    assert Visitor().sign_in("ann@acme.example", PASSWORD).status_code == 200


def test_changing_it_asks_for_the_current_one(cast: Cast) -> None:
    ann = signed_in(cast.ann)
    answer = ann.post("/accounts/password/change/", {"oldpassword": "wrong", "password1": NEW, "password2": NEW})
    assert read(answer).error_of("oldpassword") == "This is not your current password."
    answer = ann.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": "other"})
    assert read(answer).error_of("password2") == "You must type the same password each time."


def test_changing_it_ends_the_other_sessions(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    ann, elsewhere = signed_in(cast.ann), signed_in(cast.ann, address="203.0.113.9")
    ann.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert ann.is_in()
    assert not elsewhere.is_in()
    assert what_happened("password.changed") == ["Ann Lee changed the password of ann@acme.example from 198.51.100.7"]
    wait_until(lambda: mailoutbox, "nobody told Ann")
    assert "Your password was changed" in mailoutbox[0].subject
    assert NEW not in str(mailoutbox[0].body)


def test_whoever_has_none_can_set_one(cast: Cast) -> None:
    ann = signed_in(cast.ann)
    User.objects.filter(pk=cast.ann.pk).update(password="!")
    ann.force_login(User.objects.get(pk=cast.ann.pk))
    assert leads_to(ann.get("/accounts/password/change/")) == "/accounts/password/set/"
    assert leads_to(ann.get("/accounts/password/set/")) == "/accounts/reauthenticate/"


def test_a_forgotten_password(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    elsewhere = signed_in(cast.ann)
    visitor = Visitor()
    url = reset_link(cast.ann, mailoutbox)
    form = open_link(visitor, url)
    assert urlsplit(url).path.rsplit("-", 1)[1].strip("/") not in form, "the secret stays in the address bar"
    assert visitor.page(form).one("h1").text == "Set a new password"
    answer = visitor.post(form, {"password1": "short", "password2": "short"})
    assert "too short" in read(answer).error_of("password1")
    visitor.post(form, {"password1": NEW, "password2": NEW})
    assert not visitor.is_in(), "the link proves who can read the mail, not who signs in"
    assert not elsewhere.is_in()
    assert leads_to(Visitor().sign_in("ann@acme.example", NEW)) == "/"
    assert what_happened("password.reset") == [
        "Somebody not signed in reset the password of ann@acme.example by mail from 198.51.100.7"
    ]


def test_a_link_works_once(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    url = reset_link(cast.ann, mailoutbox)
    visitor = Visitor()
    visitor.post(open_link(visitor, url), {"password1": NEW, "password2": NEW})
    assert Visitor().page(urlsplit(url).path).one("h1").text == "This link does not work"


def test_a_link_works_for_an_hour(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    url = urlsplit(reset_link(cast.ann, mailoutbox)).path
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert Visitor().get(url).status_code == 302
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert Visitor().page(url).one("h1").text == "This link does not work"


def test_a_link_for_somebody_else_does_not_fit(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    path = urlsplit(reset_link(cast.ann, mailoutbox)).path
    person, token = path.removeprefix("/accounts/password/reset/key/").split("-", 1)
    for uid in {"1", "2", "3", "zzzzzz"} - {person}:
        assert Visitor().page(f"/accounts/password/reset/key/{uid}-{token}").one("h1").text == "This link does not work"


def test_a_link_dies_with_the_address_it_was_sent_to(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    url = reset_link(cast.ann, mailoutbox)
    cast.ann.email = "ann.lee@acme.example"
    cast.ann.save()
    assert Visitor().page(urlsplit(url).path).one("h1").text == "This link does not work"


def test_a_link_does_not_skip_the_second_factor(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    signed_in(cast.ann, proved=True).set_up_app()
    wait_until(lambda: mailoutbox, "Ann was not told of her app")
    reset(cast.ann, NEW, mailoutbox)
    assert leads_to(Visitor().sign_in("ann@acme.example", NEW)) == "/accounts/2fa/authenticate/"


@pytest.mark.parametrize("typed", ["nobody@acme.example", "gone@acme.example"])
def test_nobody_learns_who_is_here(cast: Cast, mailoutbox: list[EmailMessage], typed: str) -> None:
    """The same answer for an address without an account, and for one whose account is deactivated; and no mail."""
    User.objects.create_user("gone@acme.example", PASSWORD, is_active=False)
    answers = [Visitor().post("/accounts/password/reset/", {"email": email}) for email in ("ann@acme.example", typed)]
    assert answers[0]["Location"] == answers[1]["Location"]
    wait_until(lambda: mailoutbox, "Ann got no mail")
    assert [mail.to for mail in mailoutbox] == [["ann@acme.example"]]


@pytest.mark.parametrize("typed", ["ANN@Acme.Example", " ann@acme.example"])
def test_the_mail_goes_to_the_address_of_the_account(cast: Cast, mailoutbox: list[EmailMessage], typed: str) -> None:
    Visitor().post("/accounts/password/reset/", {"email": typed})
    wait_until(lambda: mailoutbox, "no mail was sent")
    assert mailoutbox[0].to == ["ann@acme.example"]


@pytest.mark.parametrize("typed", ["\u212aim@acme.example", "kim@acme.e\u212aample", "kim@\u0430cme.example"])
def test_no_mail_goes_to_an_address_that_only_looks_like_it(
    cast: Cast, mailoutbox: list[EmailMessage], typed: str
) -> None:
    """Each of these is, or becomes in lower case, something close to Kim's; and could be somebody else's mailbox."""
    User.objects.create_user("kim@acme.example", PASSWORD)
    Visitor().post("/accounts/password/reset/", {"email": typed})
    Visitor().post("/accounts/password/reset/", {"email": "ann@acme.example"})
    wait_until(lambda: mailoutbox, "Ann got no mail")
    assert [mail.to for mail in mailoutbox] == [["ann@acme.example"]]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost"},
        {"Host": "127.0.0.1:6666"},
        {"Host": "localhost:80"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https"},
        {"Forwarded": "host=evil.example"},
        {"Origin": "https://evil.example"},
    ],
)
def test_whoever_asks_does_not_choose_where_the_link_leads(
    cast: Cast, mailoutbox: list[EmailMessage], headers: dict[str, str]
) -> None:
    """Host header forgery: the mail is Ann's, the request is Mallory's."""
    Visitor().post("/accounts/password/reset/", {"email": "ann@acme.example"}, headers=headers)
    assert link(mailoutbox, "/key/").startswith("http://127.0.0.1:8000/accounts/password/reset/key/")
    (mail,) = mailoutbox
    text = f"{mail.subject}\n{mail.body}"
    assert {urlsplit(found).netloc for found in re.findall(r"https?://\S+", text)} == {"127.0.0.1:8000"}
    assert "evil" not in text


def test_a_host_that_is_not_ours_is_refused(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    fields = {"email": "ann@acme.example"}
    assert Visitor().post("/accounts/password/reset/", fields, headers={"Host": "evil.example"}).status_code == 400
    assert mailoutbox == []
