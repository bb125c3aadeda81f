"""A program that calls the management API, and what it may expect of every answer."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from apikeys.models import ApiKey
from apikeys.scopes import Scope
from apikeys.services import GeneratedKey
from teams.models import AuditEvent
from tests.cast import Cast, list_network, make_key
from tests.front_door import OFFICE, Answer, FrontDoorClient

EVERYTHING = tuple(map(str, Scope))


@dataclass
class Program:
    """With a key of Acme's, in Acme's office."""

    front_door: FrontDoorClient
    generated: GeneratedKey

    @property
    def key_id(self) -> str:
        return self.generated.apikey.pk

    @property
    def apikey(self) -> ApiKey:
        return ApiKey.objects.get(pk=self.key_id)

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, raw=b"", **headers)

    def call(self, method: str, path: str, content: Any = None, *, raw: bytes | None = None, **headers: str) -> Answer:
        """`content` is sent as JSON. Names of headers are written with underscores."""
        body = raw if raw is not None else b"" if content is None else json.dumps(content).encode()
        sent = {"content_type": "application/json"} if body else {}
        sent |= headers
        answer = self.front_door.request(
            method,
            f"/api/v1/{path}",
            key=self.generated.text,
            headers=[(name.replace("_", "-"), value) for name, value in sent.items() if value],
            body=body,
        )
        assert answer.headers["cache-control"] == "no-store", (method, path)
        assert answer.status < 500, answer.body
        return answer


def program(front_door: FrontDoorClient, cast: Cast, *scopes: str, name: str = "Rotation-Bot") -> Program:
    """With these scopes, or with all that there are."""
    if not cast.acme.subnets.exists():
        list_network(cast.acme, OFFICE, "Office")
    return Program(front_door, make_key(cast.acme, cast.dev, name, scopes=scopes or EVERYTHING))


def problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The problem document, once it is one (RFC 9457)."""
    document = answer.json()
    assert (answer.status, document["code"], document["status"]) == (status, code, status), document
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["type"] == f"{settings.GATEHOUSE_PUBLIC_URL}/errors/{code}/"
    assert document["title"]
    assert document["detail"]
    assert document["request_id"]
    return document


def errors_of(answer: Answer, status: int = 422, code: str = "invalid_request") -> dict[str, str]:
    """What is wrong, by the field or parameter that it is about."""
    return {
        error.get("field") or error["parameter"]: error["detail"] for error in problem(answer, status, code)["errors"]
    }


def lets_through(front_door: FrontDoorClient, text: str) -> bool:
    return front_door.get("/api/v1/datasets", key=text).status == 200


def last_event() -> AuditEvent:
    return AuditEvent.objects.order_by("-id")[0]
