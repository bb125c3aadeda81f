"""Teams that ask more of their members than a password."""

from collections.abc import Iterable
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from teams.access import Access, entry_rules
from teams.modals import is_fragment
from teams.models import Team, User


def with_second_factor(people: Iterable[int]) -> set[int]:
    """Those of the people, by their ids, who have a second factor. Recovery codes alone are none."""
    found = Authenticator.objects.filter(user_id__in=people).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return set(found.values_list("user_id", flat=True))


def has_second_factor(user: User) -> bool:
    return bool(with_second_factor([user.pk]))


def second_factor_due(user: User, team: Team) -> datetime | None:
    """When the team's pages close, or closed, to this person for want of a second factor; None if they do not."""
    required_from = team.second_factor_required_from
    return None if required_from is None or has_second_factor(user) else required_from


def require_second_factor(request: HttpRequest, access: Access) -> HttpResponse | None:
    """The entry rule: once the grace is over, whoever has none is sent to where one is added."""
    due = second_factor_due(access.user, access.team)
    if due is None or due > timezone.now():
        return None
    page = reverse("console:security")
    if is_fragment(request):
        return HttpResponseClientRedirect(page)
    messages.error(request, f"{access.team.name} asks for a second factor. Add one here to get to its pages.")
    return redirect(page)


def connect() -> None:
    entry_rules.append(require_second_factor)
