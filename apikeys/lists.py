"""The *API Keys* list of Team Authorization."""

from typing import Final

from django.http import HttpRequest

from apikeys.models import ApiKey
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


def key_list(request: HttpRequest, access: Access) -> ListPage[ApiKey]:
    """Each row also tells what this person may do to it (`permits`)."""
    keys, status = keys_of(access.team), request.GET.get("keys.status", "")
    if status == EXPIRING:
        keys = keys.expiring()
    listing = ListPage(
        request=request,
        prefix="keys",
        queryset=keys,
        columns_by_name=COLUMNS,
        default_sort="expires_at" if status == EXPIRING else "-created_at",
        filters={"status": status if status == EXPIRING else ""},
        search_fields=(
            "name",
            "folded_name",
            "id",
            "owner_user__full_name",
            "owner_user__email",
            "owner_group__name",
        ),
    )
    groups = own_group_ids(access)
    for apikey in listing.rows:
        apikey.permits = permits(access, apikey, groups)  # type: ignore[attr-defined]
    return listing
