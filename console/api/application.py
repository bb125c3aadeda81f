"""The management API as django-ninja has it: how it reads and answers, and what becomes of exceptions."""

import json
import re
from typing import Any, Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer

from console.api.errors import Problem, database_away, invalid
from console.api.json_bodies import StrictParser
from console.api.refused import problem_of
from teams.errors import RefusedChange

VERSION: Final = "1"
_OF_A_UNION: Final = re.compile(r"[A-Z]|[a-z-]+\[")
LONGEST_SHOWN: Final = 40
"""Characters of a name that the client made up."""
DESCRIPTION: Final = """\
What admins do to API keys and networks, for programs: the same rules, the same audit trail.

A program calls it with one of the team's keys, from one of the team's networks; each operation names the scope that \
the key needs. The guide is docs/api.md."""


class JsonRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ARG002
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


class ManagementAPI(NinjaAPI):
    def get_content_type(self) -> str:
        """JSON is UTF-8 and has no parameter that would say so (RFC 8259, 11)."""
        return JsonRenderer.media_type


api: Final = ManagementAPI(
    title="Gatehouse management API",
    version=VERSION,
    description=DESCRIPTION,
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
    parser=StrictParser(),
    renderer=JsonRenderer(),
)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem.response(request)


@api.exception_handler(RefusedChange)
def _refused(request: HttpRequest, refused: RefusedChange) -> HttpResponse:
    return problem_of(refused).response(request)


@api.exception_handler(HttpError)
def _bad_body(request: HttpRequest, error: HttpError) -> HttpResponse:
    """ninja wraps whatever its parser raises."""
    if isinstance(error.__cause__, Problem):
        return error.__cause__.response(request)
    raise error


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return invalid([_told(each) for each in error.errors]).response(request)


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def _database(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001
    return database_away().response(request)


def _told(error: dict[str, Any]) -> dict[str, str]:
    source, *place = error["loc"]
    message = str(error["msg"]).removeprefix("Value error, ")
    detail = f"{message[:1].upper()}{message[1:]}."
    if source in {"query", "header"}:
        return {"parameter": str(place[-1]), "detail": detail}
    # The first is the name of the operation's own argument, and unions add how they are checked: nobody sent these.
    named = [_shown(str(step)) for step in place[1:] if not (isinstance(step, str) and _OF_A_UNION.match(step))]
    return {"field": ".".join(named) or "body", "detail": detail}


def _shown(name: str) -> str:
    """Not what could be a key that ended up in the wrong place."""
    return name if len(name) <= LONGEST_SHOWN and name.isprintable() else "…"
