"""Somebody at the pages of signing in, without a browser."""

from typing import Any
from urllib.parse import quote, urlsplit

from django.contrib.sessions.models import Session
from django.test import Client

from teams.audit import sentence
from teams.models import AuditEvent, User
from tests.cast import PASSWORD
from tests.identity.codes import code
from tests.markup import Element, read

SECURITY = "/settings/security/"
OFFICE = "198.51.100.7"


class Visitor(Client):
    """From `OFFICE`, unless another address is given."""

    def __init__(self, address: str = OFFICE, **headers: Any) -> None:
        super().__init__(REMOTE_ADDR=address, **headers)

    def sign_in(self, email: str, password: str = PASSWORD, next_: str = "") -> Any:
        path = "/accounts/login/" + (f"?next={quote(next_)}" if next_ else "")
        return self.post(path, {"login": email, "password": password, **({"next": next_} if next_ else {})})

    def prove(self, password: str = PASSWORD) -> Any:
        """Who they are, once more."""
        return self.post("/accounts/reauthenticate/", {"password": password})

    def page(self, path: str) -> Element:
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.headers.get('Location')}"
        return read(answer)

    def is_in(self) -> bool:
        """Whether a page for people who are signed in opens."""
        return bool(self.get("/settings/profile/").status_code == 200)

    @property
    def session_key(self) -> str:
        return self.cookies["gatehouse_session"].value

    def set_up_app(self) -> str:
        """An authenticator app; returns its secret. Needs a proof."""
        secret = self.page("/accounts/2fa/totp/activate/").one(id="totp-secret").text.replace(" ", "")
        answer = self.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
        assert answer["Location"] == "/accounts/2fa/recovery-codes/"
        return secret


def signed_in(user: User, *, proved: bool = False, address: str = OFFICE) -> Visitor:
    """Through the form, as people do."""
    visitor = Visitor(address)
    answer = visitor.sign_in(user.email)
    assert answer.status_code == 302, answer.content.decode()
    if proved:
        assert visitor.prove().status_code == 302
    return visitor


def leads_to(answer: Any) -> str:
    """The path that a redirect leads to; empty if it leads to another site, or nowhere."""
    place = urlsplit(answer.headers.get("Location", "") if answer.status_code == 302 else "")
    return "" if place.netloc or place.scheme else place.path


def what_happened(*kinds: str) -> list[str]:
    """The installation's trail in words, the newest last."""
    events = AuditEvent.objects.filter(chain="installation").order_by("seq")
    return [sentence(event) for event in (events.filter(kind__in=kinds) if kinds else events)]


def everything_kept() -> str:
    """All that sessions and the trail hold, in one text."""
    sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    return "\n".join([*sessions, *map(str, AuditEvent.objects.values())])
