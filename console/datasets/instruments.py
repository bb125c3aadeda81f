"""What is traded in the synthetic market. Names and contract terms are the real ones; nothing else is."""

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True)
class Instrument:
    """Something with a price of its own.

    `tick` is the smallest change of a price, in units of the last of `decimals`; `level` is the price around which the
    synthetic one wanders, in ticks; `swing` is how far it wanders, in tenths of a percent.
    """

    symbol: str
    name: str
    exchange: str
    level: int
    swing: int
    activity: int
    """How many shares or contracts change hands in a quiet minute."""
    kind: str = "common stock"
    tick: int = 1
    decimals: int = 2
    lot: int = 100
    depth: int = 8
    """How many lots stand at the best price, at most."""


@dataclass(frozen=True, slots=True)
class OptionContract:
    """An option on one of the equities. `strike` is in dollars; `symbol` is the OCC's, without its padding."""

    underlying: Instrument
    expiration: date
    right: str
    strike: int

    @property
    def symbol(self) -> str:
        return f"{self.underlying.symbol}{self.expiration:%y%m%d}{self.right[0].upper()}{self.strike * 1000:08}"


EQUITIES: Final = {
    equity.symbol: equity
    for equity in (
        Instrument("AAPL", "Apple Inc.", "XNAS", level=18_200, swing=180, activity=61_000),
        Instrument("AMZN", "Amazon.com, Inc.", "XNAS", level=15_400, swing=210, activity=52_000),
        Instrument("JPM", "JPMorgan Chase & Co.", "XNYS", level=17_600, swing=150, activity=14_000),
        Instrument("KO", "The Coca-Cola Company", "XNYS", level=6_150, swing=80, activity=18_000),
        Instrument("MSFT", "Microsoft Corporation", "XNAS", level=36_800, swing=170, activity=31_000),
        Instrument("NVDA", "NVIDIA Corporation", "XNAS", level=8_700, swing=350, activity=120_000),
        Instrument("SPY", "SPDR S&P 500 ETF Trust", "ARCX", level=48_300, swing=120, activity=94_000, kind="ETF"),
        Instrument("XOM", "Exxon Mobil Corporation", "XNYS", level=11_200, swing=130, activity=22_000),
    )
}

FUTURES: Final = {
    future.symbol: future
    for future in (
        Instrument(
            "CLZ4", "Crude Oil, December 2024", "XNYM", level=7_080, swing=160, activity=900, kind="future", lot=1
        ),
        Instrument(
            "ESZ4",
            "E-mini S&P 500, December 2024",
            "XCME",
            level=23_300,
            swing=110,
            activity=2_400,
            kind="future",
            tick=25,
            lot=1,
        ),
        Instrument(
            "GCZ4",
            "Gold, December 2024",
            "XCEC",
            level=26_600,
            swing=90,
            activity=700,
            kind="future",
            tick=1,
            decimals=1,
            lot=1,
        ),
        Instrument(
            "NQZ4",
            "E-mini Nasdaq-100, December 2024",
            "XCME",
            level=80_900,
            swing=150,
            activity=1_300,
            kind="future",
            tick=25,
            lot=1,
        ),
    )
}

OPTIONS: Final = {
    option.symbol: option
    for option in (
        OptionContract(EQUITIES[underlying], date(2024, 12, 20), right, strike)
        for underlying, strikes in (("AAPL", (175, 190)), ("SPY", (475, 495)))
        for strike in strikes
        for right in ("call", "put")
    )
}
