"""What a password is refused for beyond its length and its fame."""

from itertools import pairwise
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError

FEWEST: Final = 5
"""Different characters, and different steps from one to the next."""


class VarietyValidator:
    """Refuses repetitive and sequential characters (NIST SP 800-63B, 5.1.1.2): `aaaaaaaaaaaa`, `abcdefghijkl`."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:  # noqa: ARG002
        plain = password.casefold()
        steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
        if min(len(set(plain)), len(steps)) < FEWEST:
            raise ValidationError(
                "This password repeats itself, or counts up or down.", code="password_without_variety"
            )

    def get_help_text(self) -> str:
        return "Your password can’t repeat a few characters or be a sequence of them."
