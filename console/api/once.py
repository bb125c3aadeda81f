"""`Idempotency-Key`: a request that is sent again, because its answer was lost, creates nothing twice.

In the manner of draft-ietf-httpapi-idempotency-key-header. What is kept for 24 hours is a digest of the request and
what it created, in the transaction that created it. A new key is never kept, so its answer cannot be given again: the
second request is told which key the first one made. All other answers are repeated.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from django.db import transaction
from django.utils import timezone

from console.api.errors import ALREADY_CREATED, IDEMPOTENCY_KEY_REUSED, MALFORMED_REQUEST, Problem
from console.api.locking import lock_team
from console.api.models import CreatedOnce
from console.api.operations import ApiRequest
from teams.piecewise import delete_piecewise

KEPT: Final = timedelta(hours=24)
_KEY: Final = re.compile(r"[!-~]{1,128}")

Created = TypeVar("Created")


@dataclass(frozen=True, slots=True)
class Once:
    """What is remembered of something created. `answer` is sent again; without one, nothing may be."""

    object_id: str
    answer: str = ""


class Repeated(Exception):
    """It was created before, and this was the answer."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = answer


@transaction.atomic
def create_once(request: ApiRequest, create: Callable[[], Created], remember: Callable[[Created], Once]) -> Created:
    """What `create` returns. Raises `Repeated` or `Problem` for a request that was sent before."""
    caller, idempotency_key = request.caller, request.headers.get("Idempotency-Key")
    lock_team(caller)
    if idempotency_key is None:
        return create()
    if not _KEY.fullmatch(idempotency_key):
        raise Problem(MALFORMED_REQUEST, "An Idempotency-Key has 1 to 128 visible ASCII characters.")
    name = sha256(idempotency_key.encode()).hexdigest()
    described = f"{request.method} {request.path}\n".encode() + request.body
    of_this_request = sha256(described).hexdigest()
    earlier = CreatedOnce.objects.filter(key_id=caller.apikey.pk, name=name)
    earlier.filter(at__lte=timezone.now() - KEPT).delete()
    found = earlier.first()
    if found is not None:
        _repeat(found, of_this_request)
    created = create()
    what = remember(created)
    CreatedOnce.objects.create(
        key_id=caller.apikey.pk, name=name, request=of_this_request, object_id=what.object_id, answer=what.answer
    )
    return created


def _repeat(found: CreatedOnce, of_this_request: str) -> None:
    if found.request != of_this_request:
        raise Problem(IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was sent with another request before.")
    if found.answer:
        raise Repeated(found.answer)
    raise Problem(
        ALREADY_CREATED,
        f"This request has generated the key {found.object_id} before, which was shown in the first answer only. "
        "If that was lost, revoke the key and ask for another with a new Idempotency-Key.",
        key_id=found.object_id,
    )


def forget_old_creations(*, now: datetime) -> int:
    """Delete what nobody can repeat any more. Returns how many."""
    return delete_piecewise(CreatedOnce.objects.filter(at__lte=now - KEPT))
