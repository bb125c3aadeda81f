"""A decision as an answer: status, headers and problem document."""

from dataclasses import dataclass, field
from typing import Final

from console.enforcement.decision import Code, Decision, Reason
from console.problems import CONTENT_TYPE, problem_document

RETRY_POLICY_AFTER: Final = "5"


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One row of the contract's table, as the answer and the console's page for `type` tell it."""

    code: str
    status: int
    title: str
    explanation: list[str] = field(default_factory=list)
    reasons: list[tuple[str, str]] = field(default_factory=list)


ERRORS: Final = {
    str(entry.code): entry
    for entry in (
        ErrorEntry(
            Code.POLICY_UNAVAILABLE,
            503,
            "Policy unavailable",
            [
                "Gatehouse cannot reach its database and what it remembers is too old to be trusted, so it refuses "
                "every request rather than guess.",
                "Nothing is wrong with your key. Try again after the time in the Retry-After header; if it lasts, "
                "tell whoever runs this Gatehouse.",
            ],
        ),
        ErrorEntry(
            Code.MISSING_API_KEY,
            401,
            "API key missing",
            [
                "The request carries no API key. Send it in a header, in one of the two ways: "
                "“Authorization: Bearer <key>” or “X-API-Key: <key>”.",
                "A key in the URL is never read, because URLs end up in logs and histories. If yours has been sent "
                "that way, rotate it.",
            ],
        ),
        ErrorEntry(
            Code.INVALID_API_KEY,
            401,
            "API key invalid",
            [
                "The request carries something that is not a usable key. Look for a key that was cut short, mistyped, "
                "sent twice or sent in two headers at once, and for a scheme other than Bearer.",
                "If the key itself is right, the answer holds a “reason”; the console shows the key's status, and who "
                "changed it, when and why.",
            ],
            [
                (Reason.EXPIRED.value, "Its expiration date has passed. Generate a new key."),
                (
                    Reason.DISABLED.value,
                    "Somebody has disabled it; an admin of the team can enable it again.",
                ),
                (Reason.REVOKED.value, "It was revoked or deleted, for good. Generate a new key."),
                (
                    Reason.TEAM_SUSPENDED.value,
                    "The whole team is suspended. Ask whoever runs this Gatehouse.",
                ),
            ],
        ),
        ErrorEntry(
            Code.IP_NOT_ALLOWED,
            403,
            "IP address not allowed",
            [
                "The key is good, but the request came from an address that is in none of the team's networks. The "
                "“ip” in the answer is the address that was judged.",
                "Add that address, or the network it is in, under Profile Settings → Team Authorization → IP Subnets. "
                "It counts with the very next request.",
                "If “ip” is the address of your own load balancer, whoever runs this Gatehouse has to name it in "
                "GATEHOUSE_TRUSTED_PROXIES. If there is no “ip”, a proxy sent an X-Forwarded-For that cannot be read.",
            ],
        ),
        ErrorEntry(
            Code.INSUFFICIENT_SCOPE,
            403,
            "Scope missing",
            [
                "The key is good, but does not have the scope that the answer names: it was not generated for this.",
                "What a key may do is chosen when it is generated and cannot be widened later. Generate another one "
                "with that scope, or ask an admin of the team to.",
            ],
        ),
        ErrorEntry(
            Code.NOT_SUBSCRIBED,
            403,
            "Dataset not subscribed",
            [
                "The key is good, but its team has no subscription to the dataset that the answer names: none was "
                "granted, it has not begun, or it is over. Profile Settings → Subscriptions shows what there is.",
                "Whoever runs this Gatehouse grants subscriptions. They count with the very next request.",
            ],
        ),
        ErrorEntry(
            Code.RATE_LIMITED,
            429,
            "Rate limit exceeded",
            ["The key has made more requests than it may. Wait for the time in the Retry-After header."],
        ),
    )
}

DETAILS: Final = {
    Code.POLICY_UNAVAILABLE: "The access policy cannot be read right now. Try again shortly.",
    Code.MISSING_API_KEY: "Send your API key in a header: “Authorization: Bearer <key>” or “X-API-Key: <key>”.",
    Code.INVALID_API_KEY: "The API key is not valid.",
    Code.IP_NOT_ALLOWED: "IP address not allowed",
    Code.RATE_LIMITED: "The API key has made more requests than it may; wait for as long as Retry-After says.",
}
REASON_DETAILS: Final = {
    Reason.EXPIRED: "The API key has expired.",
    Reason.DISABLED: "The API key is disabled.",
    Reason.REVOKED: "The API key has been revoked.",
    Reason.TEAM_SUSPENDED: "The team of this API key is suspended.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is sent for a decision that is not a yes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def refusal(decision: Decision, request_id: str) -> Refusal:
    """The problem document for a refused request. Raises `ValueError` for one that was let through."""
    code = decision.code
    if code is None:
        raise ValueError("A request that was let through has no refusal.")
    entry = ERRORS[code.value]
    extensions: dict[str, object] = {}
    if decision.reason is not None:
        extensions["reason"] = decision.reason.value
    if code is Code.IP_NOT_ALLOWED and decision.address is not None:
        extensions["ip"] = decision.address.text
    if code is Code.INSUFFICIENT_SCOPE and decision.need is not None:
        extensions["scope"] = decision.need.full_scope
    if code is Code.NOT_SUBSCRIBED and decision.need is not None:
        extensions["dataset"] = decision.need.dataset
    body = problem_document(
        status=entry.status,
        code=code.value,
        title=entry.title,
        detail=_detail(decision, code),
        request_id=request_id,
        **extensions,
    )
    return Refusal(entry.status, (*_BASE_HEADERS, *_extra_headers(decision, entry.status)), body)


def _detail(decision: Decision, code: Code) -> str:
    if decision.need is not None and code is Code.INSUFFICIENT_SCOPE:
        return f"The API key does not have the scope “{decision.need.full_scope}”."
    if decision.need is not None and code is Code.NOT_SUBSCRIBED:
        return f"The team of this API key is not subscribed to the dataset “{decision.need.dataset}”."
    detail = REASON_DETAILS[decision.reason] if decision.reason else DETAILS[code]
    return f"{decision.detail} {detail}" if decision.detail else detail


_BASE_HEADERS: Final = (
    ("Content-Type", CONTENT_TYPE),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
)


def _extra_headers(decision: Decision, status: int) -> tuple[tuple[str, str], ...]:
    if decision.rate is not None:
        return (("Retry-After", str(decision.rate.resets_in)), *decision.rate.headers)
    if status == 401:
        challenge = 'Bearer realm="gatehouse"'
        return (("WWW-Authenticate", f'{challenge}, error="invalid_token"' if decision.given else challenge),)
    if decision.code is Code.INSUFFICIENT_SCOPE and decision.need is not None:  # RFC 6750, 3.1
        scope = decision.need.full_scope
        return (("WWW-Authenticate", f'Bearer realm="gatehouse", error="insufficient_scope", scope="{scope}"'),)
    if status == 503:
        return (("Retry-After", RETRY_POLICY_AFTER),)
    return ()
