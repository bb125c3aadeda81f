"""The list of keys in order of last use: the keys that were never used come last, up or down, on every database."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from apikeys.lists import key_list
from apikeys.models import KeyUsage
from teams.access import Access
from tests.cast import BY_TESTS, Cast, make_key


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("last_used_at", ["used first", "used last", "never used"]),
        ("-last_used_at", ["used last", "used first", "never used"]),
        ("name", ["never used", "used first", "used last"]),
        ("-name", ["used last", "used first", "never used"]),
        ("created_at", ["used last", "never used", "used first"]),
        ("digest", ["used first", "never used", "used last"]),
    ],
)
def test_sorted(cast: Cast, sort: str, names: list[str]) -> None:
    now = timezone.now()
    for name, used_at in (("used last", now), ("never used", None), ("used first", now - timedelta(days=1))):
        apikey = make_key(cast.acme, cast.dev, name).apikey
        if used_at:
            KeyUsage.objects.create(key=apikey, last_used_at=used_at, last_used_from="198.51.100.7", requests=1)
    access = Access(user=cast.ann, team=cast.acme, role="admin", actor=BY_TESTS)
    request = RequestFactory().get("/", {"keys.sort": sort})
    assert [apikey.name for apikey in key_list(request, access).rows] == names
