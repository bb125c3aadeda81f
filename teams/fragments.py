"""Pages whose lists can be fetched by themselves."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from teams.modals import is_fragment


def render_page(
    request: HttpRequest, template: str, fragments: Mapping[str, str], context: Mapping[str, Any]
) -> HttpResponse:
    """The page; or, where htmx names an element of `fragments` as its target, only that element's template."""
    target = request.htmx.target if is_fragment(request) else None  # type: ignore[attr-defined]
    response = render(request, fragments.get(target or "", template), dict(context))
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
