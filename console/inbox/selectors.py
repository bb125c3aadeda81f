"""Reads."""

from datetime import datetime

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone

from apikeys.models import KeyNetwork
from console.enforcement.decision import Code
from console.enforcement.refused import KEPT_REFUSALS_FOR, KEPT_REQUESTS_FOR
from console.models import Refusal, RefusedRequest
from ipsubnets.models import IPSubnet
from teams.models import Team


def refusals_of(team: Team, now: datetime | None = None) -> QuerySet[Refusal]:
    """Those of the last days, each with its key and with `rank`: 1 where the key itself is good, otherwise 0."""
    now = now or timezone.now()
    good = Case(When(code=Code.INVALID_API_KEY, then=Value(0)), default=Value(1), output_field=IntegerField())
    since = now - KEPT_REFUSALS_FOR
    return Refusal.objects.filter(team=team, last_at__gt=since).select_related("key").annotate(rank=good)


def in_order(refusals: QuerySet[Refusal]) -> QuerySet[Refusal]:
    """Good keys first, then the latest."""
    return refusals.order_by(F("rank").desc(), "-last_at")


def unsettled(refusals: QuerySet[Refusal]) -> QuerySet[Refusal]:
    """Without those that somebody ignores, and without addresses that the key may be used from by now."""
    return refusals.filter(ignored_at=None).exclude(Q(code=Code.IP_NOT_ALLOWED) & Exists(_allowed_since()))


def _allowed_since() -> QuerySet[IPSubnet]:
    value = OuterRef("value")
    bound = Exists(KeyNetwork.objects.filter(key=OuterRef(OuterRef("key")), subnet=OuterRef("pk")))
    covering = (
        IPSubnet.objects.live()
        .annotate(narrowed=ExpressionWrapper(OuterRef("key__narrowed"), output_field=BooleanField()))
        .filter(team=OuterRef("team"), version=OuterRef("version"))
        .filter(Q(narrowed=False) | bound)
    )
    return covering.filter(first__lte=value, last__gte=value)


def refused_request(team: Team, request_id: str, now: datetime | None = None) -> RefusedRequest | None:
    """The refused request with this ID, if it was the team's and is not too old to be told of."""
    since = (now or timezone.now()) - KEPT_REQUESTS_FOR
    found = RefusedRequest.objects.filter(team=team, pk=request_id.strip().lower(), at__gt=since)
    return found.select_related("key").first()
