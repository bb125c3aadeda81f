"""Keys: new ones, and successors of those there are."""

from datetime import datetime, timedelta
from typing import Final

from django.http import HttpResponse
from django.utils import timezone
from ninja import Status

from apikeys.changes import owner_of
from apikeys.scopes import DEFAULT, Scope, parse_scopes
from apikeys.services import GeneratedKey, generate_key, rotate_key
from console.api.caller import Caller
from console.api.etags import etag_of, refuse_mismatch
from console.api.given import NewKey
from console.api.keys import key_named
from console.api.lifetimes import chosen_end, chosen_retirement
from console.api.locking import locked_key_named
from console.api.once import Once, create_once
from console.api.operations import ApiRequest, operation
from console.api.owners import owner_named
from console.api.reach import (
    network_ids,
    refuse_higher_limit,
    refuse_more_networks,
    refuse_more_scopes,
    refuse_more_than,
)
from console.api.representations import Json, key_json
from console.api.taken import KeyToMake, KeyToRotate, Lifetime
from console.api.values import KeyId
from console.public_address import public_url
from teams.models import Team

USUAL_LIFETIME: Final = timedelta(days=90)


@operation(
    "POST",
    "/keys",
    Scope.KEYS_WRITE,
    name="createKey",
    tag="Keys",
    answers={201: NewKey},
    takes_body=True,
    headers=["Idempotency-Key"],
)
def create_key(request: ApiRequest, response: HttpResponse, body: KeyToMake) -> Status[Json]:
    """Generate a key

    The key itself is in this answer and never again. It can do nothing that the key that asks cannot: not in scopes
    and datasets, not from other networks, not more often. With an Idempotency-Key a request that is sent again makes
    no second key: it is answered with 409 and the ID of the key that was made.
    """
    caller = request.caller

    def make() -> GeneratedKey:
        own = caller.apikey
        scopes = parse_scopes(body.scopes if "scopes" in body.model_fields_set else [DEFAULT])
        refuse_more_scopes(own, scopes)
        networks = body.networks if "networks" in body.model_fields_set else network_ids(own)
        refuse_more_networks(own, networks)
        rate_limit = body.rate_limit if "rate_limit" in body.model_fields_set else own.rate_limit
        refuse_higher_limit(own, rate_limit)
        return generate_key(
            team=caller.team,
            name=body.name,
            expires_at=_end_of(body, caller.team),
            owner=owner_named(caller, body.owner) if body.owner else own.owner_group or owner_of(own),
            rate_limit=rate_limit,
            scopes=scopes,
            networks=networks,
            actor=caller.actor,
        )

    return _made(caller, response, create_once(request, make, _remembered))


@operation(
    "POST",
    "/keys/{key:key_id}/rotate",
    Scope.KEYS_WRITE,
    name="rotateKey",
    tag="Keys",
    answers={201: NewKey},
    takes_body=True,
    headers=["Idempotency-Key", "If-Match"],
)
def rotate(
    request: ApiRequest,
    response: HttpResponse,
    key_id: KeyId,
    body: KeyToRotate | None = None,
) -> Status[Json]:
    """Rotate a key

    Makes its successor, with the same name, owner, scopes, networks and rate limit. Both work until the old one is
    revoked, expires, or retires as it is said here. Whoever rotates a key holds what it may do, so the key that asks
    must be able to do all of it.
    """
    caller, wanted = request.caller, body or KeyToRotate()

    def make() -> GeneratedKey:
        apikey = locked_key_named(caller, key_id)
        refuse_mismatch(request.headers.get("If-Match"), etag_of(key_json(apikey)))
        refuse_more_than(caller.apikey, apikey)
        return rotate_key(
            apikey=apikey,
            expires_at=_end_of(wanted, caller.team),
            reason=wanted.reason,
            retirement=chosen_retirement(wanted),
            actor=caller.actor,
        )

    return _made(caller, response, create_once(request, make, _remembered))


def _remembered(generated: GeneratedKey) -> Once:
    """Of the key nothing but its ID."""
    return Once(object_id=generated.apikey.pk)


def _made(caller: Caller, response: HttpResponse, generated: GeneratedKey) -> Status[Json]:
    document = key_json(key_named(caller, generated.apikey.pk))
    response["ETag"] = etag_of(document)
    response["Location"] = public_url("api:getKey", document["id"])
    return Status(201, document | {"key": generated.text})


def _end_of(body: Lifetime, team: Team) -> datetime:
    return chosen_end(body) or timezone.now() + min(USUAL_LIFETIME, timedelta(days=team.max_key_lifetime_days))
