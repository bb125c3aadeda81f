"""Django behind the front door: requests of the API run through none of the middleware that only pages need.

A request of the API has no session, no form, no message and no markup. Without the middleware for these it takes half
the time. The gate comes first for both.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponseBase
from django.utils.module_loading import import_string

from console.middleware import PROTECTED

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


class ApiHandler(WSGIHandler):
    """Django's own handler with a list of middleware of its own: such as have no hooks besides being called."""

    middleware: ClassVar[tuple[str, ...]] = (
        "console.middleware.GateMiddleware",
        "django.middleware.security.SecurityMiddleware",
    )

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed(self.middleware):
            handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler


class DjangoApplication:
    """A WSGI application."""

    def __init__(self, api: WSGIHandler | None = None) -> None:
        self._pages = WSGIHandler()
        self._api = api or ApiHandler()

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> HttpResponseBase:
        handler = self._api if environ["PATH_INFO"].startswith(PROTECTED + "/") else self._pages
        return handler(environ, start_response)
