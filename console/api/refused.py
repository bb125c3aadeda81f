"""What a service refused, as a problem document: which field of the request it is about, or that there is none."""

from typing import Final

from console.api.errors import CONFLICT, MORE_THAN_ITSELF, Problem, invalid
from teams.errors import RefusedChange

_FIELDS: Final = {
    "expires_on": "expires_at",
    "ends_on": "expires_at",
    "heir": "owner",
    "retire_on": "retire_in",
    "retire": "retire_in",
}
"""Fields of forms that the API calls something else."""


class MoreThanItself(RefusedChange):
    """A key was to give what it has not itself."""


def problem_of(refused: RefusedChange) -> Problem:
    if isinstance(refused, MoreThanItself):
        errors = [{"field": refused.field, "detail": refused.message}] if refused.field else []
        return Problem(MORE_THAN_ITSELF, refused.message, errors=errors)
    if refused.field:
        return invalid([{"field": _FIELDS.get(refused.field, refused.field), "detail": refused.message}])
    return Problem(CONFLICT, refused.message)
