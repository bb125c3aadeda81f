"""The sessions in which people are signed in: listed, ended one by one or all but the current one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from time import time
from typing import Any, Final

from allauth.account.signals import user_logged_in
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from console import sign_in_events
from console.middleware import is_protected
from teams.models import User

SEEN: Final = "seen_at"
SEEN_AGAIN_AFTER: Final = 300
"""Seconds between two notes of when a session was last used: a page view is to cost no write."""
UNFINISHED: Final = 900
"""Seconds that a session lasts in which nobody has signed in yet."""

_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """`Firefox on Linux`. Names of our own only: what a browser says of itself is not to be read in mails and lists."""
    browser = next((name for sign, name in _BROWSERS if f"{sign}/" in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Another program"


@dataclass(frozen=True)
class SessionInList:
    pk: int
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_current: bool


def sessions_of(user: User) -> list[SessionInList]:
    """The current one first, then by when they were last used. Those that have run out are dropped on the way."""
    listed = [
        SessionInList(
            pk=session.pk,
            device=device_name(session.user_agent),
            address=str(session.ip),
            began_at=session.created_at,
            seen_at=session.last_seen_at,
            is_current=session.is_current(),
        )
        for session in UserSession.objects.purge_and_list(user)
    ]
    return sorted(listed, key=lambda session: (session.is_current, session.seen_at), reverse=True)


class SessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        ended = list(sessions)
        super().end_sessions(ended)
        if ended:
            sign_in_events.sessions_ended(self.request, ended[0].user, len(ended))


def short_until_signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Sessions made before anybody has signed in go soon, so that nobody fills the database with them."""

    @wraps(view)
    def kept_short(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            request.session.set_expiry(UNFINISHED)
        return view(request, *args, **kwargs)

    return kept_short


class ActiveSessionsMiddleware:
    """Notes when a session was last used, and from where; and sees to it that using it does not prolong it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_protected(request.path_info) and request.user.is_authenticated:
            seen = request.session.get(SEEN)
            if seen is not None and time() - seen > SEEN_AGAIN_AFTER:
                request.session[SEEN] = int(time())
                UserSession.objects.create_from_request(request)
                began = UserSession.objects.values_list("created_at", flat=True).get(
                    session_key=request.session.session_key
                )
                request.session.set_expiry(began + timedelta(seconds=settings.SESSION_COOKIE_AGE))
        return self.get_response(request)


def _on_sign_in(request: HttpRequest, **_: Any) -> None:
    request.session.set_expiry(None)
    request.session[SEEN] = int(time())
    # Somebody has to sweep: sessions that have run out would stay in the database for good.
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def connect() -> None:
    user_logged_in.connect(_on_sign_in, dispatch_uid="active-sessions")
