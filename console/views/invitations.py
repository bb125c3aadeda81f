"""Inviting people: the dialog, the link that is shown once, sending again and withdrawing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from console.invitation_mail import Mailed, invitation_link, mail_invitation
from console.team_forms import InviteForm
from console.views.questions import Question, ask
from teams import services
from teams.access import Access, team_view
from teams.errors import RefusedChange
from teams.modals import UNPROCESSABLE, modal_done, posted, render_modal
from teams.models import Invitation
from teams.permissions import Permission, Role
from teams.services.invitations import NewInvitation


@require_http_methods(["GET", "POST"])
@team_view(Permission.MEMBERS_MANAGE)
@never_cache
def invite(request: HttpRequest, access: Access) -> HttpResponse:
    form = InviteForm(posted(request), initial={"role": Role.DEVELOPER})
    if request.method == "POST" and form.is_valid():
        try:
            new = services.invite(
                team=access.team,
                email=form.cleaned_data["email"],
                role=form.chosen_role,
                invited_by=access.user,
                actor=access.actor,
            )
        except RefusedChange as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return _shown_once(request, access, new)
    status = UNPROCESSABLE if form.is_bound else 200
    return render_modal(request, "console/invite.html", {"access": access, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
@team_view(Permission.MEMBERS_MANAGE)
@never_cache
def resend(request: HttpRequest, access: Access, invitation_id: str) -> HttpResponse:
    invitation = _invitation(access, invitation_id)
    if request.method == "POST":
        try:
            new = services.renew_invitation(invitation=invitation, invited_by=access.user, actor=access.actor)
        except RefusedChange as refused:
            page = _page(access)
            return modal_done(request, message=refused.message, changed="members", page=page, kind="error")
        return _shown_once(request, access, new)
    return render_modal(request, "console/resend.html", {"access": access, "invitation": invitation})


@require_http_methods(["GET", "POST"])
@team_view(Permission.MEMBERS_MANAGE)
def withdraw(request: HttpRequest, access: Access, invitation_id: str) -> HttpResponse:
    invitation = _invitation(access, invitation_id)
    question = Question(
        title="Withdraw invitation",
        facts=[("Invited", invitation.email), ("Role", invitation.get_role_display())],
        consequence="The link stops working at once. You can invite the same address again.",
        verb="Withdraw invitation",
        page=_page(access),
        changed="members",
        danger=True,
    )

    def act() -> str:
        services.withdraw_invitation(invitation=invitation, actor=access.actor)
        return f"Withdrew the invitation of {invitation.email}."

    return ask(request, access, question, act)


def _shown_once(request: HttpRequest, access: Access, new: NewInvitation) -> HttpResponse:
    """The one response that holds the link. `no-store` keeps it out of every cache and of the back button."""
    mailed = mail_invitation(new)
    context = {
        "access": access,
        "invitation": new.invitation,
        "link": invitation_link(new),
        "mailed": mailed is Mailed.SENT,
        "mail_failed": mailed is Mailed.FAILED,
    }
    return render_modal(request, "console/invited.html", context, changed="members")


def _invitation(access: Access, invitation_id: str) -> Invitation:
    return get_object_or_404(access.team.invitations.select_related("team"), pk=invitation_id)


def _page(access: Access) -> str:
    return reverse("console:members", args=[access.team.slug])
