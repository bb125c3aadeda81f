"""What people fill in about the old key of a rotation."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from apikeys.forms import ExpiryForm
from apikeys.models import ApiKey
from apikeys.retirement import Retirement, in_words, retirement_of
from teams.local_moments import LocalMomentField
from teams.models import Team

BY_HAND: Final = "by-hand"
BY_MOMENT: Final = "moment"
PROPOSED: Final = timedelta(days=7)


class RetirementForm(forms.Form):
    """What becomes of `apikey`, the old one."""

    fields_template = "apikeys/_retirement_fields.html"

    retire = forms.ChoiceField(label="What becomes of the old key")
    retire_on = LocalMomentField(label="Revoke it on", required=False)

    def __init__(self, *args: Any, apikey: ApiKey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.apikey = apikey
        planned = retirement_of(apikey)
        choice = self.fields["retire"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - for the type checker: declared above
        choice.choices = [(BY_HAND, "Revoke it by hand"), (BY_MOMENT, "Revoke it at a time…")]
        choice.initial = BY_MOMENT if planned.at else BY_HAND
        now = timezone.now()
        proposed = min(now + PROPOSED, apikey.expires_at).replace(second=0, microsecond=0)
        on = self.fields["retire_on"]
        on.initial = planned.at or proposed
        on.help_text = f"At the latest when it expires: {in_words(apikey.expires_at)}."
        on.widget.attrs |= {"min": _as_typed(now), "max": _as_typed(apikey.expires_at)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = cleaned.get("retire")
        if chosen == BY_MOMENT and "retire_on" not in self.errors:
            self._require_sensible(cleaned.get("retire_on"))
        if chosen not in {None, BY_MOMENT}:
            # What was typed there before something else was chosen is neither shown nor meant any more.
            self.errors.pop("retire_on", None)
        return cleaned

    @property
    def retirement(self) -> Retirement:
        chosen = self.cleaned_data["retire"]
        return Retirement(at=self.cleaned_data["retire_on"]) if chosen == BY_MOMENT else Retirement()

    def _require_sensible(self, moment: datetime | None) -> None:
        if moment is None:
            raise ValidationError({"retire_on": "Choose a date and a time."})
        if moment <= timezone.now():
            raise ValidationError({"retire_on": "Choose a moment in the future."})


class RotateForm(RetirementForm, ExpiryForm):
    """An expired key is over: nothing is left to be decided about it."""

    def __init__(self, *args: Any, apikey: ApiKey, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, apikey=apikey, team=team, **kwargs)
        if apikey.expires_at <= timezone.now():
            del self.fields["retire"], self.fields["retire_on"]

    @property
    def retirement(self) -> Retirement:
        return super().retirement if "retire" in self.fields else Retirement()


def _as_typed(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"
