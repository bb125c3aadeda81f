"""Team Authorization counts the keys that expire within 14 days, and leads to a list of just these."""

from datetime import timedelta

from django.utils import timezone

from apikeys.models import ApiKey
from apikeys.services import disable_key
from tests.cast import BY_TESTS, Cast, make_key
from tests.conftest import SignIn
from tests.markup import read, rows

PAGE = "/teams/acme/authorization/"


def test_the_banner_leads_to_the_keys_that_it_counts(cast: Cast, sign_in: SignIn) -> None:
    for name, days in (("Later", 13), ("Sooner", 2), ("Far", 15), ("Over", 1), ("Off", 3)):
        key = make_key(cast.acme, cast.dev, name, days=days).apikey
        if name == "Over":
            ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        if name == "Off":
            disable_key(apikey=key, reason="", actor=BY_TESTS)
    vic = sign_in(cast.vic)
    notices = read(vic.get(PAGE)).one(id="team-notices")
    assert "2 keys expire within 14 days" in notices.text
    (link,) = [each.get("href") for each in notices.all("a") if each.text == "Show them"]
    page = read(vic.get(PAGE + link.partition("#")[0]))
    shown = [row.all("bdi")[0].text for row in rows(page, "keys-list")]
    assert shown == ["Sooner", "Later"]
    assert "Expiring soon only: show all" in page.one(id="keys-list").text
    searched = read(vic.get(f"{PAGE}?keys.status=expiring&keys.q=Far"))
    assert "No key matches “Far”" in searched.one(id="keys-list").text


def test_where_nothing_expires_there_is_no_banner(cast: Cast, sign_in: SignIn) -> None:
    make_key(cast.acme, cast.dev, "Far", days=15)
    ann = sign_in(cast.ann)
    assert "within 14 days" not in read(ann.get(PAGE)).one(id="team-notices").text
    assert "No key expires soon" in read(ann.get(f"{PAGE}?keys.status=expiring")).one(id="keys-list").text
    assert len(rows(read(ann.get(f"{PAGE}?keys.status=nonsense")), "keys-list")) == 1
