"""Refusals in the form that nginx's `auth_request` can pass on: it knows 401 and 403 only, and drops every body."""

import json
from dataclasses import replace

from console.enforcement.refusals import Refusal


def for_auth_request(answer: Refusal) -> Refusal:
    """429 and 503 as 403, the true status in `X-Gatehouse-Status`, the problem document in `X-Gatehouse-Problem`.

    The document is the same one with everything that is not ASCII escaped (RFC 8259, 7), so that a header can hold it.
    """
    return replace(
        answer,
        status=401 if answer.status == 401 else 403,
        headers=(
            *answer.headers,
            ("X-Gatehouse-Status", str(answer.status)),
            ("X-Gatehouse-Problem", json.dumps(json.loads(answer.body), separators=(",", ":"))),
        ),
    )
