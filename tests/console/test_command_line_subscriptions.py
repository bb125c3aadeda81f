"""Somebody with a shell subscribes a team to a dataset, and ends that."""

import pytest
import time_machine

from console.datasets.models import Dataset
from teams.models import AuditEvent
from tests.cast import Cast
from tests.commands import manage, manage_json, refused, table

TAQ = "us-equity-taq"
NOON = "2026-03-02T12:00:00Z"


@pytest.fixture
def more(cast: Cast) -> str:
    """A dataset that no team gets by itself."""
    return Dataset.objects.create(id="eu-bonds", name="EU Bonds").pk


def test_every_team_begins_with_the_samples(cast: Cast) -> None:
    rows = manage_json("subscription", "list", "--team", "acme")
    assert {row["dataset"] for row in rows} == {
        *(TAQ, "us-equity-1min-bars", "us-options-1min-nbbo", "us-futures-trades", "us-equity-reference")
    }
    assert {(row["status"], row["ends_at"], row["granted_by"]) for row in rows} == {("active", None, "Included")}
    assert TAQ in AuditEvent.objects.get(team_id=cast.acme.pk, kind="team.created").details["subscriptions"]


def test_granted_set_and_ended(cast: Cast, more: str) -> None:
    with time_machine.travel(NOON, tick=False):
        granted = manage_json("subscription", "grant", more, "--team", "acme", "--starts-in", "1d", "--ends-in", "30d")
        assert (granted["starts_at"], granted["ends_at"]) == ("2026-03-03T12:00:00Z", "2026-04-01T12:00:00Z")
        assert (granted["status"], granted["team"], granted["dataset"]) == ("upcoming", "acme", more)
        later = manage_json("subscription", "end", more, "--team", "acme", "--in", "60d")
        assert later["ends_at"] == "2026-05-01T12:00:00Z"
        assert manage("subscription", "end", more, "--team", "acme", "--never").endswith("EU Bonds has no end.\n")
    with time_machine.travel("2026-03-05T12:00:00Z", tick=False):
        ended = manage_json("subscription", "end", more, "--team", "acme", "--reason", "not paid")
        assert (ended["id"], ended["status"], ended["ends_at"]) == (granted["id"], "ended", "2026-03-05T12:00:00Z")
    told = AuditEvent.objects.filter(object_id=granted["id"]).order_by("seq")
    assert [event.kind for event in told] == [
        *("subscription.granted", "subscription.end_set", "subscription.end_set", "subscription.ended")
    ]
    assert told[3].details["reason"] == "not paid"


def test_one_that_has_not_begun_never_will(cast: Cast, more: str) -> None:
    manage("subscription", "grant", more, "--team", "acme", "--starts-in", "1d")
    ended = manage_json("subscription", "end", more, "--team", "acme")
    assert ended["starts_at"] == ended["ends_at"]
    assert manage_json("subscription", "grant", more, "--team", "acme")["status"] == "active"


def test_what_cannot_be_is_refused_in_words(cast: Cast, more: str) -> None:
    grant, end = ("subscription", "grant", more, "--team", "acme"), ("subscription", "end", more, "--team", "acme")
    assert "is subscribed to US Equity TAQ already" in refused("subscription", "grant", TAQ, "--team", "acme")
    assert "There is no dataset “nothing”" in refused("subscription", "grant", "nothing", "--team", "acme")
    assert "no team with the slug" in refused("subscription", "grant", TAQ, "--team", "umbrella")
    assert "later than the start" in refused(*grant, "--starts-in", "2d", "--ends-in", "1d")
    assert "no subscription to EU Bonds" in refused(*end)
    manage(*grant, "--starts-in", "10d", "--ends-in", "20d")
    assert "already" in refused(*grant)
    assert manage_json(*grant, "--ends-in", "9d")["status"] == "ending"
    assert "already" in refused(*end, "--in", "11d")
    assert "is not a duration" in refused(*end, "--in", "soon")


def test_lists_are_tables_for_people(cast: Cast) -> None:
    titles, *rows = table(manage("subscription", "list", "--team", "acme"))
    assert titles == ["ID", "DATASET", "STATUS", "STARTS AT", "ENDS AT", "REQUESTS 30D"]
    assert [TAQ, "active"] in [row[1:3] for row in rows]
    assert [TAQ, "US Equity TAQ"] in table(manage("subscription", "list"))
