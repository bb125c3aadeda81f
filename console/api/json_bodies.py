"""Reading JSON strictly (RFC 8259, with RFC 7493's I-JSON): what two readers could take for two things is refused.

Python's own reader lets a name that is given twice through, and NaN, and half of a surrogate pair.
"""

import json
from collections.abc import Iterable
from math import isfinite
from typing import Any, Final, NoReturn, cast

from django.http import HttpRequest
from ninja.parser import Parser

from console.api.errors import MALFORMED_REQUEST, Problem

DEEPEST: Final = 20
"""Levels of arrays and objects; nothing here needs more than three."""
LONGEST_NUMBER: Final = 30
"""Characters: enough for every number that a double or a 64-bit integer holds."""


class NotJson(ValueError):
    """The text is not JSON, or is so only to lenient readers. The message is for whoever sent it."""


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", read_json(request.body))
        except NotJson as error:
            raise Problem(MALFORMED_REQUEST, str(error)) from None


def read_json(body: bytes) -> Any:
    """The value. Raises `NotJson`; the text itself is not repeated, because it could hold a key."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotJson("The body is not UTF-8.") from None
    if text.startswith("\ufeff"):
        raise NotJson("The body begins with a byte order mark; leave it out.")
    try:
        value = _decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"The body is not JSON: {error.msg}, line {error.lineno} column {error.colno}.") from None
    except RecursionError:
        raise NotJson("The body is nested too deeply.") from None
    _check(value, 0)
    return value


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise NotJson("An object of the body has a name twice.")
    return found


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise NotJson("The body has a number that is too long.")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if len(text) > LONGEST_NUMBER or not isfinite(number):
        raise NotJson("The body has a number that is too large or too long.")
    return number


def _constant(name: str) -> NoReturn:
    raise NotJson(f"The body has {name}, which is not JSON.")


_decode: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
).decode


def _check(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise NotJson("The body is nested too deeply.")
    if isinstance(value, str):
        _check_text(value)
        return
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        inner = (*value, *value.values())
    elif isinstance(value, list):
        inner = value
    for each in inner:
        _check(each, depth + 1)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise NotJson("The body has the character NUL (\\u0000) in a text.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise NotJson("The body has half of a surrogate pair in a text.")
