"""One line of text that a person typed: any script and emoji, nothing invisible that misleads whoever reads it later.

Such lines end up in lists, in terminals (`manage.py … list`) and in the audit trail, so what steers a terminal or turns
the writing direction round is refused where it comes in.
"""

import re
import unicodedata
from typing import Final

from teams.errors import Mistyped

BIDI_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
JOINERS: Final = frozenset("\u200c\u200d")
"""Invisible, but several scripts and most emoji of people cannot be written without them."""
VARIATION_SELECTORS: Final = frozenset(
    map(chr, (*range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
BLANKS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Fillers, and the blank of Braille: no white space to Unicode, and yet there is nothing to see."""
FORBIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Co", "Cs"})
"""Not `Cn`: what this Python's Unicode tables do not know yet is, more often than not, a newer emoji."""


class BadText(Mistyped):
    """The text cannot be used. The message is for the person who typed it."""


def clean_line(text: str, *, longest: int, what: str, field: str) -> str:
    """The text with its white space tidied, in Unicode normal form C; empty if nothing of it can be seen.

    `longest` is in characters; `what` names the text in the message of the `BadText` that is raised on `field`.
    """
    if len(text) > 16 * longest:  # before normalising, which takes quadratic time for some texts
        raise BadText(_too_long(what, longest, len(text)), field=field)
    line = unicodedata.normalize("NFC", re.sub(r"\s+", " ", text).strip())
    if len(line) > longest:
        raise BadText(_too_long(what, longest, len(line)), field=field)
    for character in line:
        if character in BIDI_CONTROLS:
            message = f"The {what} holds an invisible character that changes the writing direction; leave it out."
            raise BadText(message, field=field)
        if character in BLANKS:
            raise BadText(f"The {what} holds a character that shows nothing; leave it out.", field=field)
        if not _is_text(character):
            raise BadText(f"The {what} holds a control character; leave it out.", field=field)
    return line if seen(line).strip() else ""


def seen(text: str) -> str:
    """The text without what joins and varies its characters: what remains is what a reader tells texts apart by."""
    return "".join(character for character in text if character not in JOINERS | VARIATION_SELECTORS)


def printable(text: str) -> str:
    """The text with everything dropped that `clean_line` refuses, for where a refusal would do more harm."""
    kept = (c for c in " ".join(text.split()) if c not in BIDI_CONTROLS and c not in BLANKS and _is_text(c))
    return " ".join("".join(kept).split())


def _is_text(character: str) -> bool:
    if character in JOINERS:
        return True
    noncharacter = ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF
    return not noncharacter and unicodedata.category(character) not in FORBIDDEN_CATEGORIES


def _too_long(what: str, longest: int, length: int) -> str:
    return f"A {what} has at most {longest} characters; this one has {length:,}."
