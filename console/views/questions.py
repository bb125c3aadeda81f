"""Dialogs that ask before something is done, and what is said afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from apikeys.reauthentication import reauthentication_url, recently_authenticated
from teams.access import Access
from teams.errors import RefusedChange
from teams.modals import UNPROCESSABLE, is_fragment, modal_done, render_modal


@dataclass(frozen=True, slots=True)
class Question:
    """`page` is where *Cancel* leads; `changed` names the list behind that the answer makes out of date.

    `then` is the page to go to afterwards, where the one behind will not do any more.
    """

    title: str
    consequence: str
    verb: str
    page: str
    changed: str = ""
    then: str = ""
    facts: Sequence[tuple[str, str]] = ()
    warning: str = ""
    danger: bool = False


def ask(
    request: HttpRequest,
    access: Access | None,
    question: Question,
    act: Callable[[], str],
    form: forms.Form | None = None,
    *,
    template: str = "console/question.html",
) -> HttpResponse:
    """Ask; once that is answered with a valid form, `act`, which returns what to say.

    What `act` refuses is said by the form if it is about one of its fields, and otherwise in place of the dialog.
    `access` is None, and `template` another, on pages that are no team's.
    """
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            message = act()
        except RefusedChange as refused:
            if form is None or refused.field not in form.fields:
                return _told(request, question, refused.message, kind="error")
            form.add_error(refused.field, refused.message)
        else:
            return go(request, question.then, message) if question.then else _told(request, question, message)
    status = UNPROCESSABLE if form is not None and form.is_bound else 200
    context = {"access": access, "question": question, "form": form}
    return render_modal(request, template, context, status=status)


def go(request: HttpRequest, page: str, message: str = "") -> HttpResponse:
    """To another page, also from within a dialog."""
    if message:
        messages.success(request, message)
    return HttpResponseClientRedirect(page) if is_fragment(request) else redirect(page)


def prove_yourself_first(request: HttpRequest) -> HttpResponse | None:
    """To the page that asks for the password anew, and back to this one; None for who has just done so."""
    if recently_authenticated(request):
        return None
    return go(request, reauthentication_url(request.path))


def _told(request: HttpRequest, question: Question, message: str, *, kind: str = "success") -> HttpResponse:
    return modal_done(request, message=message, changed=question.changed, page=question.page, kind=kind)
