"""A list on a page: searched, sorted and cut into pages by the database, its state kept in the page's address."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import F, Model, Q, QuerySet
from django.http import HttpRequest, QueryDict

M = TypeVar("M", bound=Model)

PAGE_SIZE = 25
LONGEST_SEARCH = 200
PARAMETER: Final = re.compile(r"[a-z]+\.[a-z_]+")


@dataclass(frozen=True, slots=True)
class Sorting:
    """A column: its label, and the fields it orders by (none: it cannot be sorted by)."""

    name: str
    label: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    label: str
    sortable: bool
    url: str
    direction: str


@dataclass(frozen=True, slots=True)
class PageLink:
    number: int | None
    url: str
    current: bool


@dataclass
class ListPage(Generic[M]):
    """What a list template needs. The query parameters are `<prefix>.q`, `<prefix>.sort` and `<prefix>.page`."""

    request: HttpRequest
    prefix: str
    queryset: QuerySet[M]
    columns_by_name: Sequence[Sorting]
    default_sort: str
    search_fields: Sequence[str] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    fields_of_search: Sequence[str] = ()
    """Those of the filters that are fields of the search's own form."""

    def __post_init__(self) -> None:
        query = self.request.GET
        self.q = query.get(f"{self.prefix}.q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        sort = query.get(f"{self.prefix}.sort", "")
        sortable = {column.name for column in self.columns_by_name if column.fields}
        self.sort = sort if sort.removeprefix("-") in sortable else self.default_sort
        self.is_filtered = bool(self.q or any(self.filters.values()))
        self.found = self._searched()
        paginator = Paginator(self._ordered(self.found), PAGE_SIZE)
        self.page: Page[M] = paginator.get_page(query.get(f"{self.prefix}.page"))
        self.rows: list[M] = list(self.page.object_list)
        self.total = paginator.count

    def _searched(self) -> QuerySet[M]:
        if not self.q:
            return self.queryset
        condition = Q()
        for name in self.search_fields:
            condition |= Q(**{f"{name}__icontains": self.q})
        return self.queryset.filter(condition)

    def _ordered(self, queryset: QuerySet[M]) -> QuerySet[M]:
        descending = self.sort.startswith("-")
        column = next(c for c in self.columns_by_name if c.name == self.sort.removeprefix("-"))
        # What is unknown comes last, up or down: left to themselves, databases disagree about where it goes.
        fields = [
            F(name).desc(nulls_last=True) if descending else F(name).asc(nulls_last=True) for name in column.fields
        ]
        return queryset.order_by(*fields, "-pk" if descending else "pk")

    @property
    def columns(self) -> list[Column]:
        current, descending = self.sort.removeprefix("-"), self.sort.startswith("-")
        return [
            Column(
                name=column.name,
                label=column.label,
                sortable=bool(column.fields),
                url=self._url(sort=f"-{column.name}" if column.name == current and not descending else column.name),
                direction=("desc" if descending else "asc") if column.name == current else "",
            )
            for column in self.columns_by_name
        ]

    @property
    def page_links(self) -> Iterator[PageLink]:
        """Links to the pages near the current one and to both ends; a gap has no number."""
        for number in self.page.paginator.get_elided_page_range(self.page.number, on_each_side=1, on_ends=1):
            if isinstance(number, int):
                yield PageLink(number, self._url(page=str(number)), number == self.page.number)
            else:
                yield PageLink(None, "", current=False)

    @property
    def previous_url(self) -> str:
        return self._url(page=str(self.page.previous_page_number())) if self.page.has_previous() else ""

    @property
    def next_url(self) -> str:
        return self._url(page=str(self.page.next_page_number())) if self.page.has_next() else ""

    @property
    def same_url(self) -> str:
        """Of what is shown now."""
        return self._url(page=str(self.page.number))

    @property
    def clear_url(self) -> str:
        return self._url(q="")

    @property
    def without(self) -> dict[str, str]:
        """What is shown now, but for one of the filters: by its name."""
        return {name: self._url(**{name: ""}) for name in self.filters}

    @property
    def other_parameters(self) -> list[tuple[str, str]]:
        """What a search form must carry along: the parameters of the other lists, and this list's own sorting."""
        mine = {f"{self.prefix}.{name}" for name in ("q", "page", *self.fields_of_search)}
        return [(name, value) for name, value in self._carried.items() if name not in mine]

    @cached_property
    def _carried(self) -> dict[str, str]:
        """The state of every list of the page. Whatever else is in the address goes into none of the many links."""
        query = self.request.GET
        return {name: str(query[name])[:LONGEST_SEARCH] for name in query if PARAMETER.fullmatch(name)}

    def _url(self, **changes: str) -> str:
        query = QueryDict(mutable=True)
        for name, value in self._carried.items():
            query[name] = value
        if "page" not in changes:
            query.pop(f"{self.prefix}.page", None)
        for name, value in changes.items():
            if value:
                query[f"{self.prefix}.{name}"] = value
            else:
                query.pop(f"{self.prefix}.{name}", None)
        return f"?{query.urlencode()}"
