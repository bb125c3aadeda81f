"""Asking whether a key is good: the gate's own decision, for those who have no proxy to ask it through.

Only of the caller's own team. A key of another team is answered like a text that is no key at all.
"""

from typing import Final

from apikeys.models import ApiKey
from apikeys.scopes import Scope
from console.api.errors import Problem, invalid
from console.api.given import Verdict
from console.api.operations import ApiRequest, operation
from console.api.representations import Json
from console.api.taken import ToVerify
from console.enforcement.credentials import read_credential
from console.enforcement.decision import Code, Decision
from console.enforcement.gate import gate, usage
from console.enforcement.needs import need_of_scope
from console.enforcement.refusals import DETAILS, ERRORS, RETRY_POLICY_AFTER
from ipsubnets.addresses import parse_address
from teams.timestamps import rfc3339

MOST_PER_MINUTE: Final = 1_200
"""Questions of one key. Whoever has more of them has traffic to let through, which `/authz` is made for."""


@operation(
    "POST",
    "/verify",
    Scope.KEYS_READ,
    name="verifyKey",
    tag="Verify",
    answers={200: Verdict},
    takes_body=True,
    changes=False,
)
def verify(request: ApiRequest, body: ToVerify) -> Json:
    """Ask whether a key is good

    From that address, for that scope: what the gate would decide, at this moment. It counts as a use of the key. A key
    of another team is answered like one that does not exist.
    """
    own: Decision = request.gate  # type: ignore[attr-defined]
    _refuse_too_many(request)
    address = own.address if "address" not in body.model_fields_set else parse_address(body.address)
    if address is None:
        raise invalid([{"field": "address", "detail": "It is not an IP address."}])
    need = need_of_scope(body.scope) if "scope" in body.model_fields_set else None
    decision = gate().decide(read_credential([], [body.key.encode()]), address, need)
    if decision.code is Code.POLICY_UNAVAILABLE:
        entry = ERRORS[Code.POLICY_UNAVAILABLE]
        raise Problem(entry, DETAILS[Code.POLICY_UNAVAILABLE], headers={"Retry-After": RETRY_POLICY_AFTER})
    if decision.key is None or decision.key.team_id != request.caller.team.pk:
        decision = Decision(Code.INVALID_API_KEY, address=address)
    usage().record(decision, request.caller.actor.request_id)
    return {
        "allowed": decision.allowed,
        "code": decision.code,
        "reason": decision.reason,
        "address": address.text,
        "key": _told(decision.key.id) if decision.key else None,
    }


def _refuse_too_many(request: ApiRequest) -> None:
    rate = gate().rates.hit(f"verify.{request.caller.apikey.pk}", MOST_PER_MINUTE)
    if rate.exceeded:
        detail = f"A key may ask about {MOST_PER_MINUTE:,} keys per minute."
        raise Problem(ERRORS[Code.RATE_LIMITED], detail, headers={"Retry-After": str(rate.resets_in)})


def _told(key_id: str) -> Json:
    apikey = ApiKey.objects.get(pk=key_id)
    return {
        "id": apikey.pk,
        "name": apikey.name,
        "scopes": apikey.scope_list,
        "expires_at": rfc3339(apikey.expires_at),
    }
