"""One refused request in words: the rule that decided, what it looked at, and whether it would still decide so."""

from dataclasses import dataclass
from typing import Final

from apikeys.network_binding import live_bound_subnet_covering
from console.enforcement.decision import Code
from console.enforcement.refusals import ERRORS, REASON_DETAILS
from console.enforcement.refused import NARROWED, OBSERVED
from console.models import RefusedRequest
from ipsubnets.addresses import Address, parse_address
from ipsubnets.models import IPSubnet
from ipsubnets.selectors import live_subnet_covering

RULES: Final = {
    Code.IP_NOT_ALLOWED: "The address has to be in one of the account's networks. It was in none.",
    Code.INVALID_API_KEY: "The secret was right; a key has to be usable too.",
    Code.INSUFFICIENT_SCOPE: "The key has to have the scope that the request needs.",
    Code.NOT_SUBSCRIBED: "The team has to be subscribed to the dataset that is asked for.",
    Code.RATE_LIMITED: "The key may make only so many requests in a minute, and had made them.",
}
NO_ADDRESS: Final = (
    "No address could be judged: a proxy sent an X-Forwarded-For that cannot be read, or the connection had none."
)

KEY_NARROWED: Final = (
    "The address has to be in one of the networks that the key is bound to. It was in one of the account's networks, "
    "but in none of the key's."
)

OBSERVED_NARROWED: Final = (
    "The address has to be in one of the account's networks, and in one of those that the key is bound to."
)


@dataclass(frozen=True)
class Explanation:
    sentence: str
    rule: str
    networks: list[str]
    """The ranges nearest to the address, of those that it was compared with."""
    left_out: int
    compared: bool
    nothing: str
    """Said in place of networks where there were none."""
    now: str


def explain(found: RefusedRequest) -> Explanation:
    networks = found.networks.splitlines()
    return Explanation(
        sentence=_sentence(found),
        rule=_rule(found),
        networks=networks,
        left_out=found.network_count - len(networks),
        nothing="no network was left to the key" if found.reason == NARROWED else "the account listed no networks",
        compared=found.code == Code.IP_NOT_ALLOWED and bool(found.address),
        now=_now(found),
    )


def _sentence(found: RefusedRequest) -> str:
    if found.reason == OBSERVED:
        return "Let through, because the team only observed: otherwise 403 IP address not allowed"
    entry = ERRORS.get(found.code)
    return f"{entry.status} {entry.title}" if entry else found.code


def _rule(found: RefusedRequest) -> str:
    if found.code == Code.IP_NOT_ALLOWED and not found.address:
        return NO_ADDRESS
    if found.reason == NARROWED:
        return KEY_NARROWED
    if found.reason == OBSERVED and found.key.narrowed:
        return OBSERVED_NARROWED
    reasons = {str(reason): detail for reason, detail in REASON_DETAILS.items()}
    rules = {str(code): rule for code, rule in RULES.items()}
    words = [rules.get(found.code, ""), reasons.get(found.reason, "")]
    return " ".join(filter(None, words))


def _now(found: RefusedRequest) -> str:
    if found.code == Code.INVALID_API_KEY:
        return f"The key is {found.key.status_label.lower()}."
    address = parse_address(found.address)
    covering = live_subnet_covering(found.team, address) if address else None
    if covering is not None and found.key.narrowed:
        return _now_for_narrowed(found, address, covering)
    if covering is not None:
        return f"The address is in {covering}."
    return "The address is in none of the account's networks."


def _now_for_narrowed(found: RefusedRequest, address: Address | None, covering: IPSubnet) -> str:
    own = live_bound_subnet_covering(found.key, address) if address else None
    if own is not None:
        return f"The address is in {own}, which the key is bound to."
    return f"The address is in {covering}, but the key is bound to other networks."
