"""What the server itself refuses or fails at, before or instead of an answer of the gate or of an API."""

from typing import Final

from console.enforcement.refusals import ErrorEntry

CONTENT_TOO_LARGE: Final = ErrorEntry(
    "content_too_large",
    413,
    "Content too large",
    ["The body of the request is larger than any that is expected here. Nothing was changed."],
)
SERVICE_UNAVAILABLE: Final = ErrorEntry(
    "service_unavailable",
    503,
    "Service unavailable",
    [
        "More requests are waiting than can be answered in time, so this one was turned away at once. Nothing was "
        "changed. Try again after the time in the Retry-After header.",
    ],
)
INTERNAL_ERROR: Final = ErrorEntry(
    "internal_error",
    500,
    "Internal error",
    [
        "Something is broken on the server; your request is not at fault, and nothing was half done.",
        "If it lasts, tell whoever runs this Gatehouse the “request_id” of the answer: the log has the cause.",
    ],
)
SERVER_ERRORS: Final = {entry.code: entry for entry in (CONTENT_TOO_LARGE, SERVICE_UNAVAILABLE, INTERNAL_ERROR)}
