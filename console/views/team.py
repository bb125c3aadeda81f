"""What a team has subscribed to."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from console.datasets.lists import LIST, subscription_list
from console.datasets.selectors import datasets_without_subscription
from teams.access import Access, team_view
from teams.fragments import render_page
from teams.permissions import Permission


@require_safe
@team_view(Permission.TEAM_READ)
def subscriptions(request: HttpRequest, access: Access) -> HttpResponse:
    context = {
        "access": access,
        "active_tab": "subscriptions",
        "team": access.team,
        "subscriptions": subscription_list(request, access.team),
        "others": datasets_without_subscription(access.team),
    }
    return render_page(request, "console/subscriptions.html", LIST, context)
