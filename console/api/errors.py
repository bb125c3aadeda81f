"""What the management API refuses: one entry for each code, and the exception by which an operation ends with one."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse

from console.datasets.problems import INVALID_PARAMETER, METHOD_NOT_ALLOWED, NOT_FOUND
from console.enforcement.refusals import ErrorEntry
from console.problems import problem_response
from console.server_errors import CONTENT_TOO_LARGE, SERVICE_UNAVAILABLE

MALFORMED_REQUEST: Final = ErrorEntry(
    "malformed_request",
    400,
    "Malformed request",
    [
        "The body is not JSON as RFC 8259 has it, in UTF-8: look for a comma too many, quotes that were lost in a "
        "shell, a name that is given twice in one object, NaN or Infinity, or half of a surrogate pair. Or a header "
        "cannot be read: an entity tag stands in double quotes.",
        "Nothing was changed.",
    ],
)
NOT_ACCEPTABLE: Final = ErrorEntry(
    "not_acceptable",
    406,
    "Not acceptable",
    ["The API answers with application/json, and the Accept header of the request rules that out."],
)
UNSUPPORTED_MEDIA_TYPE: Final = ErrorEntry(
    "unsupported_media_type",
    415,
    "Unsupported media type",
    [
        "The request has a body that is not declared as JSON. Send “Content-Type: application/json”, and no "
        "Content-Encoding.",
    ],
)
INVALID_REQUEST: Final = ErrorEntry(
    "invalid_request",
    422,
    "Request invalid",
    [
        "The body is JSON, but says something that cannot be meant, or that your team does not allow. The “errors” of "
        "the answer name each field and say what is wrong with it. Nothing was changed.",
    ],
)
CONFLICT: Final = ErrorEntry(
    "conflict",
    409,
    "Conflict",
    [
        "What the request asks for cannot be done to the thing as it is now: a revoked key cannot be enabled, a "
        "network that was removed cannot be removed again. The “detail” of the answer says which. Look at it anew.",
    ],
)
ALREADY_CREATED: Final = ErrorEntry(
    "already_created",
    409,
    "Already created",
    [
        "The same Idempotency-Key has generated a key before; “key_id” of the answer names it. The key itself was in "
        "the answer to the first request only: it is kept nowhere, so it cannot be shown again.",
        "If that answer was lost, revoke the key that “key_id” names and send the request with a new Idempotency-Key.",
    ],
)
IDEMPOTENCY_KEY_REUSED: Final = ErrorEntry(
    "idempotency_key_reused",
    422,
    "Idempotency-Key reused",
    [
        "The same API key has sent this Idempotency-Key within the last 24 hours with another request. Use a new one "
        "for each thing that is to be created, and the same one only to repeat a request as it was.",
    ],
)
PRECONDITION_FAILED: Final = ErrorEntry(
    "precondition_failed",
    412,
    "Precondition failed",
    [
        "Somebody has changed it since you read it: its ETag is not the one in If-Match any more. Nothing was changed. "
        "Read it again, look whether your change still makes sense, and send it with the new ETag.",
    ],
)
PRECONDITION_REQUIRED: Final = ErrorEntry(
    "precondition_required",
    428,
    "Precondition required",
    [
        "Changes need an If-Match header with the ETag of what you have read, so that two programs do not undo each "
        "other's work unseen. “If-Match: *” changes it whatever it has become.",
    ],
)
MORE_THAN_ITSELF: Final = ErrorEntry(
    "more_than_itself",
    403,
    "More than the key itself may",
    [
        "A key cannot make a key that may do more than itself: its scopes, the datasets that these are narrowed to, "
        "and its rate limit are the most that it can give, and rotating a key means holding its successor. The "
        "attempt is in the activity log.",
        "Ask an admin of the team for a key with these scopes, or generate it in the console.",
    ],
)
MANAGEMENT_ERRORS: Final = {
    entry.code: entry
    for entry in (
        MALFORMED_REQUEST,
        NOT_ACCEPTABLE,
        UNSUPPORTED_MEDIA_TYPE,
        INVALID_REQUEST,
        CONFLICT,
        ALREADY_CREATED,
        IDEMPOTENCY_KEY_REUSED,
        PRECONDITION_FAILED,
        PRECONDITION_REQUIRED,
        MORE_THAN_ITSELF,
    )
}

Errors = list[dict[str, str]]


class Problem(Exception):
    """The request ends with a problem document. `extensions` are further members of it."""

    def __init__(
        self, entry: ErrorEntry, detail: str, *, headers: Mapping[str, str] | None = None, **extensions: object
    ) -> None:
        super().__init__(detail)
        self.entry = entry
        self.detail = detail
        self.headers = headers
        self.extensions = extensions

    def response(self, request: HttpRequest) -> HttpResponse:
        return problem_response(
            request,
            status=self.entry.status,
            code=self.entry.code,
            title=self.entry.title,
            detail=self.detail,
            headers=self.headers,
            **self.extensions,
        )


def not_found(what: str) -> Problem:
    """The same for what never was, is deleted, or is another team's."""
    return Problem(NOT_FOUND, f"There is no such {what}.")


def invalid(errors: Errors) -> Problem:
    """422, as the query's fault if all of the errors are about parameters."""
    entry = INVALID_PARAMETER if all("parameter" in error for error in errors) else INVALID_REQUEST
    named = [f"{error.get('field') or error.get('parameter') or 'body'}: {error['detail']}" for error in errors]
    return Problem(entry, " ".join(named[:3]), errors=errors)


def method_not_allowed(allowed: list[str]) -> Problem:
    methods = ", ".join(allowed)
    return Problem(METHOD_NOT_ALLOWED, f"This address answers {methods}.", headers={"Allow": methods})


def content_too_large(most: int) -> Problem:
    return Problem(CONTENT_TOO_LARGE, f"A body has at most {most:,} bytes here.")


def database_away() -> Problem:
    return Problem(
        SERVICE_UNAVAILABLE, "The database does not answer. Try again shortly.", headers={"Retry-After": "2"}
    )
