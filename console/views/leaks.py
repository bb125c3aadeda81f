"""Reports of leaked keys: a signed list from a scanner, and a form for people."""

from dataclasses import replace
from typing import Final

from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from apikeys.key_format import keys_in
from apikeys.leaks import LONGEST_PLACE, report_leak
from console.leaks import scanners
from teams.audit import Actor
from teams.modals import UNPROCESSABLE, posted

LONGEST_TEXT: Final = 100_000
"""Characters of a text that is searched for keys."""


class ReportLeakForm(forms.Form):
    text = forms.CharField(
        label="The key, or a text that holds it",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false", "class": "mono"}),
        error_messages={"required": "Paste the whole key: what is shown of it in lists is not enough."},
    )
    found_at = forms.CharField(
        label="Where you found it",
        required=False,
        max_length=LONGEST_PLACE,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="An address, or words. Those who own the key are shown this.",
    )

    def clean_text(self) -> list[str]:
        found = keys_in(self.cleaned_data["text"])
        if not found:
            raise ValidationError(
                f"There is no whole key in this text. One begins with “{settings.GATEHOUSE_KEY_PREFIX}_”, and no part "
                "of it may be left out."
            )
        return found


@require_http_methods(["GET", "POST"])
@never_cache
def report_form(request: HttpRequest) -> HttpResponse:
    """Thanks alike for a key of ours and for any other text of that form: it tells nothing to whoever guesses."""
    form = ReportLeakForm(posted(request))
    if request.method == "POST":
        busy: HttpResponse | None = ratelimit.consume_or_429(request, action="report_leak")
        if busy is not None:
            return busy
        if form.is_valid():
            for text in form.cleaned_data["text"]:
                report_leak(text=text, found_at=form.cleaned_data["found_at"], actor=_visitor(request))
            return render(request, "console/leak_reported.html", {"count": len(form.cleaned_data["text"])})
    return render(request, "console/report_leak.html", {"form": form}, status=UNPROCESSABLE if form.is_bound else 200)


def _visitor(request: HttpRequest) -> Actor:
    """Nameless also when signed in: the team whose key it is may not be theirs, and reads who reported it."""
    return replace(Actor.of_request(request), name="A visitor", user_id=None)


@csrf_exempt
@require_POST
@never_cache
def scanner_report(request: HttpRequest) -> HttpResponse:
    """Believes nobody but those whose public key is in `GATEHOUSE_SCANNER_KEYS`; there is nothing here without one."""
    keys = scanners.scanner_keys(settings.GATEHOUSE_SCANNER_KEYS)
    if not keys:
        raise Http404("No scanner is configured.")
    identifier = request.headers.get(scanners.IDENTIFIER_HEADER, "")
    try:
        signature = request.headers.get(scanners.SIGNATURE_HEADER, "")
        scanners.verify(request.body, identifier=identifier, signature=signature, keys=keys)
    except scanners.Unsigned:
        return JsonResponse({"error": "The signature is missing, or is not one over this body."}, status=403)
    try:
        matches = scanners.parse_matches(request.body)
    except scanners.Unreadable as unreadable:
        return JsonResponse({"error": str(unreadable)}, status=400)
    actor = Actor(
        name=f"Secret scanner {identifier[:12]}",
        address=request.META.get("REMOTE_ADDR", ""),
        via="secret scanning",
        request_id=request.META.get("gatehouse.request_id", ""),
    )
    return JsonResponse(scanners.report(matches, actor=actor), safe=False)
