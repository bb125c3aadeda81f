"""What the management API takes: nothing but what is known."""

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from console.api.cursors import DEFAULT_LIMIT, LARGEST_LIMIT, LONGEST_CURSOR
from console.api.values import (
    NO_NUL,
    Label,
    Moment,
    Name,
    Networks,
    Owner,
    Period,
    RateLimit,
    Reason,
    Scopes,
    ScopeText,
    Taken,
)

LEFT_OUT: Final[Any] = None
"""Of members that stay as they are, or as usual, unless they are sent: `model_fields_set` says which were."""


def _without_defaults(schema: dict[str, Any]) -> None:
    """Nothing that could be sent stands for what is left out."""
    for member in schema.get("properties", {}).values():
        if member.get("default", ...) is None:
            del member["default"]


def _with_at_least_one_member(schema: dict[str, Any]) -> None:
    _without_defaults(schema)
    schema["minProperties"] = 1


class Lifetime(Taken):
    """Until when something lives, in one of two ways."""

    expires_in: Period = Field(default=LEFT_OUT, description="How long from now: `90d`, `12h`, `30m` or `45s`.")
    expires_at: Moment = Field(default=LEFT_OUT, description="Until when. One of the two is enough.")

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)


class KeyToMake(Lifetime):
    """What is left out is as usual: a lifetime of 90 days or the team's longest if that is shorter, the owner of the
    key that calls, its networks and rate limit, and `datasets:read` as the scope."""

    name: Name = Field(description="What will use it. No two live keys of a team share a name.")
    owner: Owner = Field(default=LEFT_OUT)
    scopes: Scopes = Field(default=LEFT_OUT, description="What it may do: nothing that the key that calls may not.")
    networks: Networks | None = Field(
        default=None, description="The IDs of the networks that it is bound to; null for all."
    )
    rate_limit: RateLimit | None = Field(default=None, description="Requests per minute; null for no limit.")


class KeyToRotate(Lifetime):
    """All else is as with the key that is rotated, which works until somebody revokes it unless this says otherwise."""

    retire_in: Period = Field(default=LEFT_OUT, description="How long the old key works yet: `24h`.")
    reason: Reason = Field(default="", description="For the activity log.")


class KeyChange(Taken):
    """What is left out stays as it is."""

    name: Name = Field(default=LEFT_OUT)
    owner: Owner = Field(default=LEFT_OUT)
    networks: Networks | None = Field(
        default=None, description="The IDs of the networks that it is bound to; null for all."
    )
    rate_limit: RateLimit | None = Field(default=None, description="Requests per minute; null for no limit.")

    model_config = ConfigDict(extra="forbid", json_schema_extra=_with_at_least_one_member)


class Why(Taken):
    reason: Reason = Field(default="", description="For the list and the activity log.")


class Page(Taken):
    """Which page of a list."""

    cursor: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z_-]+$", max_length=LONGEST_CURSOR)] | None = Field(
        default=None,
        description="`next_cursor` of the page before this one. Repeat the other parameters.",
    )
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=LARGEST_LIMIT, description="How many are on a page at most.")


class KeyFilter(Page):
    status: Literal["active", "expiring", "expired", "disabled", "revoked"] | None = Field(
        default=None, description="Only keys of this status; `expiring` ones are not among the `active`."
    )
    name: Name | None = Field(default=None, description="Only keys whose name contains this, in whatever case.")


class SubnetToList(Lifetime):
    """Without an end it stays until it is removed."""

    network: Annotated[str, StringConstraints(min_length=2, max_length=60, pattern=NO_NUL)] = Field(
        description="An IP address, or a network in CIDR notation.", examples=["203.0.113.7", "2001:db8:7::/48"]
    )
    label: Label = ""
    accept_wide: StrictBool = Field(default=False, description="That a very large network is meant.")


class SubnetFilter(Page):
    address: Annotated[str, StringConstraints(min_length=2, max_length=45, pattern=NO_NUL)] | None = Field(
        default=None, description="Only networks that hold this address."
    )


class Removal(Taken):
    lock_me_out: Literal["true"] | None = Field(
        default=None, description="That the network is to go though this very request comes from it, and from no other."
    )


class ToVerify(Taken):
    """A key, and what somebody wants to do with it."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=NO_NUL)] = Field(
        description="The key as it was presented."
    )
    address: Annotated[str, StringConstraints(min_length=2, max_length=45, pattern=NO_NUL)] = Field(
        default=LEFT_OUT, description="The address it was presented from; if left out, that of this request."
    )
    scope: ScopeText = Field(default=LEFT_OUT, description="What it is to be used for.")

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)


class EventFilter(Page):
    actor: Annotated[str, StringConstraints(min_length=1, max_length=254, pattern=NO_NUL)] | None = Field(
        default=None, description="Only what was done by whoever has this in the name: a person, or the ID of a key."
    )
    object: Annotated[str, StringConstraints(min_length=1, max_length=254, pattern=NO_NUL)] | None = Field(
        default=None, description="Only what happened to the thing that has this ID, or this in its name."
    )
    kind: Annotated[str, StringConstraints(pattern="^[a-z_]+(\\.[a-z_]+)?$", max_length=48)] | None = Field(
        default=None, description="Only this kind of event, such as `key.revoked`, or all of an area, such as `key`."
    )
    since: Moment | None = Field(default=None, description="Only what happened then or later.")
    until: Moment | None = Field(default=None, description="Only what happened before.")
