"""Keys that were found where others can read them: stopped at once, and told to whoever answers for them.

A report counts only when it holds the whole key: whoever knows an ID alone stops nothing and learns nothing.
"""

import hmac
from typing import Final

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from apikeys import audit_kinds as kinds
from apikeys.changes import record
from apikeys.digests import digest, newest_pepper, peppers
from apikeys.key_format import key_id_of
from apikeys.models import ApiKey, LeakReport
from apikeys.services import disable_key
from teams.audit import Actor
from teams.texts import printable

MOST_PLACES: Final = 50
"""That are kept of one key. More tell nobody anything, and whoever holds a leaked key could go on for ever."""
LONGEST_PLACE: Final = 300
"""Characters."""

key_leaked = Signal()
"""Sent inside the transaction with `apikey: ApiKey` and `report: LeakReport` when a report tells something new."""


@transaction.atomic
def report_leak(*, text: str, found_at: str = "", actor: Actor) -> ApiKey | None:
    """Stop the key `text`, if it is one of this installation, and write down where it was found.

    Returns the key, whatever state it was in; None for a text that is no key of ours.
    """
    apikey = _whose_text_this_is(text)
    if apikey is None:
        return None
    place = printable(found_at)[:LONGEST_PLACE]
    report, news = _reported(apikey, place, actor)
    works = apikey.deleted_at is None and apikey.status in {"active", "expiring"}
    if news or works:
        record(kinds.KEY_LEAKED, apikey, actor, found_at=place)
    if works:
        reason = f"Leaked. Found at {place}" if place else "Leaked. Where it was found was not said"
        apikey = disable_key(apikey=apikey, reason=reason, actor=actor)
    if works or (news and apikey.status == "disabled"):
        key_leaked.send(sender=ApiKey, apikey=apikey, report=report)
    return apikey


def _whose_text_this_is(text: str) -> ApiKey | None:
    """The key, locked. An ID that exists takes as long as one that does not: both are hashed and compared."""
    key_id = key_id_of(text)
    if key_id is None:
        return None
    found = (
        ApiKey.objects.select_for_update(of=("self",))
        .select_related("team", "owner_user", "owner_group")
        .filter(pk=key_id)
        .first()
    )
    pepper = peppers().get(found.pepper) if found else None
    given = digest(text, pepper or peppers()[newest_pepper()])
    same = hmac.compare_digest(given, bytes(found.digest) if found else bytes(len(given)))
    return found if same and pepper else None


def _reported(apikey: ApiKey, place: str, actor: Actor) -> tuple[LeakReport, bool]:
    """What is known of the place now, and whether it is news. Of too many places the newest stands for the others."""
    now = timezone.now()
    known = LeakReport.objects.filter(key=apikey).order_by("-first_at", "-pk")
    report = known.filter(found_at=place).first() or (known.first() if known.count() >= MOST_PLACES else None)
    if report is not None:
        report.reports, report.last_at = report.reports + 1, now
        report.save(update_fields=["reports", "last_at"])
        return report, False
    report = LeakReport(key=apikey, found_at=place, reported_by=actor.name, first_at=now, last_at=now)
    report.save(force_insert=True)
    return report, True
