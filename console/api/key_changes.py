"""Keys: changing and ending those there are."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.http import HttpResponse
from ninja import Status

from apikeys import services
from apikeys.limiting import limit_key
from apikeys.models import ApiKey
from apikeys.network_binding import bind_key
from apikeys.ownership import hand_over_key
from apikeys.renaming import rename_key
from apikeys.scopes import Scope
from console.api.caller import Caller
from console.api.errors import invalid
from console.api.etags import etag_of, refuse_mismatch, require_match
from console.api.given import Key
from console.api.keys import key_named
from console.api.locking import locked_key_named
from console.api.operations import ApiRequest, operation
from console.api.owners import owner_named
from console.api.reach import refuse_higher_limit, refuse_more_networks
from console.api.representations import Json, key_json
from console.api.taken import KeyChange, Why
from console.api.values import KeyId


@operation(
    "PATCH",
    "/keys/{key:key_id}",
    Scope.KEYS_WRITE,
    name="updateKey",
    tag="Keys",
    answers={200: Key},
    takes_body=True,
    headers=["If-Match"],
)
@transaction.atomic
def update_key(request: ApiRequest, response: HttpResponse, key_id: KeyId, body: KeyChange) -> Json:
    """Change a key

    Its name, owner, networks or rate limit: all of it, or with one error nothing of it. What is so already is no error.
    """
    caller = request.caller
    if not body.model_fields_set:
        raise invalid([{"field": "body", "detail": "There is nothing in it to change."}])
    apikey = locked_key_named(caller, key_id)
    require_match(request.headers.get("If-Match"), etag_of(key_json(apikey)))
    for member in sorted(body.model_fields_set):
        CHANGES[member](caller, apikey, body)
    return _shown(caller, response, key_id)


def _rename(caller: Caller, apikey: ApiKey, body: KeyChange) -> None:
    if body.name != apikey.name:
        rename_key(apikey=apikey, name=body.name, actor=caller.actor)


def _hand_over(caller: Caller, apikey: ApiKey, body: KeyChange) -> None:
    heir = owner_named(caller, body.owner)
    if heir != (apikey.owner_group or apikey.owner_user):
        hand_over_key(apikey=apikey, heir=heir, actor=caller.actor)


def _bind(caller: Caller, apikey: ApiKey, body: KeyChange) -> None:
    wanted = None if body.networks is None else sorted(set(body.networks))
    if wanted != key_json(apikey)["networks"]:
        refuse_more_networks(caller.apikey, wanted)
        bind_key(apikey=apikey, networks=wanted, actor=caller.actor)


def _limit(caller: Caller, apikey: ApiKey, body: KeyChange) -> None:
    if body.rate_limit != apikey.rate_limit:
        refuse_higher_limit(caller.apikey, body.rate_limit)
        limit_key(apikey=apikey, rate_limit=body.rate_limit, actor=caller.actor)


Changing = TypeVar("Changing", bound=Callable[..., Json])


def _state_change(verb: str) -> Callable[[Changing], Changing]:
    return operation(
        "POST",
        f"/keys/{{key:key_id}}/{verb}",
        Scope.KEYS_WRITE,
        name=f"{verb}Key",
        tag="Keys",
        answers={200: Key},
        takes_body=True,
        headers=["If-Match"],
    )


CHANGES = {"name": _rename, "owner": _hand_over, "networks": _bind, "rate_limit": _limit}


@_state_change("disable")
@transaction.atomic
def disable_key(request: ApiRequest, response: HttpResponse, key_id: KeyId, body: Why | None = None) -> Json:
    """Disable a key

    It is refused with `reason: disabled` until it is enabled again.
    """
    apikey = _asked_for(request, key_id)
    services.disable_key(apikey=apikey, reason=_reason(body), actor=request.caller.actor)
    return _shown(request.caller, response, key_id)


@_state_change("enable")
@transaction.atomic
def enable_key(request: ApiRequest, response: HttpResponse, key_id: KeyId, body: Why | None = None) -> Json:
    """Enable a disabled key"""
    apikey = _asked_for(request, key_id)
    services.enable_key(apikey=apikey, reason=_reason(body), actor=request.caller.actor)
    return _shown(request.caller, response, key_id)


@_state_change("revoke")
@transaction.atomic
def revoke_key(request: ApiRequest, response: HttpResponse, key_id: KeyId, body: Why | None = None) -> Json:
    """Revoke a key

    For good; it stays listed. A key may revoke itself: this answer is then the last that it gets.
    """
    apikey = _asked_for(request, key_id)
    services.revoke_key(apikey=apikey, reason=_reason(body), actor=request.caller.actor)
    return _shown(request.caller, response, key_id)


@operation(
    "DELETE",
    "/keys/{key:key_id}",
    Scope.KEYS_WRITE,
    name="deleteKey",
    tag="Keys",
    answers={204: None},
    headers=["If-Match"],
)
@transaction.atomic
def delete_key(request: ApiRequest, key_id: KeyId) -> Status[None]:
    """Delete a key

    Revokes it for good, if it is not yet, and takes it off the list.
    """
    apikey = _asked_for(request, key_id)
    services.delete_key(apikey=apikey, actor=request.caller.actor)
    return Status(204, None)


def _asked_for(request: ApiRequest, key_id: str) -> ApiKey:
    apikey = locked_key_named(request.caller, key_id)
    refuse_mismatch(request.headers.get("If-Match"), etag_of(key_json(apikey)))
    return apikey


def _reason(body: Why | None) -> str:
    return body.reason if body else ""


def _shown(caller: Caller, response: HttpResponse, key_id: str) -> Json:
    apikey = key_named(caller, key_id)
    response["ETag"] = etag_of(key_json(apikey))
    return key_json(apikey)
