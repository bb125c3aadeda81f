"""Writing down who is to be told of what: each reminder once, and one mail for a person and a day.

What a person has been told of lies in `Reminder`, and what has been told on which day in `ReminderMail`. Both are
unique in the database, so that any number of processes may do this at once, and a clock that is set back does not
begin anew.
"""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction

from apikeys.models import ApiKey
from console.housekeeping.stopping import stopping
from console.reminders.due import LATEST, LOOK_AHEAD, Audience, due, expiring_keys
from console.reminders.models import Reminder, ReminderMail
from teams.models import Team, User
from teams.time_zones import zone_named


def collect_reminders(*, now: datetime) -> int:
    """Put what is due at `now` into mails that wait to be sent. Returns how many reminders are new."""
    with_keys = ApiKey.objects.live(now - LATEST).filter(disabled_at=None, expires_at__lte=now + LOOK_AHEAD)
    _forget_days_to_come(now)
    teams = Team.objects.filter(expiry_reminders=True, suspended_at=None, pk__in=with_keys.values("team"))
    made = 0
    for team in teams.order_by("pk"):
        if stopping.is_set():
            break
        keys = expiring_keys(team, now)
        audience = Audience.of(team)
        told = set(Reminder.objects.filter(key__in=keys).values_list("key_id", "person_id", "expires_at", "days"))
        for person, reached in due(keys, audience, now).items():
            new = [
                (apikey, days)
                for apikey, days in reached
                if (apikey.pk, person.pk, apikey.expires_at, days) not in told
            ]
            if new:
                made += _put_into_mail(person, new, now)
    return made


@transaction.atomic
def _put_into_mail(person: User, reached: list[tuple[ApiKey, int]], now: datetime) -> int:
    """How many were put in; none where today's mail has gone: then they are due tomorrow."""
    User.objects.select_for_update().get(pk=person.pk)  # of two processes that do this at once, one waits here
    known = set(
        Reminder.objects.filter(person=person, key__in=[apikey for apikey, _ in reached]).values_list(
            "key", "expires_at", "days"
        )
    )
    new = [(apikey, days) for apikey, days in reached if (apikey.pk, apikey.expires_at, days) not in known]
    if not new:
        return 0
    morning = _morning(person, now)
    mail = _mail_that_waits(person, now if any(apikey.expires_at <= morning for apikey, _ in new) else morning, now)
    if mail is None:
        return 0
    Reminder.objects.bulk_create(
        Reminder(person=person, key=apikey, expires_at=apikey.expires_at, days=days, mail=mail) for apikey, days in new
    )
    return len(new)


def _mail_that_waits(person: User, from_then: datetime, now: datetime) -> ReminderMail | None:
    """The person's mail that has not gone yet, of whatever day, or a new one; None if today's has gone."""
    mails = ReminderMail.objects.select_for_update().filter(person=person)
    waiting = mails.filter(state=ReminderMail.State.WAITING).order_by("pk").first()
    if waiting is not None:
        if not waiting.attempts and from_then < waiting.next_attempt_at:
            waiting.next_attempt_at = from_then
            waiting.save(update_fields=["next_attempt_at"])
        return waiting
    today = now.astimezone(zone_named(person.time_zone)).date()
    if mails.filter(day=today).exists():
        return None
    return ReminderMail.objects.create(person=person, day=today, created_at=now, next_attempt_at=from_then)


def _forget_days_to_come(now: datetime) -> None:
    """Mails of a day that has not begun anywhere: the clock was ahead. That day shall have its own mail."""
    ahead = ReminderMail.objects.filter(day__gt=(now + timedelta(days=2)).date())
    if ahead.exists():
        ahead.update(day=None)


def _morning(person: User, now: datetime) -> datetime:
    """When mails go out today, where the person is; now if that has been."""
    zone = zone_named(person.time_zone)
    hour = datetime.combine(now.astimezone(zone).date(), time(settings.GATEHOUSE_REMINDER_HOUR), zone)
    return max(now, hour)
