"""Refusals of the sample API, once the gate has let a request through."""

from dataclasses import asdict
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from console.datasets.parameters import ParameterError
from console.enforcement.refusals import ErrorEntry
from console.problems import problem_response

NOT_FOUND: Final = ErrorEntry(
    "not_found",
    404,
    "Not found",
    [
        "There is nothing at this address of the API. Look for a mistyped ID, and for a slash too many; the list of "
        "datasets holds the address of each.",
        "What another team has, and what was deleted, is answered like what never was.",
        "Your key is good: a request without one is refused before anybody looks whether the address exists.",
    ],
)
METHOD_NOT_ALLOWED: Final = ErrorEntry(
    "method_not_allowed",
    405,
    "Method not allowed",
    ["This address of the API does not do that. The Allow header of the answer names the methods that it knows."],
)
INVALID_PARAMETER: Final = ErrorEntry(
    "invalid_parameter",
    422,
    "Query parameter invalid",
    [
        "A query parameter is unknown, given more than once, empty, or has a value that cannot be meant. The “errors” "
        "of the answer name each parameter and say what is wrong with it.",
        "A cursor is good only for the query that it came from: repeat the other parameters as they were (“symbol”, "
        "“start” and “end” of a dataset; the filters of a list), and change nothing but “limit”.",
    ],
)
API_ERRORS: Final = {str(entry.code): entry for entry in (NOT_FOUND, METHOD_NOT_ALLOWED, INVALID_PARAMETER)}

ALLOWED: Final = ("GET", "HEAD")


def not_found_problem(request: HttpRequest, detail: str) -> HttpResponse:
    return _problem(request, NOT_FOUND, detail)


def method_not_allowed_problem(request: HttpRequest) -> HttpResponse:
    response = _problem(request, METHOD_NOT_ALLOWED, "This address answers GET and HEAD only.")
    response["Allow"] = ", ".join(ALLOWED)
    return response


def invalid_parameter_problem(request: HttpRequest, errors: list[ParameterError]) -> HttpResponse:
    detail = " ".join(f"{error.parameter}: {error.detail}" for error in errors[:3])
    return _problem(request, INVALID_PARAMETER, detail, [asdict(error) for error in errors])


def _problem(
    request: HttpRequest, entry: ErrorEntry, detail: str, errors: list[dict[str, str]] | None = None
) -> HttpResponse:
    extensions: dict[str, Any] = {} if errors is None else {"errors": errors}
    return problem_response(
        request, status=entry.status, code=entry.code, title=entry.title, detail=detail, **extensions
    )
