"""Django behind the front door: requests of the API run through none of the machinery that only pages need.

A request of the API has no session, no form, no message and no markup. Without the middleware for these, and without
Django's announcements of each request, it takes a third of the time. The gate comes first for both.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch
from django.utils.module_loading import import_string

from console.middleware import PROTECTED
from console.needed import resolved
from console.wsgi_bridge import WSGIAnswer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

API_HEADERS: Final = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"))


class ApiHandler(WSGIHandler):
    """Django's own handler with a list of middleware of its own: such as have no hooks besides being called.

    It does not send `request_started` and `request_finished`. What listens to them looks after database connections,
    which costs as much as the view; a view here finds its data in memory, and the gate, when it has to ask the
    database, looks after its connection itself (`console.enforcement.loading`).
    """

    middleware: ClassVar[tuple[str, ...]] = ("console.middleware.GateMiddleware",)

    def __call__(  # type: ignore[override]  # PEP 3333 asks for no more
        self, environ: dict[str, Any], start_response: "StartResponse"
    ) -> WSGIAnswer:
        response = self.get_response(self.request_class(environ))
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items(), *API_HEADERS])
        return Unannounced(response)

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed(self.middleware):
            handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        request.resolver_match = resolved(request.path_info)
        return request.resolver_match


class Unannounced:
    """A response whose end is not announced to Django's listeners."""

    __slots__ = ("_response",)

    def __init__(self, response: HttpResponseBase) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response)

    def close(self) -> None:
        for closer in self._response._resource_closers:  # type: ignore[attr-defined]  # noqa: SLF001 - as its own close() does
            closer()


class DjangoApplication:
    """A WSGI application."""

    def __init__(self, api: WSGIHandler | None = None) -> None:
        self._pages = WSGIHandler()
        self._api = api or ApiHandler()

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> WSGIAnswer:
        handler = self._api if environ["PATH_INFO"].startswith(PROTECTED + "/") else self._pages
        return handler(environ, start_response)
