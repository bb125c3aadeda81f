"""Giving a key another name."""

from django.db import transaction

from apikeys import audit_kinds as kinds
from apikeys import rules
from apikeys.changes import locked_key, tell
from apikeys.models import ApiKey
from apikeys.names import clean_name, folded
from teams import audit
from teams.errors import Mistyped
from teams.models import Team


@transaction.atomic
def rename_key(*, apikey: ApiKey, name: str, actor: audit.Actor) -> ApiKey:
    """Call a key something else; keys it was rotated from or to keep their names, and may share the new one.

    Raises `RefusedChange` for a name that cannot be, or that another live key has.
    """
    team = Team.objects.select_for_update().get(pk=apikey.team_id)
    apikey = locked_key(apikey)
    before, name = apikey.name, clean_name(name)
    if name == before:
        raise Mistyped("The key is called that already.", field="name")
    rules.refuse_taken_name(team, name, but={apikey.pk, *rules.lineage(apikey)})
    apikey.name, apikey.folded_name = name, folded(name)
    apikey.save(update_fields=["name", "folded_name"])
    tell(kinds.KEY_RENAMED, apikey, actor, before=before)
    return apikey
