"""Ann invites somebody to Acme: the link, the mail, and what is refused."""

import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from teams import services
from teams.errors import RefusedChange
from teams.models import AuditEvent, Invitation, User
from teams.permissions import Role
from teams.selectors import invitation_by_token
from teams.services import invitations
from tests.cast import BY_TESTS, Cast
from tests.conftest import SignIn

NORA = "nora@acme.example"
LINK = re.compile(r"http://127\.0\.0\.1:8000/invitations/([0-9A-Za-z]{32})/")


def invited(client: Client, email: str = NORA, role: str = "developer", **options: Any) -> Any:
    return client.post("/teams/acme/members/invite/", {"email": email, "role": role}, **options)


def token_in(text: str) -> str:
    links: set[str] = set(LINK.findall(text))
    assert len(links) == 1, text
    return links.pop()


def shown(response: Any) -> str:
    return token_in(response.content.decode())


def test_the_link_is_mailed_and_shown_this_once(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    response = invited(ann)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    token = shown(response)
    assert f"Mailed to {NORA}." in response.content.decode()
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.invited_by) == (NORA, "developer", cast.ann)
    assert timedelta(days=6, hours=23) < invitation.expires_at - timezone.now() <= timedelta(days=7)
    assert invitation_by_token(token) == invitation
    page = ann.get("/teams/acme/members/").content.decode()
    assert NORA in page
    assert token not in page


def test_the_mail_is_text_and_html_with_the_same_link(cast: Cast, sign_in: SignIn) -> None:
    token = shown(invited(sign_in(cast.ann)))
    [message] = mail.outbox
    assert message.to == [NORA]
    assert message.subject == "Ann Lee invites you to Acme Research"
    assert token_in(str(message.body)) == token
    assert isinstance(message, EmailMultiAlternatives)
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    assert token_in(str(html)) == token
    assert "as Developer" in str(message.body)


def test_names_are_text_in_the_mail_too(cast: Cast, sign_in: SignIn) -> None:
    services.change_team(team=cast.acme, name="<b>R&D</b>", max_key_lifetime_days=90, actor=BY_TESTS)
    invited(sign_in(cast.ann))
    [message] = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    [(html, _)] = message.alternatives
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in str(html)
    assert "the team <b>R&D</b> on" in str(message.body)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1"])
def test_the_link_is_of_the_public_address_whatever_host_the_request_names(
    cast: Cast, sign_in: SignIn, host: str
) -> None:
    response = invited(sign_in(cast.ann), HTTP_HOST=host, HTTP_X_FORWARDED_HOST="evil.example")
    assert shown(response) == token_in(str(mail.outbox[0].body))


def test_a_host_that_is_not_ours_gets_no_mail_sent(cast: Cast, sign_in: SignIn) -> None:
    assert invited(sign_in(cast.ann), HTTP_HOST="evil.example").status_code == 400
    assert mail.outbox == []


def test_the_token_is_nowhere_but_in_the_answer_and_the_mail(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    token = shown(invited(ann))
    invitation = Invitation.objects.get()
    assert token.encode() not in b"".join(str(value).encode() for value in vars(invitation).values())
    assert bytes(invitation.digest) != token.encode()
    for event in AuditEvent.objects.all():
        assert token not in str(vars(event))
    assert token not in str(dict(ann.session.items()))
    assert token not in repr(services.renew_invitation(invitation=invitation, actor=BY_TESTS))


def test_an_invitation_is_in_the_trail_and_in_the_list(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    invited(ann)
    event = AuditEvent.objects.get(kind="invitation.sent")
    assert (event.actor_name, event.object_name, event.details["role"]) == ("Ann Lee", NORA, "developer")
    assert "invited nora@acme.example to the team as developer" in ann.get("/teams/acme/activity/").content.decode()


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("dev@acme.example", "dev@acme.example is already a member of Acme Research."),
        (" DEV@Acme.Example ", "dev@acme.example is already a member of Acme Research."),
        ("\u0430nn@acme.example", "is not a plain letter"),
        ("nora", "This is not an e-mail address"),
        ("", "Enter the e-mail address of the person to invite."),
        ("x" * 1000, "at most 320 characters"),
    ],
)
def test_who_cannot_be_invited(cast: Cast, sign_in: SignIn, email: str, said: str) -> None:
    response = invited(sign_in(cast.ann), email)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Invitation.objects.exists()
    assert mail.outbox == []


def test_a_role_that_is_none_is_refused(cast: Cast, sign_in: SignIn) -> None:
    for role in ("", "owner", "ADMIN"):
        assert invited(sign_in(cast.ann), role=role).status_code == 422
    assert not Invitation.objects.exists()


def test_an_address_is_invited_once(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    invited(ann)
    response = invited(ann, "NORA@acme.example", "admin")
    assert response.status_code == 422
    assert "has an open invitation already" in response.content.decode()
    assert Invitation.objects.get().role == "developer"


def test_members_of_other_teams_and_invited_elsewhere_can_be_invited(cast: Cast) -> None:
    services.invite(team=cast.globex, email=NORA, role=Role.OPS, actor=BY_TESTS)
    services.invite(team=cast.acme, email=NORA, role=Role.OPS, actor=BY_TESTS)
    services.invite(team=cast.acme, email="mallory@globex.example", role=Role.OPS, actor=BY_TESTS)
    assert Invitation.objects.count() == 3


def test_whose_time_is_over_can_be_invited_anew(cast: Cast) -> None:
    old = services.invite(team=cast.acme, email=NORA, role=Role.OPS, actor=BY_TESTS)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        new = services.invite(team=cast.acme, email=NORA, role=Role.VIEWER, actor=BY_TESTS)
        assert [i.pk for i in cast.acme.invitations.unanswered()] == [new.invitation.pk]
        found = invitation_by_token(old.token)
        assert found is not None
        assert found.state == "revoked"


def test_sent_again_there_is_a_new_link_and_the_old_one_is_dead(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    old = shown(invited(ann))
    url = f"/teams/acme/invitations/{Invitation.objects.get().pk}/resend/"
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert "old one stops working" in ann.get(url).content.decode()
        new = shown(ann.post(url))
        assert new != old
        assert [token_in(str(message.body)) for message in mail.outbox] == [old, new]
        states = {token: getattr(invitation_by_token(token), "state", None) for token in (old, new)}
        assert states == {old: "revoked", new: "open"}
        invitation = cast.acme.invitations.open().get()
        assert timedelta(days=6, hours=23) < invitation.expires_at - timezone.now() <= timedelta(days=7)


def test_what_is_withdrawn_or_used_meanwhile_is_not_sent_again(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    new = services.invite(team=cast.acme, email=NORA, role=Role.OPS, actor=BY_TESTS)
    url = f"/teams/acme/invitations/{new.invitation.pk}"
    assert ann.post(f"{url}/withdraw/").status_code == 302
    assert "withdrawn or sent again meanwhile" in ann.post(f"{url}/resend/", follow=True).content.decode()
    assert "withdrawn or sent again meanwhile" in ann.post(f"{url}/withdraw/", follow=True).content.decode()
    newer = services.invite(team=cast.acme, email=NORA, role=Role.OPS, actor=BY_TESTS)
    nora = User.objects.create_user(NORA)
    services.accept_invitation(token=newer.token, user=nora, actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="has accepted the invitation meanwhile"):
        services.withdraw_invitation(invitation=newer.invitation, actor=BY_TESTS)
    assert mail.outbox == []


def test_invitations_of_another_team_do_not_exist(cast: Cast, sign_in: SignIn) -> None:
    theirs = services.invite(team=cast.globex, email=NORA, role=Role.OPS, actor=BY_TESTS).invitation
    ann = sign_in(cast.ann)
    for action in ("resend", "withdraw"):
        for pk in (theirs.pk, "AAAAAAAAAAAA", "nothing"):
            assert ann.get(f"/teams/acme/invitations/{pk}/{action}/").status_code == 404
            assert ann.post(f"/teams/acme/invitations/{pk}/{action}/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.state == "open"


@pytest.mark.parametrize("name", ["dev", "olga", "vic"])
def test_only_admins_invite_and_see_who_is_invited(cast: Cast, sign_in: SignIn, name: str) -> None:
    pk = services.invite(team=cast.acme, email=NORA, role=Role.OPS, actor=BY_TESTS).invitation.pk
    person = sign_in(cast.person(name))
    assert invited(person, "other@acme.example").status_code == 403
    assert person.post(f"/teams/acme/invitations/{pk}/resend/").status_code == 403
    assert person.post(f"/teams/acme/invitations/{pk}/withdraw/").status_code == 403
    assert NORA not in person.get("/teams/acme/members/").content.decode()
    assert Invitation.objects.get().state == "open"
    assert AuditEvent.objects.filter(kind="access.refused", actor_id=cast.person(name).pk).count() == 3


class BrokenServer(EmailBackend):
    def send_messages(self, messages: list[EmailMessage]) -> int:  # type: ignore[override]  # noqa: ARG002
        raise ConnectionRefusedError("no mail server there")


def test_without_its_mail_server_the_invitation_stands(
    cast: Cast, sign_in: SignIn, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.BrokenServer"
    response = invited(sign_in(cast.ann))
    assert response.status_code == 200
    assert "It could not be mailed" in response.content.decode()
    token = shown(response)
    assert invitation_by_token(token) is not None
    assert "could not be mailed: ConnectionRefusedError" in caplog.text
    assert token not in caplog.text


def test_an_installation_without_mail_prints_no_link_into_its_log(
    cast: Cast, sign_in: SignIn, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    response = invited(sign_in(cast.ann))
    assert "This Gatehouse sends no mail." in response.content.decode()
    assert shown(response) not in "".join(capfd.readouterr())


def test_a_team_has_so_many_open_invitations(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_OPEN", 2)
    first = services.invite(team=cast.acme, email="a@acme.example", role=Role.OPS, actor=BY_TESTS).invitation
    services.invite(team=cast.acme, email="b@acme.example", role=Role.OPS, actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="has 2 open invitations"):
        services.invite(team=cast.acme, email="c@acme.example", role=Role.OPS, actor=BY_TESTS)
    services.renew_invitation(invitation=first, actor=BY_TESTS)
    services.invite(team=cast.globex, email="c@acme.example", role=Role.OPS, actor=BY_TESTS)


def test_a_team_makes_so_many_links_in_a_day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_A_DAY", 2)
    made = services.invite(team=cast.acme, email="a@acme.example", role=Role.OPS, actor=BY_TESTS).invitation
    made = services.renew_invitation(invitation=made, actor=BY_TESTS).invitation
    with pytest.raises(RefusedChange, match="has sent 2 invitations in a day"):
        services.renew_invitation(invitation=made, actor=BY_TESTS)
    made.refresh_from_db()
    assert made.state == "open"
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        services.renew_invitation(invitation=made, actor=BY_TESTS)
