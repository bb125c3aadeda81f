"""Adapters between Django's requests and the rest."""

import posixpath
from collections.abc import Callable
from time import perf_counter

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from console.enforcement.decision import Decision
from console.enforcement.gate import gate, usage
from console.enforcement.origin import NO_ORIGIN, origin_of
from console.enforcement.refusals import refusal
from console.metrics.tally import tally
from console.needed import needed
from teams.time_zones import zone_named

PROTECTED = "/api/v1"
OPEN_TO_ALL = "/api/v1/openapi.json"
"""In exactly this spelling. Which addresses the API has is no secret, and no data is behind this one."""

GetResponse = Callable[[HttpRequest], HttpResponse]


class GateMiddleware:
    """Everything under `/api/v1/` needs a usable key from an allowed address; views find the decision on the request.

    First in the list, so that nothing else runs for a refused request. The front door has read the raw headers: this
    adapter does not look at Django's, in which doubled and underscored ones can no longer be told apart.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_protected(request.path_info) or request.path_info == OPEN_TO_ALL:
            return self.get_response(request)
        try:
            credential, address = (
                request.META["gatehouse.credential"],
                request.META["gatehouse.client_address"],
            )
        except KeyError:
            raise ImproperlyConfigured(
                "Gatehouse answers API requests only behind its own front door, console.asgi."
            ) from None
        request_id = request.META["gatehouse.request_id"]
        need, began = needed(request.path_info, request.method or ""), perf_counter()
        decision = gate().decide(credential, address, need)
        tally().decided(decision.code, perf_counter() - began)
        origin = NO_ORIGIN
        if decision.observed or not decision.allowed:
            origin = origin_of(request.path_info, request.META.get("HTTP_USER_AGENT", ""))
        usage().record(decision, request_id, origin)
        if not decision.allowed:
            return refused(decision, request_id)
        request.gate = decision  # type: ignore[attr-defined]
        if decision.key is not None:  # for the bridge to send: past Django, which would check and encode them anew
            request.META["gatehouse.answer_headers"] = decision.key.answer_headers
        response = self.get_response(request)
        if decision.rate is not None:
            for name, value in decision.rate.headers:
                response[name] = value
        return response


def is_protected(path: str) -> bool:
    """Whether a decoded path is under the API in any spelling that something on the way might take for it."""
    if path.startswith(PROTECTED + "/"):
        return True
    plain = posixpath.normpath("/" + path.replace("\\", "/").lstrip("/")).lower()
    return plain == PROTECTED or plain.startswith(PROTECTED + "/")


def refused(decision: Decision, request_id: str) -> HttpResponse:
    answer = refusal(decision, request_id)
    response = HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - or Django logs a warning for each
    return response


class PersonalPagesMiddleware:
    """Pages for a signed-in person: in the person's time zone, and in no cache, so that *back* shows nothing old."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A request of the API is nobody's page: a cookie that comes with it must not cost it a look at the database.
        if is_protected(request.path_info) or not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(zone_named(request.user.time_zone)):
            response = self.get_response(request)
        response.setdefault("Cache-Control", "no-store")
        return response
