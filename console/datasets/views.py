"""`/api/v1/`: the catalogue, and rows. Whoever gets here has passed the gate; nothing but its decision is read."""

import json
from collections.abc import Callable, Collection
from functools import lru_cache, wraps
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from console.datasets.catalogue import DATASETS, DATASETS_BY_ID, Dataset
from console.datasets.cursors import make_cursor
from console.datasets.parameters import BadParameters, read_parameters, read_rows_request
from console.datasets.problems import (
    ALLOWED,
    invalid_parameter_problem,
    method_not_allowed_problem,
    not_found_problem,
)
from console.datasets.rows import read_page
from console.enforcement.decision import Decision
from console.enforcement.needs import ANY_DATASET, Need
from console.needed import View, needs
from console.public_address import public_url

NO_DATASET: Final = "There is no such dataset; /api/v1/datasets lists those there are."
NOTHING_HERE: Final = "There is nothing at this address; the API begins at /api/v1/datasets."


def any_dataset() -> Need:
    return ANY_DATASET


def that_dataset(dataset_id: str) -> Need:
    """A dataset that is none is for the view to tell of."""
    return _needs_of_datasets.get(dataset_id, ANY_DATASET)


_needs_of_datasets: Final = {dataset.id: Need(ANY_DATASET.scope, dataset.id) for dataset in DATASETS}


def nothing() -> None:
    """Any key may hear that there is nothing."""


def behind_the_gate(view: View, need_of: Callable[..., Need | None]) -> View:
    """A view that fails rather than answer a request that the gate has not let through for what the view needs.

    No CSRF check: a browser does not send an API key by itself.
    """

    @wraps(view)
    def guarded(request: HttpRequest, **arguments: str) -> HttpResponse:
        decision = getattr(request, "gate", None)
        if not isinstance(decision, Decision) or not decision.allowed or decision.need != need_of(**arguments):
            raise ImproperlyConfigured("This view answers behind console.middleware.GateMiddleware only.")
        return view(request, **arguments)

    return needs(need_of)(csrf_exempt(guarded))


def reading(need_of: Callable[..., Need | None]) -> Callable[[View], View]:
    """A view behind the gate that answers GET and HEAD, and whose `BadParameters` become a problem document."""

    def decorate(view: View) -> View:
        @wraps(view)
        def reader(request: HttpRequest, **arguments: str) -> HttpResponse:
            if request.method not in ALLOWED:
                return method_not_allowed_problem(request)
            try:
                return view(request, **arguments)
            except BadParameters as bad:
                return invalid_parameter_problem(request, bad.errors)

        return behind_the_gate(reader, need_of)

    return decorate


@reading(any_dataset)
def dataset_list(request: HttpRequest) -> HttpResponse:
    """Those that the team is subscribed to and the key may read."""
    read_parameters(request, ())
    decision: Decision = request.gate  # type: ignore[attr-defined]
    return _sent(_catalogue(settings.GATEHOUSE_PUBLIC_URL, decision.datasets))


@reading(that_dataset)
def dataset_detail(request: HttpRequest, dataset_id: str) -> HttpResponse:
    dataset = DATASETS_BY_ID.get(dataset_id)
    if dataset is None:
        return not_found_problem(request, NO_DATASET)
    read_parameters(request, ())
    return _answer(_described(dataset))


@reading(that_dataset)
def dataset_rows(request: HttpRequest, dataset_id: str) -> HttpResponse:
    dataset = DATASETS_BY_ID.get(dataset_id)
    if dataset is None:
        return not_found_problem(request, NO_DATASET)
    asked = read_rows_request(request, dataset)
    page = read_page(asked.query, asked.limit, asked.position)
    return _answer(
        {
            "dataset": dataset.id,
            "synthetic": True,
            "rows": page.rows,
            "next_cursor": None if page.next_position is None else make_cursor(asked.query, page.next_position),
        }
    )


def _nothing_here(request: HttpRequest) -> HttpResponse:
    return not_found_problem(request, NOTHING_HERE)


nothing_here = behind_the_gate(_nothing_here, nothing)


@lru_cache(maxsize=256)
def _catalogue(public_url: str, visible: Collection[str]) -> bytes:  # noqa: ARG001 - the address is in the answer
    """Encoded once for each set of datasets: it takes longer than all the rest of the request."""
    return _encoded({"datasets": [_described(dataset) for dataset in DATASETS if dataset.id in visible]})


def _answer(content: dict[str, object]) -> HttpResponse:
    return _sent(_encoded(content))


def _encoded(content: dict[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _sent(body: bytes) -> HttpResponse:
    """Never stored: a copy would outlive the key's revocation."""
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "private, no-store"})


def _described(dataset: Dataset) -> dict[str, object]:
    return {
        "id": dataset.id,
        "name": dataset.name,
        "description": dataset.description,
        "asset_class": dataset.asset_class,
        "frequency": dataset.frequency,
        "synthetic": True,
        "coverage": {
            "start": dataset.first_day.isoformat(),
            "end": dataset.day_after_the_last.isoformat(),
        },
        "symbols": dataset.symbols,
        "fields": [
            {"name": each.name, "type": each.type, "nullable": each.nullable, "description": each.description}
            for each in dataset.fields
        ],
        "links": {
            "self": public_url("datasets:detail", dataset.id),
            "rows": public_url("datasets:rows", dataset.id),
        },
    }
