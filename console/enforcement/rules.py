"""The rules of the gate, each a small pure function: None when it has nothing against the request."""

from hmac import compare_digest
from typing import Final

from console.enforcement.decision import Code, KeyPolicy, Reason, TeamPolicy
from console.enforcement.keyed_hash import KeyedHash
from console.enforcement.needs import Need
from ipsubnets.addresses import Address
from ipsubnets.ranges import AddressRanges

NOBODY: Final = KeyPolicy(
    id="",
    name="",
    team_id=0,
    digest=bytes(32),
    pepper=KeyedHash(bytes(32)),
    expires_at=0.0,
    disabled=True,
    revoked=True,
    answer_headers=(),
    forward_auth_headers=(),
)
"""Stands in for a key that does not exist, so that an unknown id costs what a wrong secret costs."""


def secret_matches(presented: str, key: KeyPolicy) -> bool:
    """In time that does not depend on where the two differ."""
    return compare_digest(key.pepper.digest(presented.encode("ascii")), key.digest)


def unusable(key: KeyPolicy, team: TeamPolicy, now: float) -> Reason | None:
    """`now` in seconds since the epoch. What cannot be undone is said first."""
    if key.revoked or now >= key.retires_at:
        return Reason.REVOKED
    if now >= key.expires_at:
        return Reason.EXPIRED
    if key.disabled:
        return Reason.DISABLED
    if team.suspended:
        return Reason.TEAM_SUSPENDED
    return None


def address_allowed(address: Address | None, team: TeamPolicy, own: AddressRanges | None) -> bool:
    """An address that is not known is not allowed. A narrowed key's `own` networks only narrow the team's."""
    return address is not None and address in team.networks and (own is None or address in own)


def unmet(need: Need, key: KeyPolicy, team: TeamPolicy) -> Code | None:
    """The key's scopes come first: what it may not ask for, its team's subscriptions are not told of."""
    if need.scope not in key.scopes:
        return Code.INSUFFICIENT_SCOPE
    dataset = need.dataset
    if dataset:
        if key.datasets is not None and dataset not in key.datasets:
            return Code.INSUFFICIENT_SCOPE
        if dataset not in team.datasets:
            return Code.NOT_SUBSCRIBED
    return None
