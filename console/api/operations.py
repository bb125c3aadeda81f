"""What every operation of the management API has in common: what it needs, and what is checked before it runs.

Requests of the API come without Django's announcements of their begin and end (`console.django_handlers`), so the
database connection is looked after here.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel

from apikeys.scopes import Scope
from console.api.application import api
from console.api.caller import Caller, caller_of
from console.api.errors import (
    NOT_ACCEPTABLE,
    UNSUPPORTED_MEDIA_TYPE,
    Problem,
    content_too_large,
    database_away,
    invalid,
    method_not_allowed,
)
from console.datasets.parameters import BadParameters, read_parameters
from console.datasets.problems import invalid_parameter_problem
from console.enforcement.decision import Decision
from console.enforcement.needs import Need
from console.needed import View
from teams.refusals import audited_refusals

LARGEST_BODY: Final = 64 * 1024
"""Bytes. The longest that can be meant has a twentieth of it."""
JSON: Final = "application/json"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class ApiRequest(HttpRequest):
    """As operations get it."""

    caller: Caller


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    need: Need
    parameters: Collection[str]
    """Of the query."""
    takes_body: bool
    changes: bool


OPERATIONS: Final[dict[str, dict[str, Operation]]] = {}
"""By path, as Django's resolver writes it, and method."""


def operation(
    method: str,
    path: str,
    scope: Scope,
    *,
    name: str,
    tag: str,
    answers: dict[int, Any],
    query: type[BaseModel] | None = None,
    takes_body: bool = False,
    changes: bool = True,
    headers: Collection[str] = (),
) -> Callable[[Endpoint], Endpoint]:
    """Decorate the function that answers. `name` is its `operationId`; `headers` are those that it reads."""
    known = tuple(query.model_fields) if query else ()
    route = path.lstrip("/").replace("{", "<").replace("}", ">")
    needed = Need(str(scope))
    changes = changes and method != "GET"
    OPERATIONS.setdefault(route, {})[method] = Operation(name, needed, known, takes_body, changes)

    def decorate(endpoint: Endpoint) -> Endpoint:
        summary, _, description = (endpoint.__doc__ or "").partition("\n\n")
        register = api.api_operation(
            [method],
            path,
            response=answers,
            operation_id=name,
            url_name=name,
            tags=[tag],
            summary=" ".join(summary.split()),
            description=" ".join(description.split()) or None,
            openapi_extra={"x-scope": needed.scope, "x-headers": list(headers)},
        )
        return register(endpoint)

    return decorate


def view_of(route: str, answer: View) -> View:
    """The view of a path: what its operations have in common, around what ninja makes of them."""
    operations = OPERATIONS[route]

    @wraps(answer)
    def view(request: HttpRequest, **arguments: str) -> HttpResponse:
        _look_after_connection()
        try:
            response = _answered(request, operations, answer, arguments)
        except Problem as problem:
            response = problem.response(request)
        except BadParameters as bad:
            response = invalid_parameter_problem(request, bad.errors)
        except (OperationalError, InterfaceError):
            response = database_away().response(request)
        finally:
            _look_after_connection()
        response["Cache-Control"] = "no-store"
        return response

    needs = {method: each.need for method, each in operations.items()}
    if "GET" in needs:
        needs["HEAD"] = needs["GET"]
    view.need_by_method = needs  # type: ignore[attr-defined]
    return csrf_exempt(view)


def _look_after_connection() -> None:
    """One that has died, or may have, is not used for the next request. Within a caller's transaction it is theirs."""
    if not connection.in_atomic_block:
        close_old_connections()


def _answered(
    request: HttpRequest, operations: dict[str, Operation], answer: View, arguments: dict[str, str]
) -> HttpResponse:
    method = "GET" if request.method == "HEAD" else request.method or ""
    found = operations.get(method)
    if found is None:
        raise method_not_allowed([*operations, *(("HEAD",) if "GET" in operations else ())])
    decision = getattr(request, "gate", None)
    if not isinstance(decision, Decision) or decision.need != found.need:
        raise ImproperlyConfigured("The management API answers behind console.middleware.GateMiddleware only.")
    _refuse_unacceptable(request)
    _refuse_bad_parameters(request, found)
    if found.takes_body:
        _refuse_bad_body(request)
    caller = caller_of(request)
    request.caller = caller  # type: ignore[attr-defined]
    request.method = method
    if not found.changes:
        return answer(request, **arguments)
    with audited_refusals(team=caller.team, actor=caller.actor, page=f"api:{found.name}"):
        return answer(request, **arguments)


def _refuse_unacceptable(request: HttpRequest) -> None:
    if not request.accepts(JSON):
        raise Problem(NOT_ACCEPTABLE, f"The API answers with {JSON}.")


def _refuse_bad_parameters(request: HttpRequest, found: Operation) -> None:
    for name, value in read_parameters(request, found.parameters).items():
        if "\0" in value:
            raise invalid([{"parameter": name, "detail": "It has the character NUL."}])


def _refuse_bad_body(request: HttpRequest) -> None:
    if len(request.body) > LARGEST_BODY:
        raise content_too_large(LARGEST_BODY)
    if not request.body:
        return
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if request.content_type != JSON or charset != "utf-8" or request.headers.get("Content-Encoding"):
        raise Problem(UNSUPPORTED_MEDIA_TYPE, f"Send the body as {JSON}.", headers={"Accept": JSON})
