"""Who is about to see a secret must have proved who they are a moment ago."""

from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import HttpRequest
from django.urls import reverse


def recently_authenticated(request: HttpRequest) -> bool:
    """Within `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds."""
    return bool(did_recently_reauthenticate(request))


def reauthentication_url(back: str) -> str:
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"
