"""Changing and verifying one's e-mail address by a link that is mailed to it."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.utils import timezone

from console import email_change
from teams.models import User
from tests.cast import PASSWORD, Cast
from tests.identity.test_passwords import link
from tests.identity.visitor import Visitor, leads_to, signed_in, what_happened
from tests.markup import read, said
from tests.server import wait_until

NEW = "ann.lee@acme.example"
PAGE = "/accounts/email/"


@pytest.fixture
def ann(cast: Cast) -> Visitor:
    return signed_in(cast.ann, proved=True)


def ask(visitor: Visitor, address: str, mailoutbox: list[EmailMessage]) -> str:
    """The path of the link that is mailed."""
    mailoutbox.clear()
    assert leads_to(visitor.post(PAGE, {"email": address})) == PAGE
    return the_link(mailoutbox)


def the_link(mailoutbox: list[EmailMessage]) -> str:
    return urlsplit(link(mailoutbox, "/confirm-email/")).path


def address_of(user: User) -> str:
    return User.objects.get(pk=user.pk).email


def test_changing_it(cast: Cast, ann: Visitor, mailoutbox: list[EmailMessage]) -> None:
    url = ask(ann, " Ann.Lee@ACME.example ", mailoutbox)
    assert mailoutbox[0].to == [NEW]
    assert address_of(cast.ann) == "ann@acme.example", "not before the link is opened"
    page = ann.page(url)
    assert page.one("h1").text == "Change your e-mail address?"
    assert NEW in page.text
    assert address_of(cast.ann) == "ann@acme.example", "not by looking at it: mail scanners look at every link"
    mailoutbox.clear()
    answer = ann.post(url)
    assert leads_to(answer) == "/settings/security/"
    assert said(ann.page("/settings/security/")) == [f"Your e-mail address is {NEW}."]
    assert address_of(cast.ann) == NEW
    assert ann.is_in()
    assert Visitor().sign_in("ann@acme.example").status_code == 200
    assert leads_to(Visitor().sign_in(NEW)) == "/"
    wait_until(lambda: mailoutbox, "nobody told Ann at the old address")
    assert mailoutbox[0].to == ["ann@acme.example"]
    assert what_happened("email.changed") == [
        f"Ann Lee changed the e-mail address of ann@acme.example to {NEW} from 198.51.100.7"
    ]


def test_it_is_verified_by_the_change(cast: Cast, ann: Visitor, mailoutbox: list[EmailMessage]) -> None:
    assert not email_change.is_verified(cast.ann)
    ann.post(ask(ann, NEW, mailoutbox))
    assert email_change.is_verified(User.objects.get(pk=cast.ann.pk))


def test_verifying_the_current_one(cast: Cast, ann: Visitor, mailoutbox: list[EmailMessage]) -> None:
    assert "Not verified" in ann.page(PAGE).text
    ann.post(PAGE, {"verify": "1"})
    url = the_link(mailoutbox)
    assert ann.page(url).one("h1").text == "Verify your e-mail address?"
    ann.post(url)
    assert "Not verified" not in ann.page(PAGE).text
    assert what_happened("email.verified") == ["Ann Lee verified the e-mail address ann@acme.example from 198.51.100.7"]


def test_the_link_is_for_the_person_who_asked(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    """Mallory asks for Ann's mailbox, and hopes that Ann opens what comes: it would be Mallory's account."""
    mallory = signed_in(cast.mallory, proved=True)
    url = ask(mallory, "ann.private@mail.example", mailoutbox)
    ann = signed_in(cast.ann)
    for method in (ann.get, ann.post):
        answer = method(url)
        assert answer.status_code == 404
        assert read(answer).one("h1").text == "This link does not work"
    nobody = Visitor()
    assert leads_to(nobody.post(url)) == "/accounts/login/"
    assert address_of(cast.mallory) == "mallory@globex.example"
    assert ann.is_in(), "looking at somebody's link must not sign Ann out"


def test_a_link_works_for_a_day(cast: Cast, ann: Visitor, mailoutbox: list[EmailMessage]) -> None:
    url = ask(ann, NEW, mailoutbox)
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        assert ann.post(url).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59)):
        assert leads_to(ann.post(url)) == "/settings/security/"


def test_a_link_works_once(cast: Cast, ann: Visitor, mailoutbox: list[EmailMessage]) -> None:
    first, second = ask(ann, NEW, mailoutbox), ask(ann, "ann2@acme.example", mailoutbox)
    ann.post(second)
    for url in (first, second):
        assert ann.post(url).status_code == 404
    assert address_of(cast.ann) == "ann2@acme.example"


@pytest.mark.parametrize("change", ["x", "", ":", "é", "/../"])
def test_a_link_that_was_changed_does_not_work(ann: Visitor, mailoutbox: list[EmailMessage], change: str) -> None:
    url = ask(ann, NEW, mailoutbox)
    assert ann.get(url[:-2] + change + "/").status_code == 404


def test_an_address_that_somebody_has(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    """Whoever asks cannot tell it from one that nobody has; whoever has it is told."""
    mallory = signed_in(cast.mallory, proved=True)
    answers = {}
    for address in ("ann@acme.example", "nobody@acme.example"):
        mallory.post(PAGE, {"email": address})
        answers[address] = said(mallory.page(PAGE))[-1].replace(address, "…")
    assert len(set(answers.values())) == 1
    wait_until(lambda: len(mailoutbox) == 2, "the two mails did not come")
    (to_ann,) = [mail for mail in mailoutbox if mail.to == ["ann@acme.example"]]
    assert "confirm-email" not in str(to_ann.body)
    assert "mallory" not in str(to_ann.body).lower()


def test_an_address_that_somebody_takes_meanwhile(cast: Cast, ann: Visitor, mailoutbox: list[EmailMessage]) -> None:
    url = ask(ann, NEW, mailoutbox)
    User.objects.create_user(NEW, PASSWORD)
    assert leads_to(ann.post(url)) == PAGE
    assert said(ann.page(PAGE))[-1] == "Somebody else signs in with this address."
    assert address_of(cast.ann) == "ann@acme.example"
    assert what_happened("email.changed") == []


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ann@acme.example", "This is your address already."),
        ("ANN@ACME.EXAMPLE", "This is your address already."),
        ("\u0430nn@acme.example", "is not a plain letter"),
        ("\u212aim@acme.example", "is not a plain letter"),
        ("ann@ａcme.example", "Did you mean"),
        ("ann", "This is not an e-mail address"),
        ("ann@acme.example, mallory@globex.example", "This is not an e-mail address"),
        ("ann@acme.example\nBcc: mallory@globex.example", "This is not an e-mail address"),
        ("", "Enter the new address."),
        ("a" * 320 + "@acme.example", "at most"),
    ],
)
def test_addresses_that_cannot_be(
    cast: Cast, ann: Visitor, mailoutbox: list[EmailMessage], address: str, why: str
) -> None:
    answer = ann.post(PAGE, {"email": address})
    assert answer.status_code == 422
    assert why in read(answer).error_of("email")
    assert mailoutbox == []


def test_a_domain_in_another_script_is_shown_for_what_it_is(ann: Visitor, mailoutbox: list[EmailMessage]) -> None:
    """`аcme` with a Cyrillic а is another domain; written out it cannot be mistaken."""
    ask(ann, "ann@\u0430cme.example", mailoutbox)
    assert mailoutbox[0].to == ["ann@xn--cme-5cd.example"]
    assert "xn--cme-5cd.example" in said(ann.page(PAGE))[-1]


def test_links_lead_to_the_public_address(ann: Visitor, mailoutbox: list[EmailMessage]) -> None:
    ann.post(PAGE, {"email": NEW}, headers={"Host": "localhost:6666"})
    wait_until(lambda: mailoutbox, "no mail was sent")
    links = re.findall(r"https?://\S+", f"{mailoutbox[0].subject} {mailoutbox[0].body}")
    assert {urlsplit(link).netloc for link in links} == {"127.0.0.1:8000"}


def test_not_more_than_ten_an_hour(ann: Visitor) -> None:
    statuses = [ann.post(PAGE, {"email": f"ann{n}@acme.example"}).status_code for n in range(11)]
    assert statuses == [302] * 10 + [429]


def test_an_address_of_before_opens_nothing(cast: Cast) -> None:
    """However it came to be changed: allauth keeps addresses of its own, and would sign in with all of them."""
    email_change.mark_verified(cast.ann)
    cast.ann.email = NEW
    cast.ann.save()
    assert list(EmailAddress.objects.values_list("email", flat=True)) == []
    assert Visitor().sign_in("ann@acme.example").status_code == 200
    User.objects.filter(pk=cast.ann.pk).update(full_name="Ann")
    assert leads_to(Visitor().sign_in(NEW)) == "/"
