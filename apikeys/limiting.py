"""Changing how many requests a minute a key may make."""

from django.db import transaction

from apikeys import audit_kinds as kinds
from apikeys import rules
from apikeys.changes import locked_key, tell
from apikeys.models import ApiKey
from teams import audit
from teams.errors import Mistyped, RefusedChange


@transaction.atomic
def limit_key(*, apikey: ApiKey, rate_limit: int | None, actor: audit.Actor) -> ApiKey:
    """Let a key make that many requests per minute, or as many as it likes with None.

    Raises `RefusedChange` for a limit that cannot be, for what is so already, and for a revoked key.
    """
    rules.refuse_bad_rate_limit(rate_limit)
    apikey = locked_key(apikey)
    if apikey.revoked_at:
        raise RefusedChange("A revoked key makes no requests; there is nothing to limit.")
    before = apikey.rate_limit
    if rate_limit == before:
        raise Mistyped("That is the key's limit already.", field="rate_limit")
    apikey.rate_limit = rate_limit
    apikey.save(update_fields=["rate_limit"])
    tell(kinds.KEY_LIMITED, apikey, actor, before=_in_words(before), after=_in_words(rate_limit))
    return apikey


def _in_words(rate_limit: int | None) -> str:
    return "no limit" if rate_limit is None else f"{rate_limit:,} requests per minute"
