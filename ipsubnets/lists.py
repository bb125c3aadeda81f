"""The *IP Subnets* list of Team Authorization."""

from django.http import HttpRequest

from ipsubnets.models import IPSubnet
from ipsubnets.selectors import subnets_of
from teams.access import Access
from teams.listing import ListPage, Sorting

COLUMNS = (
    Sorting("network", "Network", ("version", "first", "last")),
    Sorting("label", "Label", ("label",)),
    Sorting("size", "Addresses"),
    Sorting("created_at", "Added", ("created_at",)),
    Sorting("expires_at", "Ends", ("expires_at",)),
    Sorting("status", "Status"),
)


def network_list(request: HttpRequest, access: Access) -> ListPage[IPSubnet]:
    return ListPage(
        request=request,
        prefix="networks",
        queryset=subnets_of(access.team),
        columns_by_name=COLUMNS,
        default_sort="-created_at",
        search_fields=("network", "label", "created_by_name"),
    )
