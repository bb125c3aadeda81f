"""The datasets on offer: what they hold, since when, and of which symbols. Every row of every one is synthetic."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from console.datasets.instruments import EQUITIES, FUTURES, OPTIONS
from console.datasets.sessions import DAY_AFTER_THE_LAST, FIRST_DAY, FULL_SESSION, Session, sessions_between
from console.datasets.synthesis import (
    Maker,
    equity_bar,
    equity_event,
    equity_reference,
    future_trade,
    option_quote,
)


class FieldType(StrEnum):
    """How a value is written in JSON. Decimals are strings, so that no reader makes binary fractions of them."""

    TIMESTAMP = "timestamp"
    DATE = "date"
    STRING = "string"
    DECIMAL = "decimal"
    INTEGER = "integer"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: FieldType
    description: str
    nullable: bool = False


@dataclass(frozen=True)
class Dataset:
    """One dataset. `first_day` is covered, `day_after_the_last` is not: as `start` and `end` of a query are meant."""

    id: str
    name: str
    description: str
    asset_class: str
    frequency: str
    symbols: tuple[str, ...]
    fields: tuple[Field, ...]
    slot_seconds: int
    """Every symbol has exactly one row in each slot of a session."""
    maker: Maker
    to_the_nanosecond: bool = False
    """Whether the rows' times have nine decimals, or are whole seconds."""
    first_day: date = FIRST_DAY
    day_after_the_last: date = DAY_AFTER_THE_LAST
    sessions: tuple[Session, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sessions", sessions_between(self.first_day, self.day_after_the_last))


SYNTHETIC: Final = "Synthetic: every row is computed by this sample API; none was ever quoted or traded."

_WHEN = Field("timestamp", FieldType.TIMESTAMP, "When it happened: UTC, RFC 3339, to the nanosecond")
_SINCE = Field("timestamp", FieldType.TIMESTAMP, "When the interval begins: UTC, RFC 3339")
_SYMBOL = Field("symbol", FieldType.STRING, "One of the dataset's symbols")

DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        id="us-equity-taq",
        name="US Equity TAQ",
        description=f"Trades and top-of-book quotes of US equities, event by event. {SYNTHETIC}",
        asset_class="equity",
        frequency="tick",
        symbols=tuple(sorted(EQUITIES)),
        slot_seconds=5,
        maker=equity_event,
        to_the_nanosecond=True,
        fields=(
            _WHEN,
            _SYMBOL,
            Field("event", FieldType.STRING, "“trade” or “quote”"),
            Field("venue", FieldType.STRING, "Where it happened: ISO 10383 market identifier code"),
            Field("price", FieldType.DECIMAL, "Price of the trade, in US dollars", nullable=True),
            Field("size", FieldType.INTEGER, "Shares traded", nullable=True),
            Field("bid", FieldType.DECIMAL, "Best bid of the quote, in US dollars", nullable=True),
            Field("bid_size", FieldType.INTEGER, "Shares bid for", nullable=True),
            Field("ask", FieldType.DECIMAL, "Best ask of the quote, in US dollars", nullable=True),
            Field("ask_size", FieldType.INTEGER, "Shares offered", nullable=True),
        ),
    ),
    Dataset(
        id="us-equity-1min-bars",
        name="US Equity One-Minute Bars",
        description=f"Trades of US equities summed up by the minute, regular session. {SYNTHETIC}",
        asset_class="equity",
        frequency="1 minute",
        symbols=tuple(sorted(EQUITIES)),
        slot_seconds=60,
        maker=equity_bar,
        fields=(
            _SINCE,
            _SYMBOL,
            Field("open", FieldType.DECIMAL, "First price, in US dollars"),
            Field("high", FieldType.DECIMAL, "Highest price"),
            Field("low", FieldType.DECIMAL, "Lowest price"),
            Field("close", FieldType.DECIMAL, "Last price"),
            Field("vwap", FieldType.DECIMAL, "Average price, weighted by volume"),
            Field("volume", FieldType.INTEGER, "Shares traded"),
            Field("trades", FieldType.INTEGER, "How many trades there were"),
        ),
    ),
    Dataset(
        id="us-options-1min-nbbo",
        name="US Options One-Minute NBBO",
        description="National best bid and offer of options on US equities at the end of every minute. " + SYNTHETIC,
        asset_class="option",
        frequency="1 minute",
        symbols=tuple(sorted(OPTIONS)),
        slot_seconds=60,
        maker=option_quote,
        first_day=date(2024, 7, 1),
        day_after_the_last=date(2024, 12, 21),
        fields=(
            _SINCE,
            Field("symbol", FieldType.STRING, "The contract's OCC symbol, without spaces"),
            Field("underlying", FieldType.STRING, "Symbol of the equity that the option is on"),
            Field("expiration", FieldType.DATE, "Last day of the contract"),
            Field("right", FieldType.STRING, "“call” or “put”"),
            Field("strike", FieldType.DECIMAL, "Strike price, in US dollars"),
            Field("bid", FieldType.DECIMAL, "Best bid, in US dollars per share"),
            Field("bid_size", FieldType.INTEGER, "Contracts bid for"),
            Field("ask", FieldType.DECIMAL, "Best ask, in US dollars per share"),
            Field("ask_size", FieldType.INTEGER, "Contracts offered"),
            Field("underlying_price", FieldType.DECIMAL, "Price of the equity at the same time"),
        ),
    ),
    Dataset(
        id="us-futures-trades",
        name="US Futures Trades",
        description=f"Trades of US futures, one by one, during the hours of the equity session. {SYNTHETIC}",
        asset_class="future",
        frequency="tick",
        symbols=tuple(sorted(FUTURES)),
        slot_seconds=15,
        maker=future_trade,
        to_the_nanosecond=True,
        first_day=date(2024, 9, 16),
        day_after_the_last=date(2024, 11, 16),
        fields=(
            _WHEN,
            Field("symbol", FieldType.STRING, "Root, month code and last digit of the year"),
            Field("exchange", FieldType.STRING, "ISO 10383 market identifier code"),
            Field("price", FieldType.DECIMAL, "Price, in the contract's own unit"),
            Field("quantity", FieldType.INTEGER, "Contracts traded"),
            Field("aggressor", FieldType.STRING, "Who crossed the spread: “buyer” or “seller”"),
        ),
    ),
    Dataset(
        id="us-equity-reference",
        name="US Equity Reference",
        description=f"What the equities of the other datasets are, as each session opens. {SYNTHETIC}",
        asset_class="equity",
        frequency="daily",
        symbols=tuple(sorted(EQUITIES)),
        slot_seconds=FULL_SESSION,
        maker=equity_reference,
        fields=(
            Field("timestamp", FieldType.TIMESTAMP, "When the session opens: UTC, RFC 3339"),
            _SYMBOL,
            Field("name", FieldType.STRING, "Name of the issuer or the fund"),
            Field("security_type", FieldType.STRING, "“common stock” or “ETF”"),
            Field("listing_exchange", FieldType.STRING, "ISO 10383 market identifier code"),
            Field("currency", FieldType.STRING, "ISO 4217 code of the prices"),
            Field("tick_size", FieldType.DECIMAL, "Smallest change of a price"),
            Field("round_lot", FieldType.INTEGER, "Shares in a round lot"),
            Field("session_date", FieldType.DATE, "The trading day, in New York"),
            Field("session_minutes", FieldType.INTEGER, "How long the session lasts: 390, or 210 before some holidays"),
        ),
    ),
)

DATASETS_BY_ID: Final = {dataset.id: dataset for dataset in DATASETS}
