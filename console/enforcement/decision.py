"""What the gate knows, what it is asked, and what it answers. All of it immutable."""

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Final, NamedTuple

from console.enforcement.keyed_hash import KeyedHash
from console.enforcement.needs import Need
from ipsubnets.addresses import Address
from ipsubnets.ranges import AddressRanges


class Code(StrEnum):
    """The `code` of a problem document. The strings are contract."""

    POLICY_UNAVAILABLE = "policy_unavailable"
    MISSING_API_KEY = "missing_api_key"
    INVALID_API_KEY = "invalid_api_key"
    IP_NOT_ALLOWED = "ip_not_allowed"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    NOT_SUBSCRIBED = "not_subscribed"
    RATE_LIMITED = "rate_limited"


class Reason(StrEnum):
    """Why a key whose secret is right cannot be used. The strings are contract."""

    EXPIRED = "expired"
    DISABLED = "disabled"
    REVOKED = "revoked"
    TEAM_SUSPENDED = "team_suspended"


class Credential(NamedTuple):
    """What a request presents. `key` is None when it presents nothing, or nothing that could be a key."""

    key: str | None
    given: bool
    in_url: bool = False

    def __repr__(self) -> str:
        return f"Credential(given={self.given}, in_url={self.in_url})"


NO_CREDENTIAL: Final = Credential(None, given=False)
MALFORMED_CREDENTIAL: Final = Credential(None, given=True)


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """A key as the gate needs it. Times are seconds since the epoch."""

    id: str
    name: str
    team_id: int
    digest: bytes = field(repr=False)
    pepper: KeyedHash = field(repr=False)
    expires_at: float
    disabled: bool
    revoked: bool
    answer_headers: tuple[tuple[bytes, bytes], ...]
    """What goes with every answer to a request that is let through: until when the key works."""
    forward_auth_headers: tuple[tuple[bytes, bytes], ...]
    """What `/authz` answers to such a request: these too, and who is calling."""
    scopes: frozenset[str] = frozenset()
    """Without what they are narrowed to."""
    datasets: frozenset[str] | None = None
    """What `datasets:read` is narrowed to, if it is."""
    rate_limit: int | None = None
    """Requests per minute."""
    narrowed: bool = False
    """Whether it is bound to some of its team's networks: see `TeamPolicy.own_networks`."""
    retires_at: float = inf
    """From then on it is revoked."""


@dataclass(frozen=True, slots=True)
class TeamPolicy:
    """A team as the gate needs it. Right until `right_until`, when the next network or subscription begins or ends."""

    id: int
    slug: str
    suspended: bool
    networks: AddressRanges
    right_until: float
    datasets: frozenset[str] = frozenset()
    """What it is subscribed to."""
    observes_until: float = 0.0
    """Until when addresses outside of its networks are let through."""
    own_networks: dict[str, AddressRanges] = field(default_factory=dict, repr=False, compare=False)
    """Of its narrowed keys, by their ids, as far as they have been asked for: read after the team was, and forgotten
    with it, so that they are never older than its networks."""


@dataclass(frozen=True, slots=True)
class RateState:
    """Where a key stands in its current minute. `resets_in` is in seconds."""

    limit: int
    remaining: int
    resets_in: int
    exceeded: bool

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10)."""
        return (
            ("RateLimit-Policy", f'"key";q={self.limit};w=60'),
            ("RateLimit", f'"key";r={self.remaining};t={self.resets_in}'),
        )


class Decision(NamedTuple):
    """The answer to one request. `key` is the key whose secret was right, whatever became of the request.

    A tuple, because one is made for each request, and a frozen dataclass takes three times as long to make.
    """

    code: Code | None
    key: KeyPolicy | None = None
    address: Address | None = None
    team: TeamPolicy | None = None
    need: Need | None = None
    reason: Reason | None = None
    detail: str = ""
    given: bool = True
    rate: RateState | None = None
    observed: bool = False
    """Whether the address would have been refused, did the team not only observe."""

    @property
    def allowed(self) -> bool:
        return self.code is None

    @property
    def datasets(self) -> frozenset[str]:
        """Those that the team is subscribed to and the key may read."""
        if self.key is None or self.team is None:
            return frozenset()
        narrowed = self.key.datasets
        return self.team.datasets if narrowed is None else self.team.datasets & narrowed
