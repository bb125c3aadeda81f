"""iCalendar (RFC 5545): as much of it as events without duration need."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

LONGEST_LINE: Final = 75
"""Octets, without the line break (3.1)."""
PRODUCT: Final = "-//Gatehouse//Key expiries//EN"


@dataclass(frozen=True, slots=True)
class Event:
    uid: str
    """The same for the same thing each time, and globally unique (3.8.4.7)."""
    at: datetime
    summary: str
    description: str
    url: str


def calendar(name: str, events: Iterable[Event], *, now: datetime) -> str:
    """The whole calendar object, lines folded and ended by CRLF. `now` becomes each event's DTSTAMP."""
    return "".join(f"{_folded(line)}\r\n" for line in _lines(name, events, now))


def _lines(name: str, events: Iterable[Event], now: datetime) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield f"PRODID:{PRODUCT}"
    yield "CALSCALE:GREGORIAN"
    yield "METHOD:PUBLISH"
    yield f"NAME:{_text(name)}"
    yield f"X-WR-CALNAME:{_text(name)}"
    yield "REFRESH-INTERVAL;VALUE=DURATION:PT1H"
    for event in events:
        yield "BEGIN:VEVENT"
        yield f"UID:{_text(event.uid)}"
        yield f"DTSTAMP:{_moment(now)}"
        yield f"DTSTART:{_moment(event.at)}"
        yield f"SUMMARY:{_text(event.summary)}"
        yield f"DESCRIPTION:{_text(event.description)}"
        yield f"URL:{event.url}"
        yield "TRANSP:TRANSPARENT"
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield "TRIGGER:-P1D"
        yield f"DESCRIPTION:{_text(event.summary)}"
        yield "END:VALARM"
        yield "END:VEVENT"
    yield "END:VCALENDAR"


def _moment(moment: datetime) -> str:
    """Form 2 of 3.3.5: UTC."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """A value of type TEXT (3.3.11): escaped, and without the control characters that no line may hold."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = escaped.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\\n".join("".join(c for c in line if c >= " " and c != "\x7f") for line in lines)


def _folded(line: str) -> str:
    """No longer than 75 octets each, and no character cut in two (3.1)."""
    pieces, piece, octets = [], "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > LONGEST_LINE:
            pieces.append(piece)
            piece, octets = "", 1  # the space that begins the next line
        piece += character
        octets += size
    return "\r\n ".join([*pieces, piece])
