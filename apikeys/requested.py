"""Which key a request is about."""

from django.http import Http404
from django.urls import reverse

from apikeys.models import ApiKey
from apikeys.selectors import keys_of, may_manage, own_group_ids, permits
from teams.access import Access, NotAllowed
from teams.errors import RefusedChange
from teams.permissions import Permission


def list_page(access: Access) -> str:
    return reverse("console:authorization", args=[access.team.slug])


def listed_key(access: Access, key_id: str) -> ApiKey:
    """Raises `RefusedChange` for a key that somebody else has just deleted."""
    apikey = keys_of(access.team).filter(pk=key_id).first()
    if apikey is not None:
        return apikey
    deleted = access.team.keys.filter(pk=key_id).first()
    if deleted is None:
        raise Http404("No such key.")
    raise RefusedChange(f"The key “{deleted.name}” has been deleted already.")


def managed_key(access: Access, key_id: str) -> ApiKey:
    """Also raises `NotAllowed` for one that this person does not manage."""
    apikey = listed_key(access, key_id)
    groups = own_group_ids(access)
    if not may_manage(access, apikey, groups):
        raise NotAllowed(Permission.KEYS_MANAGE)
    apikey.permits = permits(access, apikey, groups)  # type: ignore[attr-defined]
    return apikey
