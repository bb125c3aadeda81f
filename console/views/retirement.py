"""What becomes of the old key of a rotation: the dialog that asks, and the button that takes a plan back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apikeys.models import ApiKey
from apikeys.retirement import BY_HAND, cancel_retirement, plan_retirement
from apikeys.retirement_forms import RetirementForm
from apikeys.selectors import may_manage, own_group_ids
from console.views.keys import listed_key, page_of
from console.views.questions import Question, ask, go
from teams.access import Access, NotAllowed, team_view
from teams.errors import RefusedChange
from teams.modals import modal_done, posted
from teams.permissions import Permission


@require_http_methods(["GET", "POST"])
@team_view(Permission.KEYS_GENERATE)
def retire(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    apikey = _managed(access, key_id)
    if apikey is None:
        return go(request, reverse("console:authorization", args=[access.team.slug]))
    form = RetirementForm(posted(request), apikey=apikey)
    question = Question(
        title="Retire the old key",
        consequence="Its successor works already. Until the old key is revoked, both do, and you can change your mind.",
        verb="Save",
        facts=[("Key", f"{apikey.name}, {apikey.hint}")],
        page=page_of(apikey, access),
        changed="keys",
    )

    def act() -> str:
        plan_retirement(apikey=apikey, retirement=form.retirement, actor=access.actor)
        if form.retirement == BY_HAND:
            return "Nothing happens to the old key by itself now."
        return f"The old key is revoked {form.retirement}."

    return ask(request, access, question, act, form)


@require_http_methods(["GET", "POST"])
@team_view(Permission.KEYS_GENERATE)
def cancel(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    """A GET is what follows when somebody had to sign in first: it leads back to the page of the key."""
    apikey = _managed(access, key_id)
    if apikey is None:
        return go(request, reverse("console:authorization", args=[access.team.slug]))
    page = page_of(apikey, access)
    if request.method != "POST":
        return redirect(page)
    message, kind = "The plan is cancelled: the old key works until somebody revokes it.", "success"
    try:
        cancel_retirement(apikey=apikey, actor=access.actor)
    except RefusedChange as refused:
        message, kind = refused.message, "error"
    return modal_done(request, message=message, changed="keys", page=page, kind=kind)


def _managed(access: Access, key_id: str) -> ApiKey | None:
    """None for one that was deleted. Raises `Http404` and `NotAllowed`."""
    apikey = listed_key(access, key_id)
    if apikey is not None and not may_manage(access, apikey, own_group_ids(access)):
        raise NotAllowed(Permission.KEYS_MANAGE)
    return apikey
