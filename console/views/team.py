"""What a team has subscribed to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.datasets.catalogue import DATASETS
from teams.access import Access, team_view
from teams.permissions import Permission


@require_safe
@team_view(Permission.TEAM_READ)
def subscriptions(request: HttpRequest, access: Access) -> HttpResponse:
    context = {"access": access, "active_tab": "subscriptions", "datasets": DATASETS}
    return render(request, "console/subscriptions.html", context)
