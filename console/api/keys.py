"""Keys: what there is."""

from django.db.models import Prefetch
from django.http import HttpResponse
from ninja import Query

from apikeys.models import ApiKey, ApiKeyQuerySet, KeyNetwork
from apikeys.scopes import Scope
from apikeys.selectors import keys_of
from console.api.caller import Caller
from console.api.cursors import Order, read_page
from console.api.errors import not_found
from console.api.etags import etag_of
from console.api.given import Key, KeyPage
from console.api.operations import ApiRequest, operation
from console.api.representations import Json, key_json
from console.api.taken import KeyFilter
from console.api.values import KeyId

NEWEST_FIRST = Order(("created_at", "id"), newest_first=True)


@operation("GET", "/keys", Scope.KEYS_READ, name="listKeys", tag="Keys", query=KeyFilter, answers={200: KeyPage})
def list_keys(request: ApiRequest, filters: Query[KeyFilter]) -> Json:
    """List the team's keys

    Newest first, without the deleted ones. Keys that are added meanwhile are not on the pages that follow, and none is
    shown twice.
    """
    team = request.caller.team
    rows = shown_keys(request.caller)
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
    document = key_json(key_named(request.caller, key_id))
    response["ETag"] = etag_of(document)
    return document


def shown_keys(caller: Caller) -> ApiKeyQuerySet:
    """The keys of the caller's team with all that is told of them, in two queries."""
    bindings = KeyNetwork.objects.select_related("subnet")  # joined: without what an older version left behind
    return keys_of(caller.team).prefetch_related(Prefetch("bindings", bindings))


def key_named(caller: Caller, key_id: str) -> ApiKey:
    """Raises `Problem` alike for what never was, is deleted, or is another team's."""
    apikey = shown_keys(caller).filter(pk=key_id).first()
    if apikey is None:
        raise not_found("key")
    return apikey
