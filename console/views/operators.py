"""The teams of the installation: listed, made, suspended and resumed by operators."""

from typing import Final

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_http_methods, require_safe

from apikeys.selectors import keys_of
from console.invitation_mail import Mailed, invitation_link, mail_invitation
from console.operators import Operator, every_team, operator_view, suspensions
from console.views.questions import Question, ask, go, prove_yourself_first
from teams import services
from teams.email_addresses import fold_address
from teams.errors import RefusedChange
from teams.first_admin import ask_to_be_admin
from teams.fragments import render_page
from teams.listing import ListPage, Sorting
from teams.modals import UNPROCESSABLE, posted, render_modal
from teams.models import Team
from teams.services.invitations import NewInvitation
from teams.services.team import LONGEST_REASON

COLUMNS: Final = (
    Sorting("name", "Name", ("name", "slug")),
    Sorting("members", "Members", ("member_count",)),
    Sorting("keys", "Keys", ("key_count",)),
    Sorting("networks", "Networks", ("network_count",)),
    Sorting("created_at", "Created", ("created_at",)),
    Sorting("status", "Status", ("suspended_at",)),
)
PAGE: Final = reverse_lazy("console:operators_teams")
QUESTION: Final = "console/operators_question.html"


class AdminForm(forms.Form):
    email = forms.CharField(
        label="E-mail address of the admin",
        max_length=320,
        widget=forms.EmailInput(
            attrs={"placeholder": "name@example.com", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text="Whoever has an account is the team’s admin at once. Somebody new gets a link to join.",
        error_messages={"required": "Enter the address of the person who is to run the team."},
    )

    def clean_email(self) -> str:
        try:
            return fold_address(self.cleaned_data["email"])
        except RefusedChange as refused:
            raise ValidationError(refused.message) from None


class TeamForm(AdminForm):
    name = forms.CharField(
        label="Team name",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Give the team a name."},
    )
    slug = forms.CharField(
        label="Slug",
        required=False,
        max_length=48,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
        help_text="The team’s name in addresses and commands; made from the name when left out. It stays.",
    )

    field_order = ["name", "slug", "email"]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Kept in the team’s audit trail, where its members read it.",
        error_messages={"required": "Say why. The team’s members will ask."},
    )


@require_safe
@operator_view
def teams(request: HttpRequest, operator: Operator) -> HttpResponse:  # noqa: ARG001
    listing = ListPage(
        request=request,
        prefix="teams",
        queryset=every_team(),
        columns_by_name=COLUMNS,
        default_sort="name",
        search_fields=("name", "slug"),
    )
    events = suspensions(listing.rows)
    for team in listing.rows:
        team.suspension = events.get(team.pk)  # type: ignore[attr-defined]
    context = {"active_tab": "teams", "teams": listing}
    return render_page(request, "console/operators_teams.html", {"teams-list": "console/operators_list.html"}, context)


@require_http_methods(["GET", "POST"])
@operator_view
def create_team(request: HttpRequest, operator: Operator) -> HttpResponse:
    form = TeamForm(posted(request))
    if request.method == "POST" and form.is_valid():
        name, slug, email = (form.cleaned_data[field] for field in ("name", "slug", "email"))
        try:
            with transaction.atomic():
                team = services.create_team(name=name, slug=slug, actor=operator.actor)
                invited = ask_to_be_admin(team, email, operator.actor, operator.user)
        except RefusedChange as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return _made_admin(request, team, email, invited)
    return _form(request, form, title="Create team", verb="Create team")


@require_http_methods(["GET", "POST"])
@operator_view
def add_admin(request: HttpRequest, operator: Operator, slug: str) -> HttpResponse:
    """For a team whose admins are all gone, or never came."""
    team = get_object_or_404(Team, slug=slug)
    form = AdminForm(posted(request))
    if answer := prove_yourself_first(request):
        return answer
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            invited = ask_to_be_admin(team, email, operator.actor, operator.user)
        except RefusedChange as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return _made_admin(request, team, email, invited)
    return _form(request, form, title=f"Add an admin to {team.name}", verb="Add admin")


@require_http_methods(["GET", "POST"])
@operator_view
def suspend(request: HttpRequest, operator: Operator, slug: str) -> HttpResponse:
    if answer := prove_yourself_first(request):
        return answer
    team = get_object_or_404(Team, slug=slug)
    form = ReasonForm(posted(request))
    question = Question(
        title=f"Suspend {team.name}",
        facts=[("Slug", team.slug), ("Members", str(team.memberships.count())), ("Keys", str(keys_of(team).count()))],
        consequence="With the next request none of its keys is let in; its programs are told “team_suspended”. People "
        "can still sign in. You can end it at any time.",
        verb="Suspend team",
        page=str(PAGE),
        then=str(PAGE),
        danger=True,
    )

    def act() -> str:
        services.suspend_team(team=team, reason=form.cleaned_data["reason"], actor=operator.actor)
        return f"Suspended the team {team.name}."

    return ask(request, None, question, act, form, template=QUESTION)


@require_http_methods(["GET", "POST"])
@operator_view
def resume(request: HttpRequest, operator: Operator, slug: str) -> HttpResponse:
    team = get_object_or_404(Team, slug=slug)
    form = ReasonForm(posted(request))
    event = suspensions([team]).get(team.pk)
    facts = [("Slug", team.slug), ("Keys", str(keys_of(team).count()))]
    if event:
        facts += [("Suspended by", event.actor_name), ("Reason", str(event.details.get("reason", "")))]
    question = Question(
        title=f"Resume {team.name}",
        facts=facts,
        consequence="Its keys are let in again, except those that have been stopped or have run out meanwhile.",
        verb="Resume team",
        page=str(PAGE),
        changed="teams",
    )

    def act() -> str:
        services.resume_team(team=team, reason=form.cleaned_data["reason"], actor=operator.actor)
        return f"Resumed the team {team.name}."

    return ask(request, None, question, act, form, template=QUESTION)


def _form(request: HttpRequest, form: forms.Form, *, title: str, verb: str) -> HttpResponse:
    question = Question(title=title, consequence="", verb=verb, page=str(PAGE))
    status = UNPROCESSABLE if form.is_bound else 200
    return render_modal(request, QUESTION, {"question": question, "form": form}, status=status)


def _made_admin(request: HttpRequest, team: Team, email: str, invited: NewInvitation | None) -> HttpResponse:
    """To somebody new the link is mailed, and shown this once."""
    if invited is None:
        return go(request, str(PAGE), f"{email} is an admin of {team.name} now.")
    mailed = mail_invitation(invited)
    context = {
        "invitation": invited.invitation,
        "link": invitation_link(invited),
        "mailed": mailed is Mailed.SENT,
        "mail_failed": mailed is Mailed.FAILED,
        "page": reverse("console:operators_teams"),
    }
    return render_modal(request, "console/operators_invited.html", context, changed="teams")
