"""The page behind the link that the first start prints. Looking at it changes nothing."""

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from console.team_forms import AcceptForm
from console.views.joining import UNPROCESSABLE, secret_link
from teams import audit
from teams.errors import RefusedChange
from teams.first_run import UnusableLink, set_up, usable_link
from teams.modals import posted
from teams.models import Membership


class SetUpForm(AcceptForm):
    name = forms.CharField(
        label="Team name",
        max_length=100,
        help_text="Keys, networks and people belong to a team.",
        error_messages={"required": "Give the team a name, such as that of your company."},
    )
    email = forms.CharField(
        label="Your e-mail address",
        max_length=320,
        widget=forms.EmailInput(
            attrs={"placeholder": "name@example.com", "autocomplete": "username", "spellcheck": "false"}
        ),
        error_messages={"required": "Enter the address that you will sign in with."},
    )

    field_order = ["name", "full_name", "email", "password", "password_again"]


@require_http_methods(["GET", "POST"])
@secret_link
def first_set_up(request: HttpRequest, token: str) -> HttpResponse:
    """Once anybody can sign in there is nothing here."""
    link = usable_link(token)
    if link is None:
        raise Http404("No such link.")
    form = SetUpForm(posted(request), initial={"name": link.team.name})
    if request.method == "POST" and form.is_valid():
        try:
            membership = set_up(
                token=token,
                actor=audit.Actor.of_request(request),
                **{name: form.cleaned_data[name] for name in ("name", "email", "full_name", "password")},
            )
        except UnusableLink:
            raise Http404("No such link.") from None
        except RefusedChange as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return _signed_in(request, membership)
    return render(request, "console/setup.html", {"form": form}, status=UNPROCESSABLE if form.is_bound else 200)


def _signed_in(request: HttpRequest, membership: Membership) -> HttpResponse:
    """In a session of a new key."""
    messages.success(request, f"Gatehouse is set up, and you are the admin of {membership.team.name}.")
    page = reverse("console:authorization", args=[membership.team.slug])
    login = Login(user=membership.user, email_verification="none", redirect_url=page)
    response: HttpResponse = perform_password_login(request, {"email": membership.user.email}, login)
    return response
