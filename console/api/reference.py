"""The OpenAPI document as a page shows it: what a person wants to know of each operation, in the order of the areas."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

from console.api.openapi import document

Json = dict[str, Any]

EXAMPLES: Final[dict[str, Json]] = {
    "createKey": {"name": "Backtesting-Alpha-Bot", "expires_in": "90d", "scopes": ["datasets:read"]},
    "rotateKey": {"expires_in": "90d", "reason": "Monthly"},
    "updateKey": {"name": "Backtesting-Beta-Bot"},
    "disableKey": {"reason": "Under review"},
    "enableKey": {"reason": "Reviewed"},
    "revokeKey": {"reason": "Replaced"},
    "createSubnet": {"network": "198.51.100.0/24", "label": "VPN", "expires_in": "8h"},
    "verifyKey": {"key": "gate_…", "address": "198.51.100.7", "scope": "datasets:read"},
}


@dataclass(frozen=True, slots=True)
class Member:
    """A parameter, or a member of a body."""

    name: str
    where: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Described:
    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Member]
    members: list[Member]
    example: str
    answers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Area:
    name: str
    operations: list[Described] = field(default_factory=list)


def areas(public_url: str) -> list[Area]:
    made = document(public_url)
    found: dict[str, Area] = {}
    for path, methods in made["paths"].items():
        for method, each in methods.items():
            area = found.setdefault(each["tags"][0], Area(each["tags"][0]))
            area.operations.append(_described(made, path, method, each))
    return list(found.values())


def _described(made: Json, path: str, method: str, each: Json) -> Described:
    example = EXAMPLES.get(each["operationId"])
    return Described(
        id=each["operationId"],
        method=method.upper(),
        path=path,
        summary=each["summary"],
        description=each["description"].replace("`", ""),
        parameters=[
            Member(
                one["name"],
                one["in"],
                _kind(made, one["schema"]),
                one.get("required", False),
                one.get("description", "").replace("`", ""),
            )
            for one in each["parameters"]
        ],
        members=_members(made, each.get("requestBody")),
        example=json.dumps(example, indent=2, ensure_ascii=False) if example else "",
        answers=[
            (status, made["components"]["responses"].get(status, one)["description"].replace("`", ""))
            for status, one in sorted(each["responses"].items())
        ],
    )


def _members(made: Json, body: Json | None) -> list[Member]:
    if body is None:
        return []
    schema = _resolved(made, body["content"]["application/json"]["schema"])
    required = schema.get("required", ())
    return [
        Member(name, "body", _kind(made, one), name in required, one.get("description", "").replace("`", ""))
        for name, one in schema.get("properties", {}).items()
    ]


def _resolved(made: Json, schema: Json) -> Json:
    """A schema without references; of alternatives the first, which stands for what may be left out."""
    if "anyOf" in schema:
        return _resolved(made, schema["anyOf"][0])
    if "$ref" in schema:
        return _resolved(made, made["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return schema


def _kind(made: Json, schema: Json) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(made, one) for one in schema["anyOf"])
    plain = _resolved(made, schema)
    if "enum" in plain:
        return " | ".join(map(str, plain["enum"]))
    if plain.get("type") == "object":
        return "{ " + ", ".join(plain.get("properties", ())) + " }"
    if plain.get("type") == "array":
        return f"list of {_kind(made, plain['items'])}"
    return str(plain.get("format") or plain.get("const") or plain.get("type", ""))
