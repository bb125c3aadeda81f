"""What anybody can cause is audited in bounded numbers: a flood costs few rows, which tell its size."""

from typing import Final

from django.core.cache import cache
from django.utils import timezone

from teams.audit import chain_of
from teams.models import AuditEvent, Team

MOST_IN_AN_HOUR: Final = 1000
"""Events of a chain in an hour after which nothing of this sort is added to it."""
HOUR: Final = 3600


def worth_writing(bucket: str, most: int, *, team: Team | None) -> int:
    """How often it has happened this hour, or 0 if that is not to be written. `team` is None for the installation.

    One by one up to `most`, then at each power of two. Counted in the cache, which may forget; so the chain itself is
    asked whether it grows too fast.
    """
    key = f"gatehouse.counted.{bucket}"
    count = int(cache.get(key, 0)) + 1
    cache.set(key, count, HOUR)
    if count > most and count & (count - 1):
        return 0
    chain = AuditEvent.objects.filter(chain=chain_of(team)).order_by("-seq")
    newest = chain.values_list("seq", flat=True).first() or 0
    earlier = chain.filter(seq=newest - MOST_IN_AN_HOUR).values_list("at", flat=True).first()
    too_fast = earlier is not None and (timezone.now() - earlier).total_seconds() < HOUR
    return 0 if too_fast else count
