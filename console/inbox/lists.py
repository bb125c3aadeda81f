"""The *Refused requests* list of Team Authorization."""

from functools import cached_property
from typing import Final

from django.db.models import Max, Sum
from django.http import HttpRequest
from django.urls import reverse

from console.inbox.selectors import refusals_of, unsettled
from console.models import Refusal
from teams.access import Access
from teams.listing import ListPage, Sorting

IGNORED: Final = "ignored"
COLUMNS: Final = (
    Sorting("address", "Address", ("version", "value")),
    Sorting("key", "Key", ("key__folded_name",)),
    Sorting("requests", "Requests", ("requests",)),
    Sorting("last_at", "Last", ("rank", "last_at")),
    Sorting("code", "Answer", ("code", "reason")),
)


class RefusedList(ListPage[Refusal]):
    """Good keys first. `seen` names what is shown, so that a page that shows it already need not fetch it again."""

    refresh_url = ""
    poll_url = ""
    shows_ignored = False

    @cached_property
    def seen(self) -> str:
        latest = self.found.aggregate(last=Max("last_at"), requests=Sum("requests"))
        moment = latest["last"].timestamp() if latest["last"] else 0
        return f"{moment:.6f}-{latest['requests'] or 0}-{self.total}"


def refused_list(request: HttpRequest, access: Access) -> RefusedList:
    show = request.GET.get("refused.show", "")
    refusals = refusals_of(access.team)
    found = RefusedList(
        request=request,
        prefix="refused",
        queryset=refusals.exclude(ignored_at=None) if show == IGNORED else unsettled(refusals),
        columns_by_name=COLUMNS,
        default_sort="-last_at",
        search_fields=("address", "key__name", "key__id", "last_path", "last_user_agent"),
        filters={"show": show if show == IGNORED else ""},
    )
    found.shows_ignored = show == IGNORED
    page = reverse("console:refusals", args=[access.team.slug])
    found.refresh_url = page + found.same_url
    found.poll_url = f"{found.refresh_url}&seen={found.seen}"
    return found
