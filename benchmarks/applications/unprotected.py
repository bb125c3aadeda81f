"""Gatehouse without its gate: the sample API's views refuse to answer without a decision, so each gets the same one."""

import os
from math import inf

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
django.setup(set_prefix=False)

from console.datasets.catalogue import DATASETS
from console.django_handlers import ApiHandler, DjangoApplication
from console.enforcement.decision import Decision, TeamPolicy
from console.enforcement.needs import ANY_DATASET
from console.enforcement.rules import NOBODY
from console.front_door import FrontDoor
from ipsubnets.ranges import AddressRanges

SUBSCRIBED = TeamPolicy(
    id=0,
    slug="",
    suspended=False,
    networks=AddressRanges.empty(),
    right_until=inf,
    datasets=frozenset(dataset.id for dataset in DATASETS),
)
LET_THROUGH = Decision(None, NOBODY, team=SUBSCRIBED, need=ANY_DATASET)


class NoGate:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.gate = LET_THROUGH
        return self.get_response(request)


class UnprotectedApi(ApiHandler):
    middleware = (f"{__name__}.{NoGate.__name__}", *ApiHandler.middleware[1:])


application = FrontDoor(DjangoApplication(api=UnprotectedApi()))
