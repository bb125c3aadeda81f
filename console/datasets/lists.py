"""The list of a team's subscriptions, as the team and as operators see it."""

from typing import Final

from django.http import HttpRequest

from console.datasets.models import Subscription
from console.datasets.selectors import listed_subscriptions_of
from teams.listing import ListPage, Sorting
from teams.models import Team

COLUMNS: Final = (
    Sorting("dataset", "Dataset", ("dataset__name",)),
    Sorting("starts_at", "From", ("starts_at",)),
    Sorting("ends_at", "Until", ("ends_at",)),
    Sorting("requests", "Requests, 30 days", ("requests",)),
    Sorting("status", "Status", ("is_over", "dataset__name")),
)
LIST: Final = {"subscriptions-list": "console/subscription_list.html"}


def subscription_list(request: HttpRequest, team: Team) -> ListPage[Subscription]:
    return ListPage(
        request=request,
        prefix="subscriptions",
        queryset=listed_subscriptions_of(team),
        columns_by_name=COLUMNS,
        default_sort="status",
        search_fields=("dataset__name", "dataset__id", "dataset__asset_class"),
    )
