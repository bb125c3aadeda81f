"""Which scope and dataset a request of the API needs: the view that would answer it says so.

Asked of the view that Django's own resolver finds, so that no spelling of a path leads to a view by a way on which
nothing was asked for.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from django.http import HttpResponse
from django.urls import Resolver404, get_resolver

from console.enforcement.needs import Need

View = Callable[..., HttpResponse]

LONGEST_REMEMBERED: Final = 200
"""Characters of a path up to which its need is remembered."""


def needs(need_of: Callable[..., Need | None]) -> Callable[[View], View]:
    """Decorate a view, outermost: `need_of` is given the arguments of its path."""

    def decorate(view: View) -> View:
        view.need_of = need_of  # type: ignore[attr-defined]
        return view

    return decorate


def needed(path: str) -> Need | None:
    """None where a usable key from a listed address is enough: nothing is there that anybody could read."""
    return _remembered(path) if len(path) <= LONGEST_REMEMBERED else _found(path)


def _found(path: str) -> Need | None:
    try:
        match = get_resolver().resolve(path)
    except Resolver404:
        return None
    need_of: Callable[..., Any] | None = getattr(match.func, "need_of", None)
    return need_of(**match.kwargs) if need_of else None


_remembered = lru_cache(maxsize=1024)(_found)
