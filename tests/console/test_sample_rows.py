"""A researcher pages through the sample API's rows: they are believable, and the same everywhere and always."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from console.datasets.catalogue import DATASETS, Dataset
from console.datasets.cursors import NotACursor, make_cursor, read_cursor
from console.datasets.moments import read_moment
from console.datasets.rows import Query, read_page
from console.datasets.sessions import NEW_YORK, SESSIONS, midnight
from console.datasets.synthesis import SECOND, Values
from tests.cast import Cast, list_network, make_key
from tests.front_door import OFFICE, Answer, FrontDoorClient

TAQ, BARS, OPTIONS, FUTURES, REFERENCE = DATASETS
OPEN = "2024-03-01T14:30:00Z"

each_dataset = pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.id)


class Researcher:
    """Somebody with a good key who asks for rows."""

    def __init__(self, front_door: FrontDoorClient, key: str) -> None:
        self._front_door = front_door
        self._key = key

    def ask(self, dataset: Dataset, **parameters: object) -> Answer:
        return self._front_door.get(f"/api/v1/datasets/{dataset.id}/rows?{urlencode(parameters)}", key=self._key)

    def page(self, dataset: Dataset, **parameters: object) -> tuple[list[dict[str, Any]], str | None]:
        answer = self.ask(dataset, **parameters)
        assert answer.status == 200, answer.body
        document = answer.json()
        return document["rows"], document["next_cursor"]

    def rows(self, dataset: Dataset, **parameters: object) -> Iterator[dict[str, Any]]:
        """Every row, page by page."""
        rows, cursor = self.page(dataset, **{"limit": 1000, **parameters})
        yield from rows
        while cursor:
            rows, cursor = self.page(dataset, **{"limit": 1000, **parameters, "cursor": cursor})
            assert rows, "a cursor leads to rows"
            yield from rows


@pytest.fixture
def researcher(front_door: FrontDoorClient, cast: Cast) -> Researcher:
    list_network(cast.acme, OFFICE, "Office")
    return Researcher(front_door, make_key(cast.acme, cast.dev).text)


def moment(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["timestamp"][:19]).replace(tzinfo=UTC)


def test_days_are_those_of_the_new_york_exchanges(researcher: Researcher) -> None:
    days = [date.fromisoformat(row["session_date"]) for row in researcher.rows(REFERENCE, symbol="KO")]
    assert all(day.weekday() < 5 for day in days)
    assert [sum(day.year == year for day in days) for year in (2023, 2024)] == [250, 252]
    assert not {date(2023, 4, 7), date(2024, 1, 1), date(2024, 7, 4), date(2024, 12, 25)} & set(days)
    assert (days[0], days[-1]) == (date(2023, 1, 3), date(2024, 12, 31))


@each_dataset
def test_every_row_lies_in_a_session(researcher: Researcher, dataset: Dataset) -> None:
    sessions = {session.day: session for session in SESSIONS}
    for session in (dataset.sessions[0], dataset.sessions[-1]):
        start, end = session.day, session.day + timedelta(days=1)
        rows, _ = researcher.page(dataset, start=start, end=end, limit=1000)
        late, _ = researcher.page(dataset, start=f"{start}T19:00:00Z", end=end, limit=1000)
        assert rows
        for row in rows + late:
            local = moment(row).astimezone(NEW_YORK)
            opens = local.replace(hour=9, minute=30, second=0)
            assert opens <= local < opens + timedelta(seconds=sessions[local.date()].seconds)


@pytest.mark.parametrize(
    ("day", "first", "last", "minutes"),
    [
        ("2024-01-31", "2024-01-31T14:30:00Z", "2024-01-31T20:59:00Z", 390),
        ("2024-03-08", "2024-03-08T14:30:00Z", "2024-03-08T20:59:00Z", 390),
        ("2024-03-11", "2024-03-11T13:30:00Z", "2024-03-11T19:59:00Z", 390),
        ("2024-07-03", "2024-07-03T13:30:00Z", "2024-07-03T16:59:00Z", 210),
        ("2024-07-04", None, None, 0),
        ("2024-07-06", None, None, 0),
    ],
)
def test_bars_follow_new_york_s_clock(
    researcher: Researcher, day: str, first: str | None, last: str | None, minutes: int
) -> None:
    end = date.fromisoformat(day) + timedelta(days=1)
    rows = list(researcher.rows(BARS, symbol="AAPL", start=day, end=end))
    assert len(rows) == minutes
    if rows:
        assert (rows[0]["timestamp"], rows[-1]["timestamp"]) == (first, last)


def test_bars_are_consistent_and_continue_each_other(researcher: Researcher) -> None:
    for symbol in BARS.symbols:
        before = None
        for row in researcher.rows(BARS, symbol=symbol, start="2024-03-01", end="2024-03-02"):
            low, high = Decimal(row["low"]), Decimal(row["high"])
            for name in ("open", "close", "vwap"):
                assert low <= Decimal(row[name]) <= high
            assert 0 < row["trades"] <= row["volume"]
            assert before is None or row["open"] == before["close"]
            before = row


def test_every_trade_lies_within_its_minute_s_bar_and_every_quote_is_uncrossed(researcher: Researcher) -> None:
    window = {"start": OPEN, "end": "2024-03-01T15:30:00Z"}
    bars = {(row["timestamp"], row["symbol"]): row for row in researcher.rows(BARS, **window)}
    events = list(researcher.rows(TAQ, **window))
    trades = [row for row in events if row["event"] == "trade"]
    quotes = [row for row in events if row["event"] == "quote"]
    assert len(trades) + len(quotes) == len(events) == 60 * 12 * len(TAQ.symbols)
    assert len(trades) > 500
    for row in trades:
        bar = bars[row["timestamp"][:17] + "00Z", row["symbol"]]
        assert Decimal(bar["low"]) <= Decimal(row["price"]) <= Decimal(bar["high"])
        assert row["size"] > 0
        assert row["bid"] is row["ask"] is None
    for row in quotes:
        assert 0 < Decimal(row["bid"]) < Decimal(row["ask"])
        assert row["bid_size"] > 0 < row["ask_size"]
        assert row["price"] is row["size"] is None


def test_options_are_worth_what_exercising_them_brings(researcher: Researcher) -> None:
    contracts = set()
    for session in (OPTIONS.sessions[0], OPTIONS.sessions[60], OPTIONS.sessions[-1]):
        for row in researcher.page(OPTIONS, start=session.day, limit=800)[0]:
            bid, ask = Decimal(row["bid"]), Decimal(row["ask"])
            gain = Decimal(row["underlying_price"]) - Decimal(row["strike"])
            assert 0 < bid < ask
            assert ask > (gain if row["right"] == "call" else -gain)
            assert bid < Decimal(row["underlying_price"])
            assert row["expiration"] >= row["timestamp"][:10]
            strike = int(Decimal(row["strike"]) * 1000)
            assert row["symbol"] == f"{row['underlying']}241220{row['right'][0].upper()}{strike:08}"
            contracts.add(row["symbol"])
    assert contracts == set(OPTIONS.symbols)


def test_futures_trade_in_whole_ticks(researcher: Researcher) -> None:
    ticks = {"CLZ4": "0.01", "ESZ4": "0.25", "GCZ4": "0.1", "NQZ4": "0.25"}
    for row in researcher.page(FUTURES, limit=1000)[0]:
        assert Decimal(row["price"]) % Decimal(ticks[row["symbol"]]) == 0
        assert row["quantity"] >= 1
        assert row["aggressor"] in {"buyer", "seller"}


KNOWN = {
    "us-equity-taq": (
        "2024-11-04T14:30:00.723981083Z AMZN trade BATS 156.08 33 None None None None",
        "c8d1f5793892317ee17228ce0154bcbbfab775be67e6d478f2fe4a84db292951",
    ),
    "us-equity-1min-bars": (
        "2024-11-04T14:30:00Z AAPL 169.88 169.95 169.82 169.88 169.8840 363560 3398",
        "d5c164a33b7b4a9c0bf49eb493d2679a87f7ac9f7423fe4063432b69fbfa3800",
    ),
    "us-options-1min-nbbo": (
        "2024-10-25T13:30:00Z AAPL241220C00175000 AAPL 2024-12-20 call 175.00 4.55 89 4.59 177 174.06",
        "487ecc42be9b785c2ed17572b2a836c3fa1ccdd101a7389c173c6570ef34a577",
    ),
    "us-futures-trades": (
        "2024-09-23T13:30:02.225953426Z GCZ4 XCEC 2758.4 12 seller",
        "4cc7116c6cd2dd9aaf6c4f2b34408260d4d89368f0ff05097993dd81c64f2de6",
    ),
    "us-equity-reference": (
        "2024-11-04T14:30:00Z AAPL Apple Inc. common stock XNAS USD 0.01 100 2024-11-04 390",
        "8a5011b6e733d6efeab83c18ece66b42753c18ed97a6cfa3bc7c8ce3bbef3b77",
    ),
}
"""The first of a thousand rows from a dataset's last forty sessions, and the SHA-256 of them all."""


@each_dataset
def test_rows_are_the_same_on_every_machine_and_in_every_version(researcher: Researcher, dataset: Dataset) -> None:
    rows, _ = researcher.page(dataset, start=dataset.sessions[-40].day, limit=1000)
    first, digest = KNOWN[dataset.id]
    assert " ".join(str(value) for value in rows[0].values()) == first
    assert sha256(json.dumps(rows).encode()).hexdigest() == digest


@each_dataset
def test_start_is_included_and_end_is_not(researcher: Researcher, dataset: Dataset) -> None:
    symbol = dataset.symbols[0]
    first, second, third = researcher.page(dataset, symbol=symbol, start=dataset.sessions[3].day, limit=3)[0]
    between = researcher.page(dataset, symbol=symbol, start=first["timestamp"], end=third["timestamp"])
    assert between == ([first, second], None)


def test_time_to_the_nanosecond_counts(researcher: Researcher) -> None:
    (row,), _ = researcher.page(TAQ, symbol="KO", start=OPEN, limit=1)
    whole, nanoseconds = row["timestamp"][:-1].split(".")
    just_after = f"{whole}.{int(nanoseconds) + 1:09}Z"
    assert researcher.page(TAQ, symbol="KO", start=row["timestamp"], end=just_after) == ([row], None)
    assert row not in researcher.page(TAQ, symbol="KO", start=just_after)[0]


@pytest.mark.parametrize("start", ["2024-03-01", "2024-03-01T00:00:00Z", "2024-02-29T19:00:00-05:00", OPEN])
def test_one_moment_can_be_written_in_many_ways(researcher: Researcher, start: str) -> None:
    assert researcher.page(BARS, start=start, limit=1)[0][0]["timestamp"] == OPEN


@pytest.mark.parametrize(
    ("start", "end"),
    [("1999-01-01", "1999-02-01"), ("2031-01-01", "2032-01-01"), ("2024-03-01T22:00:00Z", "2024-03-04")],
)
@each_dataset
def test_time_without_rows_is_no_error(researcher: Researcher, dataset: Dataset, start: str, end: str) -> None:
    assert researcher.page(dataset, start=start, end=end) == ([], None)


def test_time_before_the_coverage_begins_with_its_first_row(researcher: Researcher) -> None:
    assert researcher.page(BARS, start="0001-01-01", limit=1)[0] == researcher.page(BARS, limit=1)[0]
    assert researcher.page(BARS, start="2025-01-01") == researcher.page(BARS, start="9999-12-31") == ([], None)


windows = st.tuples(st.integers(-30, 4000), st.integers(1, 600)).map(
    lambda window: (
        datetime(2024, 9, 20, 13, 0, tzinfo=UTC) + timedelta(seconds=10 * window[0]),
        timedelta(seconds=window[1]),
    )
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dataset=st.sampled_from(DATASETS), data=st.data(), window=windows)
def test_pages_of_any_size_put_together_are_the_one_big_page(
    researcher: Researcher, dataset: Dataset, data: st.DataObject, window: tuple[datetime, timedelta]
) -> None:
    query: dict[str, object] = {"start": window[0].isoformat(), "end": (window[0] + window[1]).isoformat()}
    if symbol := data.draw(st.none() | st.sampled_from(dataset.symbols)):
        query["symbol"] = symbol
    whole, more = researcher.page(dataset, **query, limit=1000)
    assert more is None
    together: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        limit = data.draw(st.integers(1, 1000) if len(together) > 20 else st.integers(1, 9))
        rows, cursor = researcher.page(dataset, **query, limit=limit, **({"cursor": cursor} if cursor else {}))
        assert len(rows) == limit or cursor is None
        together += rows
    assert together == whole
    assert whole == sorted(whole, key=lambda row: (row["timestamp"], row["symbol"]))


@each_dataset
def test_last_page_costs_what_the_first_one_does(dataset: Dataset) -> None:
    made: list[str] = []

    def counting(symbol: str, *place: Any) -> tuple[int, Values]:
        made.append(symbol)
        return dataset.maker(symbol, *place)

    query = Query(replace(dataset, maker=counting), dataset.symbols, 0, midnight(dataset.day_after_the_last) * SECOND)
    last = dataset.sessions[-1]
    near_the_end = replace(query, start=(last.opens + last.seconds - 3 * dataset.slot_seconds) * SECOND)
    whole = read_page(near_the_end, 5)
    position = read_page(near_the_end, 1).next_position
    assert position is not None
    made.clear()
    assert read_page(query, 4, position).rows == whole.rows[1:]
    assert len(made) <= 3 * len(dataset.symbols)


@each_dataset
def test_last_row_is_reached_and_nothing_follows(dataset: Dataset) -> None:
    opens = dataset.sessions[-1].opens
    query = Query(dataset, dataset.symbols[:1], opens * SECOND, midnight(dataset.day_after_the_last) * SECOND)
    slots = dataset.sessions[-1].seconds // dataset.slot_seconds
    assert read_page(query, slots).next_position is None
    if slots > 1:
        assert read_page(query, slots - 1).next_position is not None


def test_cursor_is_good_for_its_own_query_only(researcher: Researcher) -> None:
    query = {"symbol": "KO", "start": "2024-03-01", "end": "2024-03-05"}
    _, cursor = researcher.page(BARS, **query, limit=10)
    assert cursor
    assert (
        researcher.page(BARS, **query, limit=25, cursor=cursor)[0] == researcher.page(BARS, **query, limit=35)[0][10:]
    )
    same = {**query, "start": "2024-03-01T00:00:00.000Z"}
    assert researcher.page(BARS, **same, cursor=cursor) == researcher.page(BARS, **query, cursor=cursor)
    others = [
        (BARS, {**query, "symbol": "XOM"}),
        (BARS, {**query, "start": "2024-03-02"}),
        (BARS, {**query, "end": "2024-03-06"}),
        (BARS, {"symbol": "KO"}),
        (BARS, {}),
        (REFERENCE, query),
    ]
    for dataset, other in others:
        answer = researcher.ask(dataset, **other, cursor=cursor)
        assert (answer.status, answer.json()["code"]) == (422, "invalid_parameter")
        assert [error["parameter"] for error in answer.json()["errors"]] == ["cursor"]


A_QUERY = Query(BARS, ("KO",), 0, midnight(date(2025, 1, 1)) * SECOND)


@given(st.integers(0, 2**64 - 1))
def test_cursor_says_what_it_was_told(position: int) -> None:
    assert read_cursor(A_QUERY, make_cursor(A_QUERY, position)) == position


@given(st.text(max_size=30) | st.text("0123456789abcdefXYZ-_", min_size=22, max_size=22))
def test_made_up_cursor_is_refused(text: str) -> None:
    with pytest.raises(NotACursor):
        read_cursor(A_QUERY, text)


@given(st.integers(0, 21), st.sampled_from("0aAzZ9-_"))
def test_cursor_with_one_wrong_character_is_refused(place: int, character: str) -> None:
    cursor = make_cursor(A_QUERY, 12345)
    wrong = cursor[:place] + character + cursor[place + 1 :]
    assume(wrong != cursor)
    with pytest.raises(NotACursor):
        read_cursor(A_QUERY, wrong)


@pytest.mark.parametrize("position", [0, 2**64 - 1])
def test_forged_position_shows_nothing_beyond_the_query(position: int) -> None:
    start = midnight(date(2024, 12, 31)) * SECOND
    page = read_page(replace(A_QUERY, start=start), 1000, position)
    assert len(page.rows) == (390 if position == 0 else 0)


@given(
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 28)),  # noqa: DTZ001 - the offset is drawn apart
    st.integers(-1439, 1439),
    st.integers(0, 999_999_999),
)
def test_any_rfc_3339_time_is_read(local: datetime, offset: int, nanoseconds: int) -> None:
    local = local.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    text = local.isoformat()
    expected = (local - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) * SECOND
    assert read_moment(text) == expected
    assert read_moment(f"{text[:19]}.{nanoseconds:09}{text[19:]}") == expected + nanoseconds


@given(st.integers(0, 24), st.sampled_from("0123456789-:.TtZz+ \u0663"), st.sampled_from(["", "x", "Z", "\n"]))
def test_text_with_a_slip_is_refused_or_means_what_it_says(place: int, character: str, tail: str) -> None:
    text = "2024-03-01T14:30:00-05:00"
    text = text[:place] + character + text[place + 1 :] + tail
    try:
        nanoseconds = read_moment(text)
    except ValueError:
        return
    assert nanoseconds == int(datetime.fromisoformat(text.upper()).timestamp()) * SECOND


@given(st.text(max_size=40))
def test_any_other_text_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValueError, match=r"There is no such day|neither a date|%2B"):
        read_moment(text)
