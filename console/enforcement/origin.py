"""What a refused request said of itself: for the people who look into it, never for a decision."""

from typing import Final, NamedTuple
from urllib.parse import unquote

from console.enforcement.credentials import holds_key
from teams.texts import printable

LONGEST_PATH: Final = 200
LONGEST_USER_AGENT: Final = 160
"""Characters that are kept."""
HIDDEN: Final = "(not kept: it holds something of a key's shape)"


class Origin(NamedTuple):
    """A path without its query, and a `User-Agent`, both as the client chose to send them."""

    path: str
    user_agent: str


NO_ORIGIN: Final = Origin("", "")


def origin_of(path: str, user_agent: str) -> Origin:
    """Cut and cleaned of what cannot be shown. A query is dropped, and so is anything that could hold a key."""
    return Origin(_kept(path.partition("?")[0], LONGEST_PATH), _kept(user_agent, LONGEST_USER_AGENT))


def _kept(text: str, longest: int) -> str:
    text = text[: 8 * longest]
    if holds_key(text.encode("utf-8", "replace")) or holds_key(unquote(text).encode("utf-8", "replace")):
        return HIDDEN
    return printable(text)[:longest]
