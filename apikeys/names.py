"""Names of keys: any script and emoji, but nothing invisible that makes two names look alike or reads backwards."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 64
_BIDI_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINERS: Final = frozenset("\u200c\u200d")


class BadName(ValueError):
    """The name cannot be used. The message is for the person who chose it."""


def clean_name(text: str) -> str:
    """The name with its white space tidied, in Unicode normal form C. Raises `BadName`."""
    name = unicodedata.normalize("NFC", re.sub(r"\s+", " ", text).strip())
    if not name:
        raise BadName("Give the key a name, such as “Backtesting-Alpha-Bot”.")
    if len(name) > LONGEST:
        raise BadName(f"A name has at most {LONGEST} characters; this one has {len(name):,}.")
    if any(character in _BIDI_CONTROLS for character in name):
        raise BadName("The name holds an invisible character that changes the writing direction; leave it out.")
    if any(unicodedata.category(c)[0] == "C" and c not in _JOINERS for c in name):
        raise BadName("The name holds a control character; leave it out.")
    return name


def folded(name: str) -> str:
    """What two names share when a reader would call them the same: NFKC, case folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
