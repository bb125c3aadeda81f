"""Synthetic prices: a path through time that can be entered anywhere, in whole numbers only.

The path is the sum of ten noises of growing period and height, each a line between hashed points (“value noise”). So
the price of any second costs about the same, neighbouring seconds have neighbouring prices, and every machine and every
version of Python computes the same ones.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from console.datasets.instruments import Instrument
from console.datasets.sessions import Session

DAY: Final = 28_800
"""Seconds of the path from one opening to the next: more than a session has, so that prices move overnight."""

FINEST: Final = 15
"""Seconds between the points of the finest noise. Between two of them the path is a straight line."""

_PARTS: Final = 100
"""Parts of a tick that the path is computed in."""
_COARSEST: Final = 9
_EXTREME: Final = (2 ** (_COARSEST + 1) - 1) * 32_768


def ticks_at(instrument: Instrument, session: Session, second: int) -> int:
    """The price `second` seconds after the opening, in ticks of the instrument."""
    index, rest = divmod(session.number * DAY + second, FINEST)
    here, there = _noise(instrument.symbol, 0, index), _noise(instrument.symbol, 0, index + 1)
    noise = (here * (FINEST - rest) + there * rest) // FINEST
    swing = instrument.level * _PARTS * instrument.swing // 1000
    return (instrument.level * _PARTS + swing * noise // _EXTREME) // _PARTS


@lru_cache(maxsize=65_536)
def _noise(symbol: str, layer: int, index: int) -> int:
    """The sum of a layer and all coarser ones at a point of the layer. Each has a quarter of the points of the finer
    one below it and twice the height, as prices have that move √t in the time t.
    """
    digest = blake2b(f"{symbol}/{layer}/{index}".encode(), digest_size=2).digest()
    own = int.from_bytes(digest, "big", signed=True) << layer
    if layer == _COARSEST:
        return own
    index, rest = divmod(index, 4)
    here, there = _noise(symbol, layer + 1, index), _noise(symbol, layer + 1, index + 1)
    return own + (here * (4 - rest) + there * rest) // 4


def draw(*what: object) -> int:
    """64 bits that depend on nothing but their description."""
    return int.from_bytes(blake2b(repr(what).encode(), digest_size=8).digest(), "big")


def decimal(units: int, decimals: int) -> str:
    """A number that counts units of its last decimal, as text: `decimal(18205, 2)` is 182.05. Not negative."""
    whole, part = divmod(units, 10**decimals)
    return f"{whole}.{part:0{decimals}}"


def price(instrument: Instrument, ticks: int) -> str:
    return decimal(ticks * instrument.tick, instrument.decimals)
