"""Who is about to see a secret must have proved who they are a moment ago."""

from time import time
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate, get_reauthentication_flows
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


def recently_authenticated(request: HttpRequest) -> bool:
    """Within `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds.

    Whoever has neither password nor second factor proves it by signing in anew where they sign in: for them allauth
    would ask nothing at all.
    """
    if get_reauthentication_flows(request.user):
        return bool(did_recently_reauthenticate(request))
    records = get_authentication_records(request, request.user)
    return bool(records) and time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def reauthentication_url(back: str) -> str:
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"
