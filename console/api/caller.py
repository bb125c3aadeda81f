"""Who calls the management API: a key, for the whole of its team."""

from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from apikeys.models import ApiKey
from console.enforcement.decision import Decision
from teams.audit import Actor
from teams.models import Team


@dataclass(frozen=True)
class Caller:
    apikey: ApiKey
    team: Team
    actor: Actor


def caller_of(request: HttpRequest) -> Caller:
    """Read from the database: what a key may give to others is judged by what it may do now."""
    decision = getattr(request, "gate", None)
    if not isinstance(decision, Decision) or not decision.allowed or decision.key is None:
        raise ImproperlyConfigured("The management API answers behind console.middleware.GateMiddleware only.")
    apikey = ApiKey.objects.select_related("team", "owner_user", "owner_group").get(pk=decision.key.id)
    actor = Actor(
        name=f"API key {apikey.name} ({apikey.pk})",
        address=decision.address.text if decision.address else "",
        via="api",
        request_id=request.META.get("gatehouse.request_id", ""),
    )
    return Caller(apikey=apikey, team=apikey.team, actor=actor)
