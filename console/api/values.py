"""The values that the management API takes and gives, strictly: no number in quotes, no time without its offset."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StrictInt, StringConstraints, WithJsonSchema

from apikeys.names import LONGEST as LONGEST_NAME
from apikeys.network_binding import MOST_BOUND
from apikeys.rules import MOST_PER_MINUTE
from apikeys.scopes import LONGEST_DATASET, MOST
from ipsubnets.services import LONGEST_LABEL
from teams.public_ids import LENGTH

PUBLIC_ID: Final = f"^[0-9A-Za-z]{{{LENGTH}}}$"
SCOPE: Final = "^(datasets:read(:[a-z0-9]+(-[a-z0-9]+)*)?|keys:read|keys:write|subnets:read|subnets:write|audit:read)$"
NO_NUL: Final = "^[^\\u0000]*$"
"""Of texts that say for themselves what else is wrong with them. `console.api.json_bodies` refuses it anywhere."""
_MOMENT: Final = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("It is not an RFC 3339 time with its offset, such as 2027-03-01T14:30:00Z")
    whole, dot, rest = value.upper().replace("Z", "+00:00").partition(".")
    if dot:  # Python reads microseconds, and nothing here is finer
        digits = re.match("[0-9]+", rest)
        assert digits is not None  # noqa: S101 - for the type checker: the pattern has seen them
        whole = f"{whole}.{digits[0][:6]:0<6}{rest[digits.end() :]}"
    try:
        return datetime.fromisoformat(whole).astimezone(UTC)
    except (ValueError, OverflowError):  # the latter next to the first and the last year that there are
        raise ValueError("There is no such day") from None


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "RFC 3339, with its offset."}),
]
KeyId = Annotated[str, StringConstraints(pattern=PUBLIC_ID)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME, pattern=NO_NUL)]
Reason = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
ScopeText = Annotated[str, StringConstraints(pattern=SCOPE, max_length=len("datasets:read:") + LONGEST_DATASET)]
Scopes = Annotated[list[ScopeText], Field(min_length=1, max_length=MOST)]
Label = Annotated[str, StringConstraints(max_length=LONGEST_LABEL, pattern=NO_NUL)]
RateLimit = Annotated[StrictInt, Field(ge=1, le=MOST_PER_MINUTE)]
Networks = Annotated[list[KeyId], Field(min_length=1, max_length=MOST_BOUND)]
Period = Annotated[str, StringConstraints(pattern="^[1-9][0-9]{0,7}[dhms]$")]


class Taken(Schema):
    """What a request says: nothing but what is known."""

    model_config = ConfigDict(extra="forbid")


class MemberOwner(Taken):
    member: Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=NO_NUL)] = Field(
        description="The e-mail address of a member of the team."
    )


class GroupOwner(Taken):
    group: Annotated[str, StringConstraints(min_length=1, max_length=48, pattern=NO_NUL)] = Field(
        description="The slug of a group of the team."
    )


Owner = MemberOwner | GroupOwner
