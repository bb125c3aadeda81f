"""The row of one symbol at one place in time, for each dataset. Nothing is stored: the same place gives the same row.

A place is a slot of a session: the second that it begins at and how many seconds it lasts. Each maker returns the row's
time in nanoseconds since the epoch, which lies within the slot, and the row without time and symbol.
"""

from collections.abc import Callable
from math import isqrt
from typing import Final

from console.datasets.instruments import EQUITIES, FUTURES, OPTIONS, Instrument, OptionContract
from console.datasets.prices import FINEST, decimal, draw, price, ticks_at
from console.datasets.sessions import FULL_SESSION, Session, midnight

Values = dict[str, str | int | None]
Maker = Callable[[str, Session, int, int], tuple[int, Values]]

SECOND: Final = 1_000_000_000
VENUES: Final = ("ARCX", "BATS", "EDGX", "IEXG", "XNAS", "XNYS")


def equity_event(symbol: str, session: Session, begins: int, lasts: int) -> tuple[int, Values]:
    """A quote, or every fourth time or so a trade at one side of the quote."""
    equity, chance = EQUITIES[symbol], draw("taq", symbol, session.number, begins)
    nanosecond = chance % (lasts * SECOND)
    bid, ask = _quote(equity, session, begins + nanosecond // SECOND, chance >> 40)
    is_trade = (chance >> 42) % 4 == 0
    bid_lots, ask_lots = 1 + (chance >> 44) % equity.depth, 1 + (chance >> 48) % equity.depth
    values: Values = {
        "event": "trade" if is_trade else "quote",
        "venue": VENUES[(chance >> 52) % len(VENUES)],
        "price": price(equity, bid if chance >> 63 else ask) if is_trade else None,
        "size": bid_lots * equity.lot // (1 + (chance >> 56) % 4) if is_trade else None,
        "bid": None if is_trade else price(equity, bid),
        "bid_size": None if is_trade else bid_lots * equity.lot,
        "ask": None if is_trade else price(equity, ask),
        "ask_size": None if is_trade else ask_lots * equity.lot,
    }
    return (session.opens + begins) * SECOND + nanosecond, values


def equity_bar(symbol: str, session: Session, begins: int, lasts: int) -> tuple[int, Values]:
    """The trades of one minute. High and low leave room for every trade that `equity_event` makes in it."""
    equity, chance = EQUITIES[symbol], draw("bar", symbol, session.number, begins)
    path = [ticks_at(equity, session, second) for second in range(begins, begins + lasts + 1, FINEST)]
    volume = equity.activity * _busyness(session, begins) * (60 + chance % 101) // 10_000
    values: Values = {
        "open": price(equity, path[0]),
        "high": price(equity, max(path) + 3 + (chance >> 8) % 2),
        "low": price(equity, min(path) - 2 - (chance >> 9) % 2),
        "close": price(equity, path[-1]),
        "vwap": decimal(sum(path) * equity.tick * 100 // len(path), equity.decimals + 2),
        "volume": volume,
        "trades": 1 + volume // (90 + (chance >> 16) % 60),
    }
    return (session.opens + begins) * SECOND, values


def option_quote(symbol: str, session: Session, begins: int, lasts: int) -> tuple[int, Values]:
    """The best quote at the end of a minute: what exercising would bring, and what the remaining time is worth."""
    option, chance = OPTIONS[symbol], draw("nbbo", symbol, session.number, begins)
    underlying = ticks_at(option.underlying, session, begins + lasts)
    strike = option.strike * 100
    gain = underlying - strike if option.right == "call" else strike - underlying
    middle = max(gain, 0) + _time_value(option, session, abs(gain))
    half_spread = 1 + middle // 400 + chance % 2
    bid = max(1, middle - half_spread)
    values: Values = {
        "underlying": option.underlying.symbol,
        "expiration": option.expiration.isoformat(),
        "right": option.right,
        "strike": decimal(strike, 2),
        "bid": decimal(bid, 2),
        "bid_size": 1 + (chance >> 8) % 180,
        "ask": decimal(max(bid + 1, middle + half_spread), 2),
        "ask_size": 1 + (chance >> 16) % 180,
        "underlying_price": price(option.underlying, underlying),
    }
    return (session.opens + begins) * SECOND, values


def future_trade(symbol: str, session: Session, begins: int, lasts: int) -> tuple[int, Values]:
    future, chance = FUTURES[symbol], draw("trade", symbol, session.number, begins)
    nanosecond = chance % (lasts * SECOND)
    bid, ask = _quote(future, session, begins + nanosecond // SECOND, chance >> 40)
    bought = chance >> 63
    most = max(2, future.activity * _busyness(session, begins) // 3000)
    values: Values = {
        "exchange": future.exchange,
        "price": price(future, ask if bought else bid),
        "quantity": 1 + (chance >> 44) % most * (chance >> 52 & 63) // 64,
        "aggressor": "buyer" if bought else "seller",
    }
    return (session.opens + begins) * SECOND + nanosecond, values


def equity_reference(symbol: str, session: Session, begins: int, lasts: int) -> tuple[int, Values]:  # noqa: ARG001
    """What is known of a security when a session opens."""
    equity = EQUITIES[symbol]
    values: Values = {
        "name": equity.name,
        "security_type": equity.kind,
        "listing_exchange": equity.exchange,
        "currency": "USD",
        "tick_size": decimal(equity.tick, equity.decimals),
        "round_lot": equity.lot,
        "session_date": session.day.isoformat(),
        "session_minutes": session.seconds // 60,
    }
    return session.opens * SECOND, values


def _quote(instrument: Instrument, session: Session, second: int, chance: int) -> tuple[int, int]:
    """Bid and ask in ticks, one to three apart."""
    middle = ticks_at(instrument, session, second)
    return middle - (chance & 1), middle + 1 + (chance >> 1 & 1)


def _busyness(session: Session, second: int) -> int:
    """Percent of a quiet minute's trading: 100 around noon, 400 at the opening and at the close."""
    from_noon = 2 * second - session.seconds
    return 100 + 300 * from_noon * from_noon // (session.seconds * session.seconds)


def _time_value(option: OptionContract, session: Session, distance: int) -> int:
    """In cents: it falls with the square root of the time that is left, and with the distance from the strike."""
    seconds_left = max(0, midnight(option.expiration) - midnight(session.day)) + FULL_SESSION
    at_the_money = option.underlying.level * option.underlying.swing * isqrt(seconds_left) // 12_000_000
    return at_the_money * at_the_money // (at_the_money + 2 * distance + 1)
