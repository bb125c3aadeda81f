"""What the management API takes and gives: the models that its OpenAPI document is made of.

Strict where a lenient reader would guess: no number in quotes, no member that is not known, no time without its offset.
"""

import re
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StrictInt, StringConstraints, WithJsonSchema

from apikeys.names import LONGEST as LONGEST_NAME
from apikeys.rules import MOST_PER_MINUTE
from apikeys.scopes import LONGEST_DATASET, MOST
from console.api.cursors import DEFAULT_LIMIT, LARGEST_LIMIT, LONGEST_CURSOR
from teams.public_ids import LENGTH

PUBLIC_ID: Final = f"^[0-9A-Za-z]{{{LENGTH}}}$"
SCOPE: Final = "^(datasets:read(:[a-z0-9]+(-[a-z0-9]+)*)?|keys:read|keys:write|subnets:read|subnets:write|audit:read)$"
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
        return datetime.fromisoformat(whole)
    except ValueError:
        raise ValueError("There is no such day") from None


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "RFC 3339, with its offset."}),
]
KeyId = Annotated[str, StringConstraints(pattern=PUBLIC_ID)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
Reason = Annotated[str, StringConstraints(max_length=200)]
ScopeText = Annotated[str, StringConstraints(pattern=SCOPE, max_length=len("datasets:read:") + LONGEST_DATASET)]
Scopes = Annotated[list[ScopeText], Field(min_length=1, max_length=MOST)]
RateLimit = Annotated[StrictInt, Field(ge=1, le=MOST_PER_MINUTE)]
Period = Annotated[str, StringConstraints(pattern="^[1-9][0-9]{0,7}[dhms]$")]


class Taken(Schema):
    """What a request says: nothing but what is known."""

    model_config = ConfigDict(extra="forbid")


class Given(Schema):
    """What an answer says. Programs have to bear with further members."""


def _without_default(schema: dict[str, Any]) -> None:
    """For members that may be left out: there is no value that stands for that."""
    for member in schema.get("properties", {}).values():
        if member.get("default", ...) is None:
            del member["default"]


class MemberOwner(Taken):
    member: Annotated[str, StringConstraints(min_length=3, max_length=254)] = Field(
        description="The e-mail address of a member of the team."
    )


class GroupOwner(Taken):
    group: Annotated[str, StringConstraints(min_length=1, max_length=48)] = Field(
        description="The slug of a group of the team."
    )


Owner = MemberOwner | GroupOwner


class Stopped(Given):
    """Since when, by whom and why a key does not answer."""

    at: str
    by: str
    reason: str


class Key(Given):
    """An API key, without the key itself."""

    id: KeyId
    name: str
    hint: str = Field(description="What a list shows of it: its public part.")
    status: Literal["active", "expiring", "expired", "disabled", "revoked"]
    owner: Owner
    owner_name: str
    scopes: list[str]
    rate_limit: int | None = Field(description="Requests per minute; null for no limit.")
    created_at: str
    created_by: str
    expires_at: str
    disabled: Stopped | None
    revoked: Stopped | None
    predecessor: KeyId | None = Field(description="The key that this one was rotated from.")
    last_used_at: str | None = Field(description="To within a few seconds. Not covered by the ETag.")
    last_used_from: str | None


class NewKey(Key):
    key: str = Field(description="The key itself: in this answer, and never again.")


class KeyPage(Given):
    keys: list[Key]
    next_cursor: str | None


class Page(Taken):
    """Which page of a list."""

    cursor: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z_-]+$", max_length=LONGEST_CURSOR)] | None = Field(
        None, description="`next_cursor` of the page before this one. The other parameters must be as they were."
    )
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=LARGEST_LIMIT, description="How many there are on a page at most.")


class KeyFilter(Page):
    status: Literal["active", "expiring", "expired", "disabled", "revoked"] | None = Field(
        None, description="Only keys of this status; `expiring` ones are not among the `active`."
    )
    name: Name | None = Field(None, description="Only keys whose name contains this, in whatever case.")


class Subnet(Given):
    """A network that requests may come from."""

    id: KeyId
    network: str
    label: str
    status: Literal["active", "ending", "ended"]
    created_at: str
    created_by: str
    expires_at: str | None
    on_trial_until: str | None = Field(description="When a change on trial takes itself back, unless confirmed.")


class SubnetPage(Given):
    subnets: list[Subnet]
    next_cursor: str | None


class SubnetFilter(Page):
    address: Annotated[str, StringConstraints(min_length=2, max_length=45)] | None = Field(
        None, description="Only networks that hold this address."
    )


class Member(Given):
    email: str
    name: str
    role: Literal["admin", "developer", "ops", "viewer"]
    joined_at: str
    groups: list[str] = Field(description="The slugs of the groups that the person is in.")


class MemberPage(Given):
    members: list[Member]
    next_cursor: str | None


class Group(Given):
    slug: str
    name: str
    created_at: str
    members: list[str] = Field(description="The e-mail addresses of the people in it.")


class GroupPage(Given):
    groups: list[Group]
    next_cursor: str | None


class Event(Given):
    """One link of the team's audit chain."""

    seq: int
    at: str
    kind: str
    sentence: str = Field(description="The event in words.")
    actor: str
    actor_address: str
    via: str = Field(description="`console`, `api`, `command line` or `housekeeping`.")
    request_id: str
    object_id: str
    object_name: str
    details: dict[str, Any]
    hash: str


class EventPage(Given):
    events: list[Event]
    next_cursor: str | None


class EventFilter(Page):
    actor: Annotated[str, StringConstraints(min_length=1, max_length=254)] | None = Field(
        None, description="Only what was done by whoever has this in the name: a person, or the ID of a key."
    )
    object: Annotated[str, StringConstraints(min_length=1, max_length=254)] | None = Field(
        None, description="Only what happened to the thing that has this ID, or this in its name."
    )
    kind: Annotated[str, StringConstraints(pattern="^[a-z_]+(\\.[a-z_]+)?$", max_length=48)] | None = Field(
        None, description="Only this kind of event, such as `key.revoked`, or all of an area, such as `key`."
    )
    since: Moment | None = Field(None, description="Only what happened then or later.")
    until: Moment | None = Field(None, description="Only what happened before.")
