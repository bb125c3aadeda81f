"""Generating keys, showing them once, and ending them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apikeys import services
from apikeys.forms import ExpiryForm, GenerateKeyForm, ReasonForm
from apikeys.models import ApiKey
from apikeys.reauthentication import reauthentication_url, recently_authenticated
from apikeys.requested import list_page, listed_key, managed_key
from apikeys.retirement_forms import RotateForm
from apikeys.rules import AlreadyGenerated
from apikeys.selectors import may_manage, own_group_ids
from ipsubnets.addresses import parse_address
from ipsubnets.selectors import live_subnet_covering
from teams import audit
from teams.access import Access, team_view
from teams.errors import RefusedChange
from teams.modals import UNPROCESSABLE, modal_done, posted, render_modal
from teams.permissions import Permission

DATASETS_PATH = "/api/v1/datasets"


@require_http_methods(["GET", "POST"])
@team_view(Permission.KEYS_GENERATE)
@never_cache
def generate(request: HttpRequest, access: Access) -> HttpResponse:
    form = GenerateKeyForm(posted(request), access=access)
    changed = ""
    if request.method == "POST" and form.is_valid():
        try:
            generated = services.generate_key(
                team=access.team,
                name=form.cleaned_data["name"],
                expires_at=form.expires_at,
                owner=form.chosen_owner,
                rate_limit=form.cleaned_data["rate_limit"],
                scopes=form.chosen_scopes,
                networks=form.chosen_networks,
                keep_sealed_copy=form.cleaned_data.get("keep_sealed_copy", False),
                submission=form.cleaned_data["submission"],
                created_by=access.user,
                actor=access.actor,
            )
        except RefusedChange as refused:
            changed = _add_error(form, refused)
        else:
            return _shown_once(request, access, generated)
    context = {"access": access, "form": form}
    status = UNPROCESSABLE if form.is_bound else 200
    return render_modal(request, "apikeys/generate.html", context, status=status, changed=changed)


@require_http_methods(["GET", "POST"])
@team_view(Permission.KEYS_GENERATE)
@never_cache
def rotate(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    try:
        apikey = managed_key(access, key_id)
    except RefusedChange as refused:
        return modal_done(request, message=refused.message, changed="keys", page=list_page(access), kind="error")
    form = RotateForm(posted(request), apikey=apikey, team=access.team)
    changed = ""
    if request.method == "POST" and form.is_valid():
        try:
            generated = services.rotate_key(
                apikey=apikey,
                expires_at=form.expires_at,
                retirement=form.retirement,
                submission=form.cleaned_data["submission"],
                created_by=access.user,
                actor=access.actor,
            )
        except RefusedChange as refused:
            changed = _add_error(form, refused)
        else:
            return _shown_once(request, access, generated, predecessor=apikey)
    context = {"access": access, "apikey": apikey, "form": form}
    status = UNPROCESSABLE if form.is_bound else 200
    return render_modal(request, "apikeys/rotate.html", context, status=status, changed=changed)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_READ)
@never_cache
def copy(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    """What the list's *Copy* puts on the clipboard: the key from its sealed copy, or else the public key ID.

    The answer goes from here to the clipboard; it is never part of a page. A plain form post, whose answer would be
    shown, gets no key. A GET is what follows when somebody had to sign in first: it leads back to the list.
    """
    for_clipboard = request.headers.get("X-Gatehouse-Clipboard") == "1"
    try:
        apikey = listed_key(access, key_id)
    except RefusedChange as refused:
        return _not_copied(request, access, refused.message, for_clipboard=for_clipboard)
    if request.method != "POST":
        return redirect(list_page(access))
    if not for_clipboard:
        message = "Copying needs a browser with JavaScript: only a script can reach the clipboard."
        return _not_copied(request, access, message, for_clipboard=False)
    if not (apikey.has_sealed_copy and may_manage(access, apikey, own_group_ids(access))):
        return _copied(apikey.pk, f"Copied the key ID of “{apikey.name}”. The key itself was shown only once.")
    if not recently_authenticated(request):
        return JsonResponse({"reauthenticate": reauthentication_url(list_page(access))}, status=401)
    try:
        text = services.open_sealed_copy(apikey=apikey, actor=access.actor)
    except RefusedChange as refused:
        return _not_copied(request, access, refused.message, for_clipboard=True)
    return _copied(text, f"Copied the key “{apikey.name}”. This was written to the activity log.")


@dataclass(frozen=True, slots=True)
class Action:
    """A change to one key that asks first."""

    name: str
    title: str
    verb: str
    consequence: str
    done: str
    danger: bool
    takes_reason: bool
    apply: Callable[[ApiKey, str, audit.Actor], object]


REVOKE = Action(
    name="revoke",
    title="Revoke API key",
    verb="Revoke key",
    consequence="Programs that use this key stop working with their next request. It stays listed as Revoked. "
    "This cannot be undone.",
    done="Revoked “{name}”.",
    danger=True,
    takes_reason=True,
    apply=lambda apikey, reason, actor: services.revoke_key(apikey=apikey, reason=reason, actor=actor),
)
DELETE = Action(
    name="delete",
    title="Delete API key",
    verb="Delete key",
    consequence="Programs that use this key stop working with their next request, and it disappears from the list. "
    "This cannot be undone.",
    done="Deleted “{name}”.",
    danger=True,
    takes_reason=True,
    apply=lambda apikey, reason, actor: services.delete_key(apikey=apikey, reason=reason, actor=actor),
)
DISABLE = Action(
    name="disable",
    title="Disable API key",
    verb="Disable key",
    consequence="Programs that use this key stop working with their next request, until it is enabled again.",
    done="Disabled “{name}”.",
    danger=False,
    takes_reason=True,
    apply=lambda apikey, reason, actor: services.disable_key(apikey=apikey, reason=reason, actor=actor),
)
ENABLE = Action(
    name="enable",
    title="Enable API key",
    verb="Enable key",
    consequence="Programs that use this key work again with their next request.",
    done="Enabled “{name}”.",
    danger=False,
    takes_reason=False,
    apply=lambda apikey, _, actor: services.enable_key(apikey=apikey, actor=actor),
)


@require_http_methods(["GET", "POST"])
@team_view(Permission.KEYS_GENERATE)
def revoke(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    return _confirmed(request, access, key_id, REVOKE)


@require_http_methods(["GET", "POST"])
@team_view(Permission.KEYS_GENERATE)
def delete(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    return _confirmed(request, access, key_id, DELETE)


@require_http_methods(["GET", "POST"])
@team_view(Permission.KEYS_GENERATE)
def disable(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    return _confirmed(request, access, key_id, DISABLE)


@require_http_methods(["GET", "POST"])
@team_view(Permission.KEYS_GENERATE)
def enable(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    return _confirmed(request, access, key_id, ENABLE)


def _confirmed(request: HttpRequest, access: Access, key_id: str, action: Action) -> HttpResponse:
    form = ReasonForm(posted(request)) if action.takes_reason else None
    page = list_page(access)
    try:
        apikey = managed_key(access, key_id)
    except RefusedChange as refused:
        return modal_done(request, message=refused.message, changed="keys", page=page, kind="error")
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            action.apply(apikey, form.cleaned_data["reason"] if form else "", access.actor)
        except RefusedChange as refused:
            return modal_done(request, message=refused.message, changed="keys", page=page, kind="error")
        return modal_done(request, message=action.done.format(name=apikey.name), changed="keys", page=page)
    context = {"access": access, "apikey": apikey, "action": action, "form": form}
    status = UNPROCESSABLE if form is not None and form.is_bound and not form.is_valid() else 200
    return render_modal(request, "apikeys/confirm.html", context, status=status)


def _shown_once(
    request: HttpRequest,
    access: Access,
    generated: services.GeneratedKey,
    *,
    predecessor: ApiKey | None = None,
) -> HttpResponse:
    """The one response that holds a key. `no-store` keeps it out of every cache and of the back button."""
    url = f"{settings.GATEHOUSE_PUBLIC_URL}{DATASETS_PATH}"
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    context = {
        "access": access,
        "apikey": generated.apikey,
        "key": generated.text,
        "predecessor": predecessor,
        "client_address": address.text if address else "",
        "client_address_covered": address is not None and live_subnet_covering(access.team, address) is not None,
        "api_url": url,
        "curl_command": f'curl -H "Authorization: Bearer {generated.text}" {url}',
    }
    return render_modal(request, "apikeys/generated.html", context, changed="keys")


def _copied(text: str, message: str) -> JsonResponse:
    return JsonResponse({"copy": text, "message": message})


def _not_copied(request: HttpRequest, access: Access, message: str, *, for_clipboard: bool) -> HttpResponse:
    if for_clipboard:
        return JsonResponse({"error": message}, status=409)
    return modal_done(request, message=message, changed="keys", page=list_page(access), kind="error")


def _add_error(form: ExpiryForm, refused: RefusedChange) -> str:
    """What of the page behind is to be fetched anew: the list, when it may not show what a first submission made."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.message)
    if not isinstance(refused, AlreadyGenerated):
        return ""
    form.renew_submission()
    return "keys"
