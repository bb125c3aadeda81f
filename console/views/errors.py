"""The page behind the `type` of every problem document, and the pages for what goes wrong in the console."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.defaults import server_error as default_server_error

from console.api.errors import MANAGEMENT_ERRORS
from console.datasets.problems import API_ERRORS
from console.enforcement.refusals import ERRORS
from console.middleware import is_protected
from console.problems import problem_response
from console.server_errors import INTERNAL_ERROR, SERVER_ERRORS


@require_safe
def error_code(request: HttpRequest, code: str) -> HttpResponse:
    """Public: whoever gets a refusal may read what it means."""
    entry = next(
        (codes[code] for codes in (ERRORS, API_ERRORS, MANAGEMENT_ERRORS, SERVER_ERRORS) if code in codes), None
    )
    if entry is None:
        raise Http404("No such error code.")
    return render(request, "console/error_code.html", {"entry": entry})


def server_error(request: HttpRequest) -> HttpResponse:
    """Something is broken. Programs get a problem document, people a page; neither is told more."""
    if not is_protected(request.path_info):
        return default_server_error(request)
    return problem_response(
        request,
        status=INTERNAL_ERROR.status,
        code=INTERNAL_ERROR.code,
        title=INTERNAL_ERROR.title,
        detail="The server failed to answer. The request ID helps whoever runs it to find out why.",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """The form was not sent from a page of ours, or from one that is too old. Nothing was changed."""
    return render(request, "403_csrf.html", status=403)
