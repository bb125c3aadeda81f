"""The calendar of expiring keys: a private link for each person and team, and what a calendar program reads there."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apikeys.services import disable_key, revoke_key
from console.calendars.icalendar import Event, calendar
from console.calendars.models import CalendarLink
from console.log_privacy import SECRET_PATHS
from teams.models import AuditEvent, User
from teams.permissions import Role
from teams.services import add_member, delete_team, remove_member, require_second_factor
from tests.cast import BY_TESTS, Cast, make_key
from tests.conftest import SignIn
from tests.markup import read

LINK = "/teams/acme/calendar/"


def made_by(client: Client) -> str:
    """The path of the link that this person has just made."""
    answer = client.post(LINK)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    url = str(read(answer).one("input", id="calendar-address").attributes["value"])
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/calendar/[0-9A-Za-z]{32}\.ics", url)
    return url.removeprefix("http://127.0.0.1:8000")


def unfolded(text: str) -> list[str]:
    """The content lines of a calendar (RFC 5545, 3.1)."""
    assert text.endswith("\r\n")
    lines = text.removesuffix("\r\n").split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert not any(re.search(r"[\x00-\x08\n\r\x0b-\x1f\x7f]", line) for line in lines)
    return "\r\n".join(lines).replace("\r\n ", "").split("\r\n")


def events_in(text: str) -> list[dict[str, str]]:
    """Each event's properties, without those of its alarm."""
    events: list[dict[str, str]] = []
    within: list[str] = []
    for line in unfolded(text):
        name, _, value = line.partition(":")
        if name == "BEGIN":
            within.append(value)
            if value == "VEVENT":
                events.append({})
        elif name == "END":
            assert within.pop() == value
        elif within[-1] == "VEVENT":
            assert name not in events[-1], "none of these may come twice (3.6.1)"
            events[-1][name] = value
    assert within == []
    return events


def test_a_calendar_program_reads_when_each_key_expires(cast: Cast, sign_in: SignIn) -> None:
    key = make_key(cast.acme, cast.dev, "Nightly; fast, büro 🤖 \\ " + "x" * 40)
    over = make_key(cast.acme, cast.dev, "Over").apikey
    over.expires_at = timezone.now() - timedelta(days=2)
    over.save()
    disable_key(apikey=make_key(cast.acme, cast.dev, "Off").apikey, reason="", actor=BY_TESTS)
    revoke_key(apikey=make_key(cast.acme, cast.dev, "Gone").apikey, actor=BY_TESTS)
    make_key(cast.globex, cast.mallory, "Theirs")
    path = made_by(sign_in(cast.vic))
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    text = answer.content.decode()
    lines = unfolded(text)
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines.count("CALSCALE:GREGORIAN") == 1
    assert sum(line.startswith("PRODID:") for line in lines) == 1
    first, second = events_in(text)
    assert first["SUMMARY"] == "API key Over expires"
    assert second["UID"] == f"{key.apikey.pk}@127.0.0.1"
    assert second["SUMMARY"] == "API key Nightly\\; fast\\, büro 🤖 \\\\ " + "x" * 40 + " expires"
    at = datetime.strptime(second["DTSTART"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert at == key.apikey.expires_at.replace(microsecond=0)
    assert second["URL"] == f"http://127.0.0.1:8000/teams/acme/keys/{key.apikey.pk}/"
    assert key.text not in text
    assert "Theirs" not in text
    assert events_in(Client().get(path).content.decode())[1]["UID"] == second["UID"]


def test_the_link_is_shown_once_and_kept_as_a_digest(cast: Cast, sign_in: SignIn) -> None:
    dev = sign_in(cast.dev)
    token = made_by(dev).removeprefix("/calendar/").removesuffix(".ics")
    link = CalendarLink.objects.get()
    assert token.encode() not in bytes(link.digest)
    for page in (LINK, "/settings/profile/", "/teams/acme/activity/"):
        assert token not in dev.get(page).content.decode()
    event = AuditEvent.objects.get(kind="calendar.link_made")
    assert (event.actor_name, event.team_id) == ("Dev Patel", cast.acme.pk)
    assert token not in str(event.__dict__)
    assert token not in SECRET_PATHS.sub(r"\1…", f"GET /calendar/{token}.ics")


def test_a_new_link_ends_the_old_one(cast: Cast, sign_in: SignIn) -> None:
    dev = sign_in(cast.dev)
    old = made_by(dev)
    assert "It stops working when you make a new one" in dev.get(LINK).content.decode()
    new = made_by(dev)
    assert [Client().get(path).status_code for path in (old, new)] == [404, 200]


def test_it_is_revoked_on_the_profile_page(cast: Cast, sign_in: SignIn) -> None:
    dev, ann = sign_in(cast.dev), sign_in(cast.ann)
    path, anns = made_by(dev), made_by(ann)
    profile = read(dev.get("/settings/profile/"))
    revoke = str(profile.one("a", id="revoke-calendar-acme").attributes["href"])
    assert "get nothing any more" in dev.get(revoke).content.decode()
    assert Client().get(path).status_code == 200
    answer = dev.post(revoke, follow=True)
    assert "Your link to the calendar of Acme Research is revoked." in answer.content.decode()
    assert [Client().get(each).status_code for each in (path, anns)] == [404, 200]
    assert AuditEvent.objects.filter(kind="calendar.link_revoked").count() == 1
    answer = dev.post(revoke, follow=True)
    assert "You have no link to the calendar of Acme Research any more." in answer.content.decode()


def test_it_ends_with_the_membership_and_does_not_come_back_with_it(cast: Cast, sign_in: SignIn) -> None:
    path = made_by(sign_in(cast.vic))
    remove_member(team=cast.acme, user=cast.vic, actor=BY_TESTS)
    assert Client().get(path).status_code == 404
    add_member(team=cast.acme, user=cast.vic, role=Role.VIEWER, actor=BY_TESTS)
    assert Client().get(path).status_code == 404


def test_it_opens_nothing_that_is_closed_to_its_owner(cast: Cast, sign_in: SignIn) -> None:
    path = made_by(sign_in(cast.dev))
    User.objects.filter(pk=cast.dev.pk).update(is_active=False)
    assert Client().get(path).status_code == 404
    User.objects.filter(pk=cast.dev.pk).update(is_active=True)
    assert Client().get(path).status_code == 200
    require_second_factor(team=cast.acme, grace=timedelta(0), actor=BY_TESTS)
    assert Client().get(path).status_code == 404


def test_it_ends_with_the_team(cast: Cast, sign_in: SignIn) -> None:
    path = made_by(sign_in(cast.dev))
    delete_team(team=cast.acme, actor=BY_TESTS)
    assert Client().get(path).status_code == 404
    assert not CalendarLink.objects.exists()


@pytest.mark.parametrize("token", ["x", "0" * 32, "0" * 33, "0" * 5000])
def test_guesses(db: None, token: str) -> None:
    assert Client().get(f"/calendar/{token}.ics").status_code == 404


@given(st.lists(st.text(), min_size=3, max_size=3))
def test_whatever_keys_are_called_it_is_a_calendar(texts: list[str]) -> None:
    name, summary, description = ("".join(c for c in text if not 0xD800 <= ord(c) <= 0xDFFF) for text in texts)
    now = datetime(2026, 1, 15, tzinfo=UTC)
    event = Event(uid="1@x", at=now, summary=summary, description=description, url="https://x.example/?q=1")
    (found,) = events_in(calendar(name, [event], now=now))
    for text, written in ((summary, found["SUMMARY"]), (description, found["DESCRIPTION"])):
        plain = re.sub(r"\r\n?", "\n", text)
        plain = "".join(c for c in plain if c == "\n" or (c >= " " and c != "\x7f"))
        assert _meant(written) == plain
    assert found["DTSTART"] == found["DTSTAMP"] == "20260115T000000Z"


def _meant(value: str) -> str:
    """What a reader makes of a value of type TEXT (RFC 5545, 3.3.11)."""

    def character(match: re.Match[str]) -> Any:
        return "\n" if match[1] == "n" else match[1]

    return re.sub(r"\\([\\;,n])", character, value)
