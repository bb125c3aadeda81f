"""The site itself: open to operators only, and entered by our own sign-in page, with its limits and second factors."""

from functools import wraps
from typing import Any, Final

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver

from console.operators import is_operator, turned_away

LEFT_OUT: Final = {"logout", "password_change", "password_change_done", "autocomplete", "view_on_site"}
"""Ways round our own pages, and what nothing here needs."""


class OperatorsSite(AdminSite):
    site_title = "Gatehouse"
    site_header = "Gatehouse"
    index_title = "All records"
    enable_nav_sidebar = False
    final_catch_all_view = False
    index_template = "console/operators_records.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        guarded = super().admin_view(view, cacheable)

        @wraps(view)
        def for_operators(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            answer = turned_away(request)
            return guarded(request, *args, **kwargs) if answer is None else answer

        return for_operators

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """Django's own form would ask for a password only, as often as one likes."""
        return turned_away(request) or redirect("admin:index")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [url for url in super().get_urls() if getattr(url, "name", None) not in LEFT_OUT]


site = OperatorsSite()
