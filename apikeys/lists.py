"""The *API Keys* list of Team Authorization."""

from django.http import HttpRequest

from apikeys.models import ApiKey
from apikeys.selectors import keys_of, own_group_ids, permits
from teams.access import Access
from teams.listing import ListPage, Sorting

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
    listing = ListPage(
        request=request,
        prefix="keys",
        queryset=keys_of(access.team),
        columns_by_name=COLUMNS,
        default_sort="-created_at",
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
