"""Problem documents (RFC 9457): the one shape of every refusal of the gate and of the APIs behind it."""

import json
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse

CONTENT_TYPE = "application/problem+json"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def problem_document(
    *, status: int, code: str, title: str, detail: str, request_id: str, **extensions: object
) -> bytes:
    """The document as UTF-8 JSON. `type` is the console's own page that explains the code."""
    document = {
        "type": f"{settings.GATEHOUSE_PUBLIC_URL}/errors/{code}/",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        **extensions,
    }
    return _encode(document).encode()


def problem_response(
    request: HttpRequest,
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **extensions: object,
) -> HttpResponse:
    """A Django response that carries a problem document and is never stored."""
    body = problem_document(
        status=status,
        code=code,
        title=title,
        detail=detail,
        request_id=request.META.get("gatehouse.request_id", ""),
        **extensions,
    )
    return HttpResponse(
        body,
        status=status,
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
