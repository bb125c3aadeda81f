"""Old statistics are cleared away, and the sealed copies of expired keys with them; nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apikeys import retention
from apikeys.models import ApiKey, KeyHour, SealedCopy
from console.models import DatasetDay, Refusal
from console.retention import delete_old_dataset_days, delete_old_refusals
from teams import piecewise
from teams.models import AuditEvent
from tests.cast import Cast, make_key


def test_hours_of_the_last_month_stay(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piecewise, "AT_ONCE", 3)
    apikey = make_key(cast.acme, cast.dev).apikey
    now = timezone.now()
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    for hours in (0, 5, 24 * 30, *range(24 * 31 + 1, 24 * 31 + 9)):
        KeyHour.objects.create(key=apikey, hour=this_hour - timedelta(hours=hours), requests=1)
    assert retention.delete_old_hours(now=now) == 8
    assert KeyHour.objects.count() == 3
    assert retention.delete_old_hours(now=now) == 0


def test_sealed_copies_go_when_their_keys_expire(cast: Cast) -> None:
    short = make_key(cast.acme, cast.dev, "Short", days=1, sealed=True).apikey
    long = make_key(cast.acme, cast.dev, "Long", days=2, sealed=True).apikey
    events = AuditEvent.objects.count()
    assert retention.destroy_expired_copies(now=short.expires_at - timedelta(seconds=1)) == 0
    assert retention.destroy_expired_copies(now=short.expires_at) == 1
    assert [copy.key for copy in SealedCopy.objects.all()] == [long]
    assert ApiKey.objects.filter(pk=short.pk).exists()
    assert AuditEvent.objects.count() == events, "the trail tells of what people did"


def test_refusals_of_the_last_quarter_stay(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    now = timezone.now()
    for days, address in ((1, "198.51.100.7"), (89, "198.51.100.8"), (91, "198.51.100.9")):
        at = now - timedelta(days=days)
        Refusal.objects.create(
            team=cast.acme, key=apikey, address=address, code="ip_not_allowed", requests=1, first_at=at, last_at=at
        )
    assert delete_old_refusals(now=now) == 1
    assert set(Refusal.objects.values_list("address", flat=True)) == {"198.51.100.7", "198.51.100.8"}


def test_requests_for_datasets_of_the_last_year_stay(cast: Cast) -> None:
    now = timezone.now()
    for days in (0, 365, 400, 401):
        day = now.date() - timedelta(days=days)
        DatasetDay.objects.create(team=cast.acme, dataset_id="us-equity-taq", day=day, requests=1)
    assert delete_old_dataset_days(now=now) == 1
    assert DatasetDay.objects.count() == 3
