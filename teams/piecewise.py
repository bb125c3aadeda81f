"""Deleting many rows in short transactions: on SQLite, whoever else writes waits for each."""

from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

AT_ONCE: Final = 2_000
"""Rows in one transaction."""


def delete_piecewise(rows: QuerySet[Any]) -> int:
    """Returns how many were deleted, the rows that go with them included."""
    deleted = 0
    while True:
        with transaction.atomic():
            ids = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
            number, _ = rows.filter(pk__in=ids).delete()
        deleted += number
        if len(ids) < AT_ONCE:
            return deleted
