"""What all records in the admin have in common: nothing is deleted, nothing done in bulk, no secret guessed at."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class Records(ModelAdmin):
    actions = None
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False
    change_form_template = "console/operators_record.html"
    ways: tuple[str, ...] = ("changelist", "change")
    """The pages there are."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:  # noqa: ARG002
        """By the filters that are shown, only: `?digest__startswith=` would be a way to read what is not."""
        filters = {entry if isinstance(entry, str) else entry[0] for entry in self.list_filter}  # type: ignore[index]
        return lookup.split("__", maxsplit=1)[0] in filters

    def get_urls(self) -> list[URLPattern]:
        names = {f"{self.opts.app_label}_{self.opts.model_name}_{way}" for way in self.ways}
        return [url for url in super().get_urls() if url.name in names]
