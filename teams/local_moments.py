"""A moment typed as a date and a time of day, in the person's time zone."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone


class MomentInput(forms.DateTimeInput):
    """A native picker of a date and a time; its value is in ISO 8601, whatever the language of the page."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class LocalMomentField(forms.Field):
    """Becomes an aware `datetime`.

    A time that the clocks skip on that day is refused. Of one that comes twice, when they are put back, the later is
    meant: nothing happens before the time that somebody read on a clock.
    """

    widget = MomentInput
    default_error_messages = {
        "invalid": "Write a date and a time, such as 2026-11-30T18:00.",
        "skipped": "The clocks are put forward then: on that day, %(clock)s does not come. Choose another time.",
    }

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            moment = value if isinstance(value, datetime) else _read(str(value).strip())
            return moment if moment.tzinfo else self._in_current_zone(moment)
        except (ValueError, OverflowError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        return timezone.localtime(value).replace(tzinfo=None) if isinstance(value, datetime) else value

    def _in_current_zone(self, naive: datetime) -> datetime:
        later = naive.replace(tzinfo=timezone.get_current_timezone(), fold=1)
        there_and_back = later.astimezone(UTC).astimezone(later.tzinfo)
        if there_and_back.replace(tzinfo=None) != naive:
            clock = {"clock": f"{naive:%H:%M}"}
            raise ValidationError(self.error_messages["skipped"], code="skipped", params=clock)
        return later


def _read(text: str) -> datetime:
    """Raises `ValueError`, also for a date without a time, which is no moment."""
    if len(text) <= len("2026-11-30"):
        raise ValueError(text)
    return datetime.fromisoformat(text)
