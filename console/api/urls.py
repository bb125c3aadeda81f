from typing import Final, cast

from django.urls import URLPattern, path

from console import converters  # noqa: F401 - registers them
from console.api import events, key_changes, key_making, keys, people, subnet_changes, subnets, verifying
from console.api.application import api
from console.api.openapi import openapi_document
from console.api.operations import view_of
from console.needed import View

app_name = "api"

MODULES: Final = (keys, key_making, key_changes, subnets, subnet_changes, people, events, verifying)
"""Which register the operations."""


def _patterns() -> list[URLPattern]:
    """ninja names a path once for each of its operations; the resolver needs each once."""
    patterns: dict[str, URLPattern] = {}
    for pattern in api.urls[0]:
        route = str(pattern.pattern)
        if route and route not in patterns and isinstance(pattern, URLPattern):
            view = view_of(route, cast("View", pattern.callback))
            patterns[route] = path(route, view, name=pattern.name)
    return list(patterns.values())


urlpatterns = [path("openapi.json", openapi_document, name="openapi"), *_patterns()]
