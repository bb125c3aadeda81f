"""The team's audit trail."""

from ninja import Query

from apikeys.scopes import Scope
from console.api.cursors import Order, read_page
from console.api.given import EventPage
from console.api.operations import ApiRequest, operation
from console.api.representations import Json, event_json
from console.api.taken import EventFilter
from teams import audit_search
from teams.selectors import events_of

NEWEST_FIRST = Order(("id",), newest_first=True)


@operation(
    "GET", "/audit", Scope.AUDIT_READ, name="listEvents", tag="Audit", query=EventFilter, answers={200: EventPage}
)
def list_events(request: ApiRequest, filters: Query[EventFilter]) -> Json:
    """Read the activity log

    Newest first. What the API changes is in it with the name and ID of the key as the actor.
    """
    team = request.caller.team
    wanted = audit_search.EventFilter(actor=filters.actor or "", thing=filters.object or "", kind=filters.kind or "")
    rows = wanted.apply(events_of(team))
    if filters.since:
        rows = rows.filter(at__gte=filters.since)
    if filters.until:
        rows = rows.filter(at__lt=filters.until)
    events, cursor = read_page(
        rows,
        NEWEST_FIRST,
        query=("audit", team.pk, filters.actor, filters.object, filters.kind, filters.since, filters.until),
        cursor=filters.cursor,
        limit=filters.limit,
    )
    return {"events": [event_json(event) for event in events], "next_cursor": cursor}
