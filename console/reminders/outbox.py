"""Sending the mails that wait: each once, however many processes try, and again only what has surely not been sent."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from console.housekeeping.stopping import stopping
from console.reminders.delivery import Outcome, deliver
from console.reminders.digest import digest_for
from console.reminders.models import ReminderMail
from teams.time_zones import zone_named

logger = logging.getLogger("gatehouse.reminders")

State = ReminderMail.State
FIRST_RETRY: Final = timedelta(minutes=1)
LONGEST_RETRY: Final = timedelta(hours=1)
LONGEST_SENDING: Final = timedelta(minutes=10)
"""A process that took a mail longer ago than this has died over it. Mail servers are given seconds for each answer."""


class TakenAway(Exception):
    """Another process believed this one dead, and took the mail over."""


def send_reminders(*, now: datetime) -> int:
    """Send what is due at `now`. Returns how many mails the mail server took."""
    _take_back(now)
    sent = 0
    for pk in _to_send(now).order_by("next_attempt_at", "pk").values_list("pk", flat=True):
        if stopping.is_set():
            break
        outcome = _send(pk)
        sent += outcome is Outcome.SENT
        if outcome is Outcome.AWAY:
            break
    return sent


def _to_send(now: datetime) -> QuerySet[ReminderMail]:
    """Those whose time has come. What waits for longer than anything waits was written by a clock that was ahead."""
    longest = LONGEST_RETRY + timedelta(days=1)
    waiting = ReminderMail.objects.filter(state=State.WAITING)
    return waiting.filter(Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=now + longest))


def _send(pk: int) -> Outcome | None:
    """None where there is nothing to send any more, or another process is at it."""
    mail = _taken(pk)
    if mail is None:
        return None
    digest = digest_for(mail, timezone.now())
    if digest is None:
        _mine(mail).update(state=State.NEEDLESS)
        return None

    def handing_over() -> None:
        if not _mine(mail).filter(state=State.TAKEN).update(state=State.HANDING_OVER):
            raise TakenAway

    outcome, words = deliver(digest, handing_over=handing_over)
    _write_down(mail, outcome, words)
    return outcome


def _taken(pk: int) -> ReminderMail | None:
    """The mail, which is this process's to send now; its day is the person's today, of which it is the one mail."""
    now = timezone.now()
    with transaction.atomic():
        mail = ReminderMail.objects.select_for_update(of=("self",)).select_related("person").filter(pk=pk).first()
        if mail is None or mail.state != State.WAITING:
            return None
        mail.state, mail.taken_at, mail.attempts = State.TAKEN, now, mail.attempts + 1
        mail.day = now.astimezone(zone_named(mail.person.time_zone)).date()
        try:
            with transaction.atomic():
                mail.save(update_fields=["state", "taken_at", "attempts", "day"])
        except IntegrityError:  # today's has gone: this one goes tomorrow
            ReminderMail.objects.filter(pk=pk).update(next_attempt_at=now + LONGEST_RETRY)
            return None
    return mail


def _write_down(mail: ReminderMail, outcome: Outcome, words: str) -> None:
    who = f"The reminders for {mail.person.email}"
    if outcome is Outcome.SENT:
        _mine(mail).update(state=State.SENT, sent_at=timezone.now())
    elif outcome is Outcome.REFUSED:
        _mine(mail).update(state=State.REFUSED)
        logger.warning("%s were refused (%s): the mail server knows no such address.", who, words)
    elif outcome is Outcome.UNKNOWN:
        _mine(mail).update(state=State.UNKNOWN)
        logger.warning("%s may have been sent or not (%s); they are not sent again.", who, words)
    else:
        pause = min(FIRST_RETRY * 2 ** min(mail.attempts - 1, 10), LONGEST_RETRY)
        _mine(mail).update(state=State.WAITING, next_attempt_at=timezone.now() + pause)
        logger.warning("%s could not be sent (%s); tried again in %d s.", who, words, pause.total_seconds())


def _mine(mail: ReminderMail) -> QuerySet[ReminderMail]:
    """The row, as long as no other process has taken it since."""
    return ReminderMail.objects.filter(pk=mail.pk, attempts=mail.attempts)


def _take_back(now: datetime) -> None:
    """What a process left behind that died: to be sent if it was not, and given up if nobody knows."""
    left = ReminderMail.objects.filter(Q(taken_at__lt=now - LONGEST_SENDING) | Q(taken_at__gt=now + LONGEST_SENDING))
    for mail in left.filter(state=State.HANDING_OVER).select_related("person"):
        if _mine(mail).filter(state=State.HANDING_OVER).update(state=State.UNKNOWN):
            logger.warning(
                "The reminders for %s may have been sent or not (the process ended); they are not sent again.",
                mail.person.email,
            )
    for mail in left.filter(state=State.TAKEN):
        # One attempt more: should the process be alive after all, the mail is no longer its own.
        _mine(mail).filter(state=State.TAKEN).update(
            state=State.WAITING, next_attempt_at=now, attempts=F("attempts") + 1
        )
