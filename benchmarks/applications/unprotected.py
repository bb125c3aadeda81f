"""Gatehouse without its gate: the sample API's views refuse to answer without a decision, so each gets the same one."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
django.setup(set_prefix=False)

from console.django_handlers import ApiHandler, DjangoApplication
from console.enforcement.decision import Decision
from console.front_door import FrontDoor

LET_THROUGH = Decision(None)


class NoGate:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.gate = LET_THROUGH
        return self.get_response(request)


class UnprotectedApi(ApiHandler):
    middleware = (f"{__name__}.{NoGate.__name__}", *ApiHandler.middleware[1:])


application = FrontDoor(DjangoApplication(api=UnprotectedApi()))
