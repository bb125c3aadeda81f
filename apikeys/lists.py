"""The *API Keys* list of Team Authorization."""

from dataclasses import dataclass, field
from typing import Final

from django.http import HttpRequest

from apikeys.key_owners import Owners, owned_as_chosen, owners_of_keys
from apikeys.models import ApiKey, ApiKeyQuerySet
from apikeys.retirement import retirement_of
from apikeys.selectors import keys_of, own_group_ids, permits
from teams.access import Access
from teams.listing import ListPage, Sorting

EXPIRING: Final = "expiring"
"""As `keys.status` in the page's address: only the keys that expire soon, the first of them first."""
COLUMNS = (
    Sorting("name", "Name", ("folded_name",)),
    Sorting("owner", "Owner", ("owner_group__name", "owner_user__full_name")),
    Sorting("created_at", "Created", ("created_at",)),
    Sorting("expires_at", "Expires", ("expires_at",)),
    Sorting("last_used_at", "Last used", ("usage__last_used_at",)),
    Sorting("status", "Status"),
)


@dataclass
class KeyList(ListPage[ApiKey]):
    owners: Owners = field(kw_only=True)
    """Whom the list can be narrowed to."""

    @property
    def is_of_who_owns_none(self) -> bool:
        chosen = self.filters["owner"]
        return bool(chosen) and not any(owner.value == chosen for _, owners in self.owners.grouped for owner in owners)


def key_list(request: HttpRequest, access: Access) -> KeyList:
    """Each row also tells what this person may do to it (`permits`)."""
    groups = own_group_ids(access)
    keys, filters = _chosen(request, access, groups)
    listing = KeyList(
        request=request,
        prefix="keys",
        queryset=keys,
        columns_by_name=COLUMNS,
        default_sort="expires_at" if filters["status"] else "-created_at",
        filters=filters,
        fields_of_search=("owner",),
        search_fields=(
            "name",
            "folded_name",
            "id",
            "owner_user__full_name",
            "owner_user__email",
            "owner_group__name",
        ),
        owners=owners_of_keys(access, groups),
    )
    for apikey in listing.rows:
        apikey.permits = permits(access, apikey, groups)  # type: ignore[attr-defined]
        apikey.retirement = retirement_of(apikey)  # type: ignore[attr-defined]
    return listing


def _chosen(request: HttpRequest, access: Access, groups: set[int]) -> tuple[ApiKeyQuerySet, dict[str, str]]:
    """The keys that the address of the page asks for, and by what; what cannot be meant asks for nothing."""
    keys, status, owner = keys_of(access.team), request.GET.get("keys.status", ""), request.GET.get("keys.owner", "")
    if status == EXPIRING:
        keys = keys.expiring()
    owned = owned_as_chosen(keys, owner, access, groups)
    filters = {"status": status if status == EXPIRING else "", "owner": owner if owned is not None else ""}
    return keys if owned is None else owned, filters
