"""The management API's reference, with a form to try each operation. Public: it says what the OpenAPI document says."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.api.reference import areas


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "console/api_docs.html", {"areas": areas(settings.GATEHOUSE_PUBLIC_URL)})
