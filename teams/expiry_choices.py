"""A moment chosen by its distance ("in 90 days") or by a date, in the person's time zone."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

BY_DATE = "date"


def end_of_day(day: date) -> datetime:
    """The last second of a day in the current time zone."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=timezone.get_current_timezone())


def chosen_moment(choice: str, day: date | None, distances: dict[str, timedelta]) -> datetime | None:
    """None when the date was chosen but not given."""
    if choice == BY_DATE:
        return end_of_day(day) if day else None
    return timezone.now() + distances[choice]


class DateInput(forms.DateInput):
    """A native date picker; its value is in ISO 8601, whatever the language of the page."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ByDateForm(forms.Form):
    """A form in which a moment is chosen: by its distance in the field `choice`, or by the date in the field `date`."""

    choice_field = "ends"
    date_field = "ends_on"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = cleaned.get(self.choice_field)
        if chosen == BY_DATE and self.date_field not in self.errors:
            require_future(self.date_field, cleaned.get(self.date_field))
        if chosen not in {None, BY_DATE}:
            # What was typed there before something else was chosen is neither shown nor meant any more.
            self.errors.pop(self.date_field, None)
        return cleaned


def require_future(field: str, day: date | None) -> None:
    """Raises `ValidationError` on `field` for a day that is missing or over."""
    if day is None:
        raise ValidationError({field: "Choose a date."})
    if end_of_day(day) <= timezone.now():
        raise ValidationError({field: "Choose a date in the future."})
