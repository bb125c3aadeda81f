"""System check: the sample API is not served without the gate in front of it."""

from collections.abc import Sequence
from typing import Final

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

GATE: Final = "console.middleware.GateMiddleware"


@register
def check_gate_is_first(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:  # noqa: ARG001
    """E301 when the gate's middleware is missing, or something could answer a request before it."""
    if list(settings.MIDDLEWARE[:1]) == [GATE]:
        return []
    placed = "not the first of MIDDLEWARE" if GATE in settings.MIDDLEWARE else "missing from MIDDLEWARE"
    return [
        Error(
            f"The gate is {placed}: the API would be answered without it.",
            hint=f"Begin MIDDLEWARE with {GATE!r}.",
            id="gatehouse.E301",
        )
    ]
