"""Names of keys: what a team tells its keys apart by."""

import unicodedata
from typing import Final

from teams.texts import BadText, clean_line, seen

LONGEST: Final = 64
LONGEST_FOLDED: Final = LONGEST * 8


class BadName(BadText):
    """The name cannot be used. The message is for the person who chose it."""


def clean_name(text: str) -> str:
    """The name with its white space tidied, in Unicode normal form C. Raises `BadName`."""
    try:
        name = clean_line(text, longest=LONGEST, what="name", field="name")
    except BadText as error:
        raise BadName(error.message, field="name") from None
    if not name:
        raise BadName("Give the key a name, such as “Backtesting-Alpha-Bot”.", field="name")
    if len(folded(name)) > LONGEST_FOLDED:
        raise BadName("The name is too long once its ligatures are written out; shorten it.", field="name")
    return name


def folded(name: str) -> str:
    """What two names share when a reader would call them the same: nothing invisible, NFKC, case folded.

    Letters of different scripts stay different, however alike they look.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen(name)).casefold())
