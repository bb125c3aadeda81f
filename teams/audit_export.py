"""The audit trail as files: JSON Lines for programs, CSV for spreadsheets."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC
from io import StringIO
from typing import Any, Final

from django.db.models import QuerySet
from django.forms.models import model_to_dict

from teams import audit
from teams.models import AuditEvent

AT_ONCE: Final = 500
"""Events that are read, and written, together."""

COLUMNS: Final = ("time", "team", "who", "what", "kind", "object", "object_id", "from", "via", "request_id", "details")
STARTS_A_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠")
BYTE_ORDER_MARK: Final = "\ufeff"


def as_json_lines(events: QuerySet[AuditEvent]) -> Iterator[str]:
    """Oldest first, each with all of its columns, so that whoever has the file can verify the chain."""
    for some in _in_order(events):
        yield "".join(json.dumps(_record(event), ensure_ascii=False) + "\n" for event in some)


def as_csv(events: QuerySet[AuditEvent]) -> Iterator[str]:
    """RFC 4180, oldest first. A byte order mark, or Excel would not take it for UTF-8; times are in UTC."""
    yield BYTE_ORDER_MARK + _rows([COLUMNS])
    for some in _in_order(events):
        yield _rows([tuple(map(harmless, _cells(event))) for event in some])


def harmless(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula, and run, gets an apostrophe before it (as OWASP advises)."""
    return f"'{cell}" if cell.lstrip(" ")[:1] in STARTS_A_FORMULA and cell.strip(" ") else cell


def _in_order(events: QuerySet[AuditEvent]) -> Iterator[list[AuditEvent]]:
    """Read piece by piece, each by a query of its own: a stream's pieces may be made in different threads.

    Events of a chain are only ever added at its end, so nothing is read twice and nothing is missed.
    """
    last = 0
    while some := list(events.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield some
        last = some[-1].pk


def _record(event: AuditEvent) -> dict[str, Any]:
    return model_to_dict(event) | {"at": event.at.isoformat(), "sentence": audit.sentence(event)}


def _cells(event: AuditEvent) -> tuple[str, ...]:
    return (
        event.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        event.team_name,
        event.actor_name,
        audit.sentence(event),
        event.kind,
        event.object_name,
        event.object_id,
        event.actor_address,
        event.via,
        event.request_id,
        json.dumps(event.details, ensure_ascii=False) if event.details else "",
    )


def _rows(rows: list[tuple[str, ...]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
