"""Handing a key to somebody else."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apikeys.owner_choices import HandOverForm, possible_owners, value_of_owner
from apikeys.ownership import hand_over_key
from apikeys.requested import list_page, managed_key
from teams.access import Access, team_view
from teams.errors import RefusedChange
from teams.modals import UNPROCESSABLE, modal_done, posted, render_modal
from teams.permissions import Permission


@require_http_methods(["GET", "POST"])
@team_view(Permission.KEYS_GENERATE)
@never_cache
def assign(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    try:
        apikey = managed_key(access, key_id)
    except RefusedChange as refused:
        return modal_done(request, message=refused.message, changed="keys", page=list_page(access), kind="error")
    owners = possible_owners(access)
    owners.pop(value_of_owner(apikey), None)
    form = HandOverForm(posted(request), access=access, owners=owners)
    if request.method == "POST" and form.is_valid():
        heir, reason = form.chosen_owner, form.cleaned_data["reason"]
        try:
            hand_over_key(apikey=apikey, heir=heir, reason=reason, actor=access.actor)
        except RefusedChange as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            message = f"“{apikey.name}” belongs to {heir} now."
            return modal_done(request, message=message, changed="keys", page=list_page(access))
    context = {"access": access, "apikey": apikey, "form": form, "has_heirs": bool(owners)}
    status = UNPROCESSABLE if form.is_bound else 200
    return render_modal(request, "apikeys/assign.html", context, status=status)
