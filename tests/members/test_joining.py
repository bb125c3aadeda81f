"""Somebody opens the link of an invitation: with an account, without one, too late, twice, or as somebody else."""

import logging
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import identify_hasher
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from console.settings import PASSWORD_HASHERS
from teams import services
from teams.errors import RefusedChange
from teams.models import AuditEvent, Invitation, Membership, Team, User
from teams.permissions import Role
from teams.services.invitations import UnusableInvitation
from tests.at_once import at_once
from tests.cast import BY_TESTS, Cast, make_cast
from tests.conftest import SignIn

NORA = "nora@acme.example"
PASSWORD = "seven lanterns over the harbour"
CHOSEN = {"full_name": "Nora Novak", "password": PASSWORD, "password_again": PASSWORD}


def link_for(team: Team, email: str = NORA, role: Role = Role.DEVELOPER) -> str:
    new = services.invite(team=team, email=email, role=role, actor=BY_TESTS)
    return f"/invitations/{new.token}/"


def accept(client: Client, link: str, **changes: str) -> Any:
    return client.post(link, CHOSEN | changes)


def test_somebody_new_chooses_a_name_and_a_password_and_is_in(cast: Cast, client: Client) -> None:
    link = link_for(cast.acme)
    page = client.get(link)
    assert page.status_code == 200
    assert NORA in page.content.decode()
    response = accept(client, link)
    assert (response.status_code, response["Location"]) == (302, "/teams/acme/authorization/")
    nora = User.objects.get(email=NORA)
    assert (str(nora), nora.check_password(PASSWORD)) == ("Nora Novak", True)
    assert nora.memberships.get().role == Role.DEVELOPER
    landed = client.get(response["Location"])
    assert landed.status_code == 200
    assert "You have joined Acme Research as Developer." in landed.content.decode()


def test_the_password_is_kept_as_people_s_passwords_are(cast: Cast, client: Client, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS
    accept(client, link_for(cast.acme))
    assert identify_hasher(User.objects.get(email=NORA).password).algorithm == "argon2"


def test_the_trail_says_who_joined_and_by_whose_invitation(cast: Cast, client: Client) -> None:
    accept(client, link_for(cast.acme))
    event = AuditEvent.objects.get(kind="invitation.accepted")
    nora = User.objects.get(email=NORA)
    assert (event.actor_name, event.actor_id, event.object_name) == ("Nora Novak", nora.pk, NORA)
    assert event.details == {"role": "developer", "invited_by": "The tests", "new_account": True}


def test_the_session_of_before_is_not_the_session_of_after(cast: Cast, client: Client) -> None:
    """Whoever planted a session in Nora's browser does not get in with her."""
    client.cookies["gatehouse_session"] = "planted00000000000000000000000000"
    link = link_for(cast.acme)
    client.get(link)
    response = accept(client, link)
    assert response.cookies["gatehouse_session"].value != "planted00000000000000000000000000"
    planted = Client()
    planted.cookies["gatehouse_session"] = "planted00000000000000000000000000"
    assert planted.get("/teams/acme/members/").status_code == 302


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_changes_nothing(cast: Cast, client: Client, method: str) -> None:
    """Mail scanners open every link, signed in or not."""
    link = link_for(cast.acme)
    for _ in range(3):
        getattr(client, method)(link)
    assert Invitation.objects.get().state == "open"
    assert not User.objects.filter(email=NORA).exists()


def test_no_cache_keeps_the_page_and_no_other_site_hears_its_address(cast: Cast, client: Client) -> None:
    link = link_for(cast.acme)
    answers = [client.get(link), accept(client, link, full_name=""), client.get(f"/invitations/{'A' * 32}/")]
    for answer in answers:
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "strict-origin"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"full_name": ""}, "Enter your name"),
        ({"full_name": "Nora\u202e"}, "changes the writing direction"),
        ({"full_name": "x" * 151}, "at most 150 characters"),
        ({"password_again": "another"}, "This is not the same password."),
        ({"password": "", "password_again": ""}, "This field is required."),
        ({"password": "short", "password_again": "short"}, "at least 12 characters"),
        ({"password": "1qaz2wsx3edc", "password_again": "1qaz2wsx3edc"}, "too common"),
        ({"password": "nora@acme.example", "password_again": "nora@acme.example"}, "too similar to the e-mail address"),
        (
            {"password": "Nora Novak Nora", "password_again": "Nora Novak Nora", "full_name": "Nora Novak Nora"},
            "too similar",
        ),
    ],
)
def test_what_cannot_be_chosen(cast: Cast, client: Client, changes: dict[str, str], said: str) -> None:
    link = link_for(cast.acme)
    response = accept(client, link, **changes)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not User.objects.filter(email=NORA).exists()
    assert Invitation.objects.get().state == "open"
    assert accept(client, link).status_code == 302


def test_somebody_with_an_account_signs_in_first_and_comes_back(cast: Cast, client: Client) -> None:
    link = link_for(cast.acme, "mallory@globex.example", Role.VIEWER)
    page = client.get(link).content.decode()
    assert "sign in as mallory@globex.example to accept" in page.lower().replace("\n", " ").replace("    ", "")
    assert f"/accounts/login/?next={link.replace('/', '%2F')}" in page
    assert accept(client, link).status_code == 200
    assert not cast.acme.memberships.filter(user=cast.mallory).exists()
    client.force_login(cast.mallory)
    assert "Join the team" in client.get(link).content.decode()
    response = client.post(link)
    assert (response.status_code, response["Location"]) == (302, "/teams/acme/authorization/")
    assert cast.acme.memberships.get(user=cast.mallory).role == Role.VIEWER
    assert client.get("/teams/acme/members/").status_code == 200


def test_signed_in_as_somebody_else_one_is_told_so(cast: Cast, sign_in: SignIn) -> None:
    """A link that was forwarded."""
    link = link_for(cast.acme)
    mallory = sign_in(cast.mallory)
    for response in (mallory.get(link), mallory.post(link), accept(mallory, link)):
        assert response.status_code == 403
        page = response.content.decode()
        assert f"It is for {NORA}, and you are signed in as mallory@globex.example." in page
    assert not cast.acme.memberships.filter(user=cast.mallory).exists()
    assert not User.objects.filter(email=NORA).exists()
    assert Invitation.objects.get().state == "open"
    with pytest.raises(RefusedChange, match=r"This invitation is for nora@acme\.example; you are signed in as mallory"):
        services.accept_invitation(token=link.split("/")[2], user=cast.mallory, actor=BY_TESTS)


def test_who_was_somebody_else_signs_out_and_comes_back(cast: Cast, sign_in: SignIn) -> None:
    link = link_for(cast.acme)
    mallory = sign_in(cast.mallory)
    response = mallory.post("/accounts/logout/", {"next": link})
    assert (response.status_code, response["Location"]) == (302, link)
    assert "Choose a" in mallory.get(link).content.decode()


def test_an_account_that_came_to_be_meanwhile_is_not_taken_over(cast: Cast) -> None:
    link = link_for(cast.acme)
    User.objects.create_user(NORA, "her own password, chosen before")
    with pytest.raises(RefusedChange, match="has an account already: sign in with it"):
        services.accept_as_new_person(token=link.split("/")[2], full_name="N", password=PASSWORD, actor=BY_TESTS)
    assert User.objects.get(email=NORA).check_password("her own password, chosen before")
    assert Invitation.objects.get().state == "open"


def test_a_member_by_now_is_told_so(cast: Cast, sign_in: SignIn) -> None:
    link = link_for(cast.acme, "mallory@globex.example")
    services.add_member(team=cast.acme, user=cast.mallory, role=Role.VIEWER, actor=BY_TESTS)
    response = sign_in(cast.mallory).post(link)
    assert response.status_code == 422
    assert "mallory@globex.example is already a member of Acme Research." in response.content.decode()
    assert cast.acme.memberships.get(user=cast.mallory).role == Role.VIEWER


def test_after_a_week_it_is_too_late(cast: Cast, client: Client) -> None:
    link = link_for(cast.acme)
    with time_machine.travel(timezone.now() + timedelta(days=7)):
        for response in (client.get(link), accept(client, link)):
            assert response.status_code == 410
            assert "This invitation has expired" in response.content.decode()
    assert not User.objects.filter(email=NORA).exists()
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=23)):
        assert accept(client, link).status_code == 302


def test_it_works_once(cast: Cast, client: Client) -> None:
    link = link_for(cast.acme)
    accept(client, link)
    assert "You are in the team Acme Research already." in client.get(link).content.decode()
    stranger = Client()
    for response in (stranger.get(link), accept(stranger, link, full_name="Nobody")):
        assert response.status_code == 410
        assert "This invitation has been used" in response.content.decode()
    assert str(User.objects.get(email=NORA)) == "Nora Novak"


def test_who_was_removed_does_not_come_back_by_the_old_link(cast: Cast, client: Client) -> None:
    link = link_for(cast.acme)
    accept(client, link)
    services.remove_member(team=cast.acme, user=User.objects.get(email=NORA), actor=BY_TESTS)
    assert client.post(link).status_code == 410
    assert not cast.acme.memberships.filter(user__email=NORA).exists()


def test_what_was_withdrawn_or_replaced_does_not_work(cast: Cast, client: Client) -> None:
    link = link_for(cast.acme)
    new = services.renew_invitation(invitation=Invitation.objects.get(), actor=BY_TESTS)
    for response in (client.get(link), accept(client, link)):
        assert response.status_code == 410
        assert "This invitation was withdrawn" in response.content.decode()
    services.withdraw_invitation(invitation=new.invitation, actor=BY_TESTS)
    assert accept(client, f"/invitations/{new.token}/").status_code == 410
    assert not User.objects.filter(email=NORA).exists()


@pytest.mark.parametrize("token", ["A" * 32, "A" * 31, "A" * 33, "a-b", "A" * 5000, "0"])
def test_a_link_that_never_was(cast: Cast, client: Client, token: str) -> None:
    for response in (client.get(f"/invitations/{token}/"), accept(client, f"/invitations/{token}/")):
        assert response.status_code == 404
        assert "There is no such invitation" in response.content.decode()


def test_a_link_of_another_case_is_another_link(cast: Cast, client: Client) -> None:
    link = link_for(cast.acme)
    assert client.get(link.swapcase().replace("/INVITATIONS/", "/invitations/")).status_code == 404


def test_a_link_with_its_team_deleted(cast: Cast, client: Client) -> None:
    link = link_for(cast.globex)
    services.delete_team(team=cast.globex, actor=BY_TESTS)
    assert accept(client, link).status_code == 404
    assert not User.objects.filter(email=NORA).exists()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What the server writes into its log."""
    text = StringIO()
    [handler] = [found for found in logging.getLogger().handlers if found.get_name() == "stderr"]
    monkeypatch.setattr(handler, "stream", text)
    return text


def test_a_form_sent_from_elsewhere_is_refused_and_its_address_kept_out_of_the_log(
    cast: Cast, written: StringIO
) -> None:
    link = link_for(cast.acme)
    assert accept(Client(enforce_csrf_checks=True), link).status_code == 403
    assert not User.objects.filter(email=NORA).exists()
    assert "/invitations/…" in written.getvalue()
    assert link.split("/")[2] not in written.getvalue()


def test_what_breaks_is_logged_without_the_link(cast: Cast, written: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise OSError("the disk is full")

    link = link_for(cast.acme)
    monkeypatch.setattr(services, "accept_as_new_person", fail)
    assert accept(Client(raise_request_exception=False), link).status_code == 500
    assert "Internal Server Error: /invitations/…" in written.getvalue()
    assert "the disk is full" in written.getvalue()
    assert link.split("/")[2] not in written.getvalue()


def test_two_who_accept_at_once_are_one(committed: None) -> None:
    cast = make_cast()
    token = link_for(cast.acme).split("/")[2]

    def task(name: str) -> str:
        try:
            services.accept_as_new_person(token=token, full_name=name, password=PASSWORD, actor=BY_TESTS)
        except UnusableInvitation as unusable:
            return unusable.state
        return "joined"

    outcomes = at_once([partial(task, name) for name in ("One", "Two", "Three")])
    assert sorted(outcomes) == ["accepted", "accepted", "joined"]
    assert Membership.objects.filter(user__email=NORA).count() == 1


def test_the_same_person_is_invited_by_two_teams_and_joins_both_at_once(committed: None) -> None:
    cast = make_cast()
    tokens = [link_for(team).split("/")[2] for team in (cast.acme, cast.globex)]

    def task(token: str) -> str:
        try:
            services.accept_as_new_person(token=token, full_name="Nora", password=PASSWORD, actor=BY_TESTS)
        except RefusedChange as refused:
            return refused.message
        return "joined"

    outcomes = at_once([partial(task, token) for token in tokens])
    assert sorted(outcomes) == ["joined", f"{NORA} has an account already: sign in with it to accept."]
    assert User.objects.filter(email=NORA).count() == 1


def test_one_address_invited_twice_at_once_has_one_invitation(committed: None) -> None:
    cast = make_cast()

    def task() -> str:
        try:
            services.invite(team=cast.acme, email=NORA, role=Role.OPS, actor=BY_TESTS)
        except RefusedChange as refused:
            return refused.field
        return "invited"

    assert sorted(at_once([task] * 4)) == ["email", "email", "email", "invited"]
    assert Invitation.objects.count() == 1
