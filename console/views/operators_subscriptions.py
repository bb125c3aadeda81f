"""Operators say which datasets a team may read, and until when."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from console.datasets.lists import LIST, subscription_list
from console.datasets.models import Dataset, Subscription
from console.datasets.selectors import datasets_without_subscription, running_subscriptions_of
from console.datasets.subscriptions import LONGEST_REASON, end_subscription, grant_subscription, set_end
from console.operators import Operator, operator_view
from console.views.questions import Question, ask
from teams.expiry_choices import BY_DATE, ByDateForm, DateInput, chosen_moment
from teams.fragments import render_page
from teams.modals import posted
from teams.models import Team

NEVER: Final = "never"
NOW: Final = "now"
PERIODS: Final = {"30d": timedelta(days=30), "90d": timedelta(days=90), "365d": timedelta(days=365)}
QUESTION: Final = "console/operators_question.html"


class EndFields(ByDateForm):
    ends = forms.ChoiceField(label="Ends")
    ends_on = forms.DateField(label="Last day", required=False, widget=DateInput)

    revealed = ("ends_on",)
    """Shown only when “After a date…” is chosen."""

    @property
    def ends_at(self) -> datetime | None:
        """None for never."""
        if self.cleaned_data["ends"] == NEVER:
            return None
        return chosen_moment(self.cleaned_data["ends"], self.cleaned_data.get("ends_on"), PERIODS)

    def _offer(self, *choices: tuple[str, str]) -> None:
        field = self.fields["ends"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker: declared above
        field.choices = [*choices, (BY_DATE, "After a date…")]


class GrantForm(EndFields):
    """Of the datasets that the team has already, those are offered whose subscription ends: another can follow it."""

    datasets = forms.MultipleChoiceField(
        label="Datasets",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one dataset."},
    )
    starts_on = forms.DateField(
        label="First day", required=False, widget=DateInput, help_text="At once, if you leave it out."
    )

    field_order = ["datasets", "starts_on", "ends", "ends_on"]

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ends = dict(running_subscriptions_of(team).order_by("starts_at").values_list("dataset_id", "ends_at"))
        offered = [dataset for dataset in Dataset.objects.all() if ends.get(dataset.pk, True)]
        self.by_id = {dataset.pk: dataset for dataset in offered}
        field = self.fields["datasets"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker: declared above
        field.choices = [
            (pk, f"{dataset.name} (has it until {_in_words(ends[pk])})" if pk in ends else dataset.name)
            for pk, dataset in self.by_id.items()
        ]
        self._offer((NEVER, "Never"), ("30d", "In 30 days"), ("90d", "In 90 days"), ("365d", "In a year"))

    def clean_starts_on(self) -> datetime | None:
        """The beginning of that day; None for today, which means at once."""
        day = self.cleaned_data["starts_on"]
        today = timezone.localdate()
        if day is not None and day < today:
            raise ValidationError("Choose today or a day to come.")
        if day is None or day == today:
            return None
        return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())


class EndForm(EndFields):
    reason = forms.CharField(
        label="Reason",
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Kept in the team’s audit trail, where its members read it.",
        error_messages={"required": "Say why. The team’s members will ask."},
    )

    field_order = ["ends", "ends_on", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer((NOW, "At once"), (NEVER, "Never"))


@require_safe
@operator_view
def subscriptions(request: HttpRequest, operator: Operator, slug: str) -> HttpResponse:  # noqa: ARG001
    team = get_object_or_404(Team, slug=slug)
    context = {
        "active_tab": "teams",
        "team": team,
        "subscriptions": subscription_list(request, team),
        "others": datasets_without_subscription(team),
        "operated": True,
    }
    return render_page(request, "console/operators_subscriptions.html", LIST, context)


@require_http_methods(["GET", "POST"])
@operator_view
def grant(request: HttpRequest, operator: Operator, slug: str) -> HttpResponse:
    team = get_object_or_404(Team, slug=slug)
    form = GrantForm(posted(request), team=team)
    question = Question(
        title=f"Subscribe {team.name} to datasets",
        consequence="" if form.by_id else "The team is subscribed to every dataset that there is.",
        verb="Subscribe",
        page=_page(team),
        changed="subscriptions",
    )

    @transaction.atomic
    def act() -> str:
        chosen = [form.by_id[pk] for pk in form.cleaned_data["datasets"]]
        for dataset in chosen:
            grant_subscription(
                team=team,
                dataset=dataset,
                starts_at=form.cleaned_data["starts_on"],
                ends_at=form.ends_at,
                actor=operator.actor,
            )
        return f"Subscribed {team.name} to {', '.join(dataset.name for dataset in chosen)}."

    return ask(request, None, question, act, form, template=QUESTION)


@require_http_methods(["GET", "POST"])
@operator_view
def end(request: HttpRequest, operator: Operator, subscription_id: str) -> HttpResponse:
    subscription = get_object_or_404(Subscription.objects.select_related("team", "dataset"), pk=subscription_id)
    form = EndForm(posted(request))
    team, name = subscription.team, subscription.dataset.name
    question = Question(
        title=f"End the subscription to {name}",
        facts=[("Team", team.name), ("Dataset", name), ("Until now it ends", _in_words(subscription.ends_at))],
        consequence="From the moment it ends, requests for the dataset are refused with “not_subscribed”.",
        verb="Set the end",
        page=_page(team),
        changed="subscriptions",
        danger=True,
    )

    def act() -> str:
        reason = form.cleaned_data["reason"]
        if form.cleaned_data["ends"] == NOW:
            end_subscription(subscription=subscription, reason=reason, actor=operator.actor)
            return f"Ended {team.name}’s subscription to {name}."
        set_end(subscription=subscription, ends_at=form.ends_at, reason=reason, actor=operator.actor)
        return f"{team.name}’s subscription to {name} ends: {_in_words(form.ends_at)}."

    return ask(request, None, question, act, form, template=QUESTION)


def _page(team: Team) -> str:
    return reverse("console:operators_subscriptions", args=[team.slug])


def _in_words(ends_at: datetime | None) -> str:
    if ends_at is None:
        return "never"
    local = timezone.localtime(ends_at)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"
