"""Addresses of this console as people and programs reach it.

Made of the configured public URL: what a request calls this host plays no part in it, and often there is no request.
"""

from django.conf import settings
from django.urls import reverse


def public_url(view: str, *arguments: object) -> str:
    """The absolute address of the page that has this name."""
    return f"{settings.GATEHOUSE_PUBLIC_URL}{reverse(view, args=arguments)}"
