"""`/api/v1/openapi.json`: the OpenAPI 3.1 document of the management API, open to everybody.

ninja makes it of the operations; what it does not know of is added: problem documents, headers, the two ways to send a
key. It says nothing that the program's source does not say, and a client is made of it before there is a key.
"""

import json
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from console.api.application import api
from console.api.errors import method_not_allowed
from console.problems import CONTENT_TYPE

PREFIX: Final = "/api/v1/"
PATH: Final = f"{PREFIX}openapi.json"

Json = dict[str, Any]

_ALWAYS: Final = (401, 403, 406, 422, 429, 503)
_WITH_BODY: Final = (400, 413, 415)
_CREATES: Final = (409,)

_DESCRIPTIONS: Final = {
    400: "The body is not JSON, or a header cannot be read",
    401: "No usable key",
    403: "The address is not listed, the scope is missing, or more was asked for than the key itself may",
    404: "There is no such thing in the team",
    406: "The Accept header rules JSON out",
    409: "It cannot be done to the thing as it is now, or was done already",
    412: "It was changed since it was read",
    413: "The body is too large",
    415: "The body is not declared as JSON",
    422: "A parameter or a field is wrong; `errors` says which",
    428: "If-Match is missing",
    429: "More requests than the key may make",
    503: "The policy cannot be read right now",
}
_PROBLEM: Final[Json] = {
    "title": "Problem",
    "description": "RFC 9457. `type` opens the console's own page about the `code`.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "reason": {"type": "string", "description": "Why a key whose secret is right cannot be used."},
        "ip": {"type": "string", "description": "The address that was judged."},
        "scope": {"type": "string", "description": "The scope that is missing."},
        "key_id": {"type": "string", "description": "The key that an earlier request of the same kind generated."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "field": {"type": "string", "description": "Of the body, with dots between its steps."},
                    "parameter": {"type": "string", "description": "Of the query, or a header."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_HEADERS: Final[dict[str, Json]] = {
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of what was read, or `*`.",
        "schema": {"type": "string", "pattern": '^(\\*|"[!#-~]{1,64}")$'},
        "example": "*",
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A text of your own for this one request, such as a UUID: within 24 hours nothing is created "
        "twice for it.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    },
}
_SECURITY_SCHEMES: Final[Json] = {
    "Bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer <key>`"},
    "Header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "`X-API-Key: <key>`"},
}


def openapi_document(request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return method_not_allowed(["GET", "HEAD"]).response(request)
    return HttpResponse(_encoded(settings.GATEHOUSE_PUBLIC_URL), content_type="application/json")


@lru_cache(maxsize=8)
def _encoded(public_url: str) -> bytes:
    return json.dumps(document(public_url), ensure_ascii=False, separators=(",", ":")).encode()


def document(public_url: str) -> Json:
    """Made anew at each call, as ninja does: whoever has it may change it."""
    made: Json = dict(api.get_openapi_schema(path_prefix=PREFIX))
    made["servers"] = [{"url": public_url}]
    made["info"]["license"] = {"name": "MIT", "identifier": "MIT"}
    components = made["components"]
    components["schemas"]["Problem"] = _PROBLEM
    components["securitySchemes"] = _SECURITY_SCHEMES
    components["responses"] = {str(status): _problem(status) for status in _DESCRIPTIONS}
    for path, methods in made["paths"].items():
        for method, each in methods.items():
            _complete(each, method, has_id="{" in path)
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


def _problem(status: int) -> Json:
    made: Json = {
        "description": _DESCRIPTIONS[status],
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in {429, 503}:
        made["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return made


def _complete(each: Json, method: str, *, has_id: bool) -> None:
    scope, headers = each.pop("x-scope"), each.pop("x-headers")
    each["security"] = [{name: [scope]} for name in _SECURITY_SCHEMES]
    each["description"] = "\n\n".join(filter(None, [each.get("description"), f"Needs the scope `{scope}`."]))
    required = method == "patch"
    each["parameters"] += [
        _HEADERS[name] | ({"required": True} if name == "If-Match" and required else {}) for name in headers
    ]
    statuses = [*_ALWAYS]
    if has_id:
        statuses.append(404)
    if "requestBody" in each:
        statuses += _WITH_BODY
    elif "If-Match" in headers:
        statuses.append(400)
    if method != "get" and not each["operationId"].startswith("verify"):
        statuses += _CREATES
    if "If-Match" in headers:
        statuses.append(412)
    if required:
        statuses.append(428)
    for status in sorted(statuses):
        each["responses"][status] = {"$ref": f"#/components/responses/{status}"}
