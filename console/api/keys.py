"""Keys: what there is."""

from django.http import HttpResponse
from ninja import Query

from apikeys.models import ApiKey
from apikeys.scopes import Scope
from apikeys.selectors import keys_of
from console.api.caller import Caller
from console.api.cursors import Order, read_page
from console.api.errors import not_found
from console.api.etags import etag_of_key
from console.api.operations import ApiRequest, operation
from console.api.representations import Json, key_json
from console.api.schemas import Key, KeyFilter, KeyId, KeyPage

NEWEST_FIRST = Order(("created_at", "id"), newest_first=True)


@operation("GET", "/keys", Scope.KEYS_READ, name="listKeys", tag="Keys", query=KeyFilter, answers={200: KeyPage})
def list_keys(request: ApiRequest, filters: Query[KeyFilter]) -> Json:
    """List the team's keys

    Newest first, without the deleted ones. Keys that are added meanwhile are not on the pages that follow, and none is
    shown twice.
    """
    team = request.caller.team
    rows = keys_of(team)
    if filters.name:
        rows = rows.filter(name__icontains=filters.name)
    if filters.status:
        rows = rows.in_status(filters.status)
    keys, cursor = read_page(
        rows,
        NEWEST_FIRST,
        query=("keys", team.pk, filters.name, filters.status),
        cursor=filters.cursor,
        limit=filters.limit,
    )
    return {"keys": [key_json(apikey) for apikey in keys], "next_cursor": cursor}


@operation("GET", "/keys/{key:key_id}", Scope.KEYS_READ, name="getKey", tag="Keys", answers={200: Key})
def get_key(request: ApiRequest, response: HttpResponse, key_id: KeyId) -> Json:
    """Get a key

    The ETag of the answer is what a change of the key asks for in If-Match.
    """
    apikey = key_named(request.caller, key_id)
    response["ETag"] = etag_of_key(apikey)
    return key_json(apikey)


def key_named(caller: Caller, key_id: str) -> ApiKey:
    """Raises `Problem` alike for what never was, is deleted, or is another team's."""
    apikey = keys_of(caller.team).filter(pk=key_id).first()
    if apikey is None:
        raise not_found("key")
    return apikey
