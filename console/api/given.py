"""What the management API answers with: the models that its OpenAPI document is made of."""

from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from console.api.values import KeyId, Owner


class Given(Schema):
    """What an answer says. Programs have to bear with further members."""


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
    networks: list[str] | None = Field(
        description="The IDs of the networks that it is bound to; null for all that the team lists, now and later."
    )
    rate_limit: int | None = Field(description="Requests per minute; null for no limit.")
    created_at: str
    created_by: str
    expires_at: str
    disabled: Stopped | None
    revoked: Stopped | None
    retires_at: str | None = Field(description="When it is revoked by itself, as planned when it was rotated.")
    predecessor: KeyId | None = Field(description="The key that this one was rotated from.")
    last_used_at: str | None = Field(description="To within a few seconds. Not covered by the ETag.")
    last_used_from: str | None


class NewKey(Key):
    key: str = Field(description="The key itself: in this answer, and never again.")


class KeyPage(Given):
    keys: list[Key]
    next_cursor: str | None


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


class VerifiedKey(Given):
    id: KeyId
    name: str
    scopes: list[str]
    expires_at: str


class Verdict(Given):
    """What the gate says of it."""

    allowed: bool
    code: str | None = Field(description="Why not: the `code` that the gate would refuse such a request with.")
    reason: str | None
    address: str = Field(description="The address that was judged.")
    key: VerifiedKey | None = Field(description="Which key it is, if it is one of the team's.")


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
