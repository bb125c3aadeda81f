"""Modals: one template serves the dialog (htmx) and the full page (no JavaScript).

The template holds a partial named `dialog`; an htmx request gets just that, any other the page around it.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers

UNPROCESSABLE = 422


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page (a restored history entry wants the whole page)."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.history_restore_request


def posted(request: HttpRequest) -> QueryDict | None:
    """What to bind a form to. A post without any field is a post too: the form says what is missing."""
    return request.POST if request.method == "POST" else None


def render_modal(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200, changed: str = ""
) -> HttpResponse:
    """`changed` names a list of the page behind (`keys`, `networks`) that is to fetch itself anew."""
    name = f"{template}#dialog" if is_fragment(request) else template
    response = render(request, name, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "no-store"
    if changed and is_fragment(request):
        response["HX-Trigger"] = json.dumps({f"{changed}-changed": True})
    return response


def modal_done(
    request: HttpRequest, *, message: str, changed: str, page: str, kind: str = "success", close: bool = True
) -> HttpResponse:
    """The change is made: close the dialog, say so, refresh the list; without htmx go back to the page and say so.

    `close` is False for what can be done beside an open dialog without ending it.
    """
    if is_fragment(request):
        events: dict[str, object] = {"toast": {"text": message, "kind": kind}, f"{changed}-changed": True}
        if close:
            events["dialog:close"] = True
        response = HttpResponse(status=200)
        response["HX-Reswap"] = "none"
        response["HX-Trigger"] = json.dumps(events)
        response["Cache-Control"] = "no-store"
        return response
    messages.add_message(request, messages.SUCCESS if kind == "success" else messages.ERROR, message)
    return redirect(page)
