"""How long a key or a network is to live, as a request says it."""

from datetime import datetime, timedelta

from django.utils import timezone

from apikeys.retirement import BY_HAND, Retirement
from console.api.errors import invalid
from console.api.taken import KeyToRotate, Lifetime
from teams.durations import parse_duration


def chosen_end(body: Lifetime) -> datetime | None:
    """None where nothing is said. Raises `Problem` for what is said in two ways, or is too long for any calendar."""
    if {"expires_at", "expires_in"} <= body.model_fields_set:
        raise invalid([{"field": "expires_in", "detail": "Give either expires_in or expires_at."}])
    if "expires_at" in body.model_fields_set:
        return body.expires_at
    if "expires_in" not in body.model_fields_set:
        return None
    return timezone.now() + _length("expires_in", body.expires_in)


def chosen_retirement(body: KeyToRotate) -> Retirement:
    """What becomes of the old key. Raises `Problem` as above."""
    if "retire_in" in body.model_fields_set:
        return Retirement(at=timezone.now() + _length("retire_in", body.retire_in))
    return BY_HAND


def _length(field: str, text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise invalid([{"field": field, "detail": str(error)}]) from None
