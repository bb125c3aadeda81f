"""The audit trail as a file: for a spreadsheet, and for a program."""

import csv
import json
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from teams import audit, audit_export
from teams.audit_export import AT_ONCE, harmless
from teams.models import AuditEvent
from tests.cast import BY_TESTS, Cast, make_key
from tests.conftest import SignIn
from tests.identity.visitor import Visitor

CSV, JSONL = "/teams/acme/activity.csv", "/teams/acme/activity.jsonl"


def text(answer: Any) -> str:
    assert answer.status_code == 200
    assert answer.streaming
    return b"".join(answer.streaming_content).decode()


def table(answer: Any) -> list[dict[str, str]]:
    written = text(answer)
    assert written.startswith("\ufeff"), "or Excel would not take it for UTF-8"
    return list(csv.DictReader(StringIO(written.removeprefix("\ufeff"), newline="")))


def lines(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text(answer).split("\n") if line]


@pytest.fixture
def ann(cast: Cast, sign_in: SignIn) -> Client:
    make_key(cast.acme, cast.dev, "Büro-Bot 🏢\u2028")
    return sign_in(cast.ann)


def test_a_table_with_a_row_for_each_event(cast: Cast, ann: Client) -> None:
    answer = ann.get(CSV)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="acme-activity.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    found = table(answer)
    assert len(found) == AuditEvent.objects.filter(team_id=cast.acme.pk).count()
    last = found[-1]
    assert last["who"] == "The tests"
    assert last["what"] == "The tests generated key Büro-Bot 🏢\u2028".strip()
    assert (last["kind"], last["via"], last["team"]) == ("key.generated", "command line", "Acme Research")
    assert datetime.fromisoformat(last["time"]).utcoffset() is not None


def test_a_line_for_each_event_with_all_that_is_known(cast: Cast, ann: Client) -> None:
    answer = ann.get(JSONL)
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="acme-activity.jsonl"'
    found = lines(answer)
    assert [event["seq"] for event in found] == list(range(1, len(found) + 1))
    assert [event["previous_hash"] for event in found[1:]] == [event["hash"] for event in found[:-1]]
    assert found[-1]["kind"] == "key.generated"


def test_the_files_hold_what_the_filter_and_the_search_find(ann: Client) -> None:
    for query, count in (("events.kind=key", 1), ("events.q=B%C3%BCro", 1), ("events.until=2001-01-01", 0)):
        assert len(table(ann.get(f"{CSV}?{query}"))) == count
        assert len(lines(ann.get(f"{JSONL}?{query}"))) == count


def test_the_page_leads_to_the_files_of_what_it_shows(ann: Client) -> None:
    page = ann.get("/teams/acme/activity/?events.kind=key&events.q=x%26y").content.decode()
    assert 'href="' + CSV not in page, "nothing is found, so there is nothing to download"
    page = ann.get("/teams/acme/activity/?events.kind=key").content.decode()
    assert f'href="{CSV}?events.kind=key"' in page
    assert f'href="{JSONL}?events.kind=key"' in page


@pytest.mark.parametrize("path", [CSV, JSONL])
def test_whoever_may_not_read_the_tab_may_not_read_the_file(cast: Cast, sign_in: SignIn, path: str) -> None:
    assert sign_in(cast.vic).get(path).status_code == 403
    assert sign_in(cast.mallory).get(path).status_code == 404
    assert sign_in(cast.dev).get(path).status_code == 200


@pytest.mark.parametrize("path", [CSV, JSONL])
def test_nothing_of_another_team_is_in_it(cast: Cast, ann: Client, path: str) -> None:
    make_key(cast.globex, cast.mallory, "Globex-Bot")
    assert "Globex" not in text(ann.get(path))


def test_asked_for_the_head_only(ann: Client) -> None:
    answer = ann.head(CSV)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == b""  # type: ignore[attr-defined]


def test_a_long_trail_is_read_piece_by_piece(cast: Cast, ann: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its length, no more of it is in memory than `AT_ONCE` events; none is left out or told twice."""
    assert AT_ONCE <= 1000
    monkeypatch.setattr(audit_export, "AT_ONCE", 4)
    for n in range(15):
        make_key(cast.acme, cast.dev, f"Bot {n}")
    answer = ann.get(JSONL)
    with CaptureQueriesContext(connection) as queries:
        first = next(iter(answer.streaming_content))  # type: ignore[attr-defined]
    assert len(queries) == 1
    assert first.count(b"\n") == 4
    seqs = [event["seq"] for event in lines(ann.get(JSONL))]
    assert seqs == list(range(1, AuditEvent.objects.filter(team_id=cast.acme.pk).count() + 1))
    assert len(table(ann.get(CSV))) == len(seqs)


def test_an_operator_has_the_installations(cast: Cast, operator: Visitor) -> None:
    kinds = {event["kind"] for event in lines(operator.get("/operators/activity.jsonl"))}
    assert "sign_in.done" in kinds
    assert "team.created" not in kinds
    everything = lines(operator.get("/operators/activity.jsonl?events.where=everywhere"))
    assert len(everything) == AuditEvent.objects.count()
    answer = operator.get("/operators/activity.csv?events.where=everywhere")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gatehouse-activity.csv"'
    assert {row["team"] for row in table(answer)} == {"", "Acme Research", "Globex"}


# Cells that a spreadsheet would run


@pytest.mark.parametrize("name", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1+1"])
def test_a_name_is_no_formula(cast: Cast, sign_in: SignIn, name: str) -> None:
    make_key(cast.acme, cast.dev, name)
    audit.record(kind="team.changed", actor=audit.Actor(name=name), team=cast.acme, object_name=name)
    generated, changed = table(sign_in(cast.ann).get(CSV))[-2:]
    assert generated["object"] == f"'{name}"
    assert (changed["who"], changed["object"]) == (f"'{name}", f"'{name}")
    assert changed["what"].startswith("'")


@pytest.mark.parametrize("start", ["\t", "\r", "\n", " =", "   @"])
def test_nor_is_one_behind_what_cannot_be_seen(start: str) -> None:
    assert harmless(f"{start}1+1").startswith("'")


@pytest.mark.parametrize(
    "cell", ["", " ", "Ann Lee", "2026-03-11T00:30:00Z", "'=1", "198.51.100.7", '{"a": "=1"}', "a=b"]
)
def test_what_is_none_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.text(max_size=30))
def test_no_cell_begins_like_a_formula(cell: str) -> None:
    written = harmless(cell)
    assert written.lstrip(" ")[:1] not in {*"=+-@\t\r\n＝＋－＠"} or not written.strip(" ")
    assert written in {cell, f"'{cell}"}


def test_a_quote_or_a_newline_in_a_name_makes_no_new_cell(cast: Cast, sign_in: SignIn) -> None:
    odd = 'a "quoted", name\r\nand more'
    audit.record(kind="team.changed", actor=BY_TESTS, team=cast.acme, object_name=odd, details={"reason": odd})
    last = table(sign_in(cast.ann).get(CSV))[-1]
    assert last["object"] == odd
    assert json.loads(last["details"]) == {"reason": odd}
