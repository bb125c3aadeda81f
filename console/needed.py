"""Which scope and dataset a request of the API needs: the view that would answer it says so.

Asked of the view that Django's own resolver finds, so that no spelling of a path leads to a view by a way on which
nothing was asked for.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from django.http import HttpResponse
from django.urls import Resolver404, ResolverMatch, get_resolver

from console.enforcement.needs import Need

View = Callable[..., HttpResponse]

LONGEST_REMEMBERED: Final = 200
"""Characters of a path up to which it is remembered where it leads."""


def needs(need_of: Callable[..., Need | None]) -> Callable[[View], View]:
    """Decorate a view, outermost: `need_of` is given the arguments of its path."""

    def decorate(view: View) -> View:
        view.need_of = need_of  # type: ignore[attr-defined]
        return view

    return decorate


def needed(path: str, method: str) -> Need | None:
    """None where a usable key from a listed address is enough: nothing is there that anybody could read."""
    try:
        match = resolved(path)
    except Resolver404:
        return None
    by_method: Mapping[str, Need] | None = getattr(match.func, "need_by_method", None)
    if by_method is not None:
        return by_method.get(method)
    need_of: Callable[..., Any] | None = getattr(match.func, "need_of", None)
    return need_of(**match.kwargs) if need_of else None


def resolved(path: str) -> ResolverMatch:
    """Where a path leads. Clients ask for few paths, and often. Raises `Resolver404`, which is not remembered."""
    return _remembered(path) if len(path) <= LONGEST_REMEMBERED else get_resolver().resolve(path)


@lru_cache(maxsize=1024)
def _remembered(path: str) -> ResolverMatch:
    return get_resolver().resolve(path)
