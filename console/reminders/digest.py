"""What a reminder says: put together when it is sent, from what holds then. It holds no secrets, nor do its links."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from apikeys.models import ApiKey
from console.public_address import public_url
from console.reminders.due import Audience
from console.reminders.models import Reminder, ReminderMail
from teams.models import Team
from teams.texts import printable
from teams.time_zones import zone_named


@dataclass(frozen=True, slots=True)
class Line:
    """One key, as the mail shows it."""

    apikey: ApiKey
    when: str
    link: str
    urgent: bool
    has_expired: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The keys of one team."""

    team: Team
    lines: list[Line]
    link: str


def digest_for(mail: ReminderMail, now: datetime) -> EmailMultiAlternatives | None:
    """The mail to the person; None if nothing of it is the person's concern any more."""
    person = mail.person
    if not person.is_active:
        return None
    with timezone.override(zone_named(person.time_zone)):
        parts = [
            Part(team, [_line(apikey, now) for apikey in keys], public_url("console:authorization", team.slug))
            for team, keys in groupby(_keys_still_concerned(mail), key=lambda apikey: apikey.team)
        ]
        if not parts:
            return None
        lines = sorted((line for part in parts for line in part.lines), key=lambda line: line.apikey.expires_at)
        context = {
            "person": person,
            "parts": parts,
            "headline": _headline(lines),
            "zone": person.time_zone,
            "profile": public_url("console:profile"),
        }
        message = EmailMultiAlternatives(
            subject=printable(_subject(lines)),
            body=render_to_string("console/mail/reminders.txt", context),
            to=[person.email],
            # The same at every attempt: should two copies ever arrive, the reader's mail program knows them for one.
            headers={"Message-ID": f"<reminder-{mail.pk}-{person.pk}@{settings.PUBLIC.hostname}>"},
        )
        message.attach_alternative(render_to_string("console/mail/reminders.html", context), "text/html")
    return message


def _keys_still_concerned(mail: ReminderMail) -> list[ApiKey]:
    """Of the keys that the person was to be told of, those that still end when they did, and still are theirs."""
    reminders = Reminder.objects.filter(mail=mail).select_related("key__team", "key__owner_user", "key__owner_group")
    keys = {each.key_id: each.key for each in reminders if each.expires_at == each.key.expires_at}
    audiences = {team: Audience.of(team) for team in {apikey.team for apikey in keys.values()}}
    concerned = [
        apikey
        for apikey in keys.values()
        if not (apikey.deleted_at or apikey.is_revoked or apikey.disabled_at)
        and apikey.team.expiry_reminders
        and not apikey.team.suspended_at
        and mail.person_id in audiences[apikey.team].told_of(apikey)
    ]
    return sorted(concerned, key=lambda apikey: (apikey.team.name, apikey.team_id, apikey.expires_at, apikey.pk))


def _line(apikey: ApiKey, now: datetime) -> Line:
    has_expired = apikey.expires_at <= now
    days = (timezone.localtime(apikey.expires_at).date() - timezone.localtime(now).date()).days
    return Line(
        apikey=apikey,
        when=_when(days, has_expired=has_expired),
        link=key_page(apikey),
        urgent=days <= 1,
        has_expired=has_expired,
    )


def _when(days: int, *, has_expired: bool) -> str:
    """As it follows the name of the key."""
    if has_expired:
        past = {0: "expired today", -1: "expired yesterday"}
        return past.get(days, f"expired {-days} days ago")
    ahead = {0: "expires today", 1: "expires tomorrow"}
    return ahead.get(days, f"expires in {days} days")


def _subject(lines: list[Line]) -> str:
    """Names the key where there is one, and where there are more says what comes first."""
    first = lines[0]
    if len(lines) == 1:
        return f"Key {first.apikey.name} of {first.apikey.team.name} {first.when}"
    return f"{len(lines)} API keys: {first.apikey.name} {first.when}"


def _headline(lines: list[Line]) -> str:
    expired, ahead = _number(line.has_expired for line in lines), _number(not line.has_expired for line in lines)
    said = []
    if expired:
        said.append(f"{expired} API key{'' if expired == 1 else 's'} {'has' if expired == 1 else 'have'} expired")
    if ahead:
        noun = "" if expired else " API key" if ahead == 1 else " API keys"
        said.append(f"{ahead}{noun} {'expires' if ahead == 1 else 'expire'} soon")
    return " and ".join(said)


def _number(those: Iterable[bool]) -> int:
    return sum(those)


def key_page(apikey: ApiKey) -> str:
    return public_url("console:key", apikey.team.slug, apikey.pk)
