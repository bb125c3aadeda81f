"""How long a key or a network is to live, as a request says it."""

from datetime import datetime

from django.utils import timezone

from console.api.errors import invalid
from console.api.taken import Lifetime
from teams.durations import parse_duration


def chosen_end(body: Lifetime) -> datetime | None:
    """None where nothing is said. Raises `Problem` for what is said in two ways, or is too long for any calendar."""
    if {"expires_at", "expires_in"} <= body.model_fields_set:
        raise invalid([{"field": "expires_in", "detail": "Give either expires_in or expires_at."}])
    if "expires_at" in body.model_fields_set:
        return body.expires_at
    if "expires_in" not in body.model_fields_set:
        return None
    try:
        return timezone.now() + parse_duration(body.expires_in)
    except ValueError as error:
        raise invalid([{"field": "expires_in", "detail": str(error)}]) from None
