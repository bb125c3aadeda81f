"""Changing one's e-mail address."""

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from console import email_change
from console.sign_in_forms import EmailChangeForm
from teams import audit
from teams.errors import RefusedChange
from teams.modals import posted
from teams.models import User


@require_http_methods(["GET", "POST"])
@login_required
def email_address(request: HttpRequest) -> HttpResponse:
    """Ask for a link to a new address, or with `verify` to the current one."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - for the type checker: login_required saw to it
    to_verify = "verify" in request.POST
    form = EmailChangeForm(None if to_verify else posted(request), user=user)
    if request.method == "POST" and (to_verify or form.is_valid()):
        busy: HttpResponse | None = ratelimit.consume_or_429(request, action="manage_email", user=user)
        if busy:
            return busy
        address = user.email if to_verify else form.cleaned_data["email"]
        _mail_link(user, address)
        messages.success(request, f"We have sent a link to {address}. It works for 24 hours.")
        return redirect("account_email")
    context = {"form": form, "verified": email_change.is_verified(user)}
    return render(request, "account/email_change.html", context, status=422 if form.is_bound else 200)


def _mail_link(user: User, address: str) -> None:
    """Whoever asks does not learn whether somebody else signs in with the address; that somebody does."""
    if User.objects.filter(email=address).exclude(pk=user.pk).exists():
        get_adapter().send_mail("account/email/account_already_exists", address, {"user": user})
        return
    context = {"user": user, "address": address, "link": email_change.link_for(user, address)}
    get_adapter().send_mail("account/email/email_confirmation", address, context)


@require_http_methods(["GET", "POST"])
@login_required
def confirm_email_address(request: HttpRequest, key: str) -> HttpResponse:
    """The link in the mail. Looking at it changes nothing: mail scanners look at every link."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - for the type checker: login_required saw to it
    address = email_change.address_in(key, user)
    if address is not None and request.method == "POST":
        try:
            email_change.change_address(user=user, address=address, actor=audit.Actor.of_request(request))
        except RefusedChange as refused:
            messages.error(request, refused.message)
            return redirect("account_email")
        messages.success(request, f"Your e-mail address is {address}.")
        if address != user.email:
            get_adapter().send_notification_mail(
                "account/email/email_changed", user, {"before": user.email, "after": address}, email=user.email
            )
        return redirect("console:security")
    context = {"address": address, "changes": address != user.email}
    return render(request, "account/email_confirm.html", context, status=200 if address else 404)
