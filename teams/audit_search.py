"""Finding events in the audit trail: who did it, what it happened to, what happened, and when."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import capfirst

from teams import audit
from teams.models import AuditEvent, User


@dataclass(frozen=True, slots=True)
class Area:
    """Kinds of events that belong together: those whose code begins with `prefix` and a dot."""

    prefix: str
    label: str
    of_teams: bool = True

    def covers(self, kind: str) -> bool:
        return kind.partition(".")[0] == self.prefix


AREAS: Final = (
    Area("key", "API keys"),
    Area("sealed_copies", "Sealed copies"),
    Area("subnet", "IP subnets"),
    Area("networks", "Enforcing and observing"),
    Area("refusal", "Refused requests"),
    Area("subscription", "Subscriptions"),
    Area("member", "Members"),
    Area("invitation", "Invitations"),
    Area("group", "Groups"),
    Area("team", "Team"),
    Area("calendar", "Calendar links"),
    Area("access", "Refused changes"),
    Area("sign_in", "Signing in", of_teams=False),
    Area("password", "Passwords", of_teams=False),
    Area("second_factor", "Second factors", of_teams=False),
    Area("sso", "Single sign-on", of_teams=False),
    Area("sessions", "Sessions", of_teams=False),
    Area("email", "E-mail addresses", of_teams=False),
    Area("profile", "Profiles", of_teams=False),
    Area("person", "Accounts", of_teams=False),
    Area("operator", "Operators", of_teams=False),
)
OF_TEAMS: Final = tuple(area for area in AREAS if area.of_teams)
OF_INSTALLATION: Final = tuple(area for area in AREAS if not area.of_teams)

Choices = list[tuple[str, str | list[tuple[str, str]]]]


def kind_choices(areas: Iterable[Area]) -> Choices:
    """Each area as a whole, and the kinds in it, in the words that tell of them."""
    kinds = sorted(audit.kinds().items())
    choices: Choices = [("", "Anything")]
    for area in areas:
        of_area = [(code, _label(phrase)) for code, phrase in kinds if area.covers(code)]
        if of_area:
            choices.append((area.label, [(area.prefix, f"Anything about: {area.label}"), *of_area]))
    return choices


def _label(phrase: str) -> str:
    return capfirst(re.sub(r"\{\w+\}", "…", phrase))


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What is empty does not matter. `kind` is that of an event, or an area's prefix; both days are included."""

    actor: str = ""
    thing: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None

    def apply(self, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Days begin and end in the current time zone."""
        if self.actor:
            person = User.objects.filter(email__iexact=self.actor).values("pk")
            events = events.filter(Q(actor_name__icontains=self.actor) | Q(actor_id__in=person))
        if self.thing:
            events = events.filter(Q(object_name__icontains=self.thing) | Q(object_id=self.thing))
        if self.kind:
            events = events.filter(Q(kind=self.kind) | Q(kind__startswith=f"{self.kind}."))
        if self.since:
            events = events.filter(at__gte=_beginning(self.since))
        if self.until:
            events = events.filter(at__lt=_beginning(self.until + timedelta(days=1)))
        return events


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
