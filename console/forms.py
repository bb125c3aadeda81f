"""What people fill in about themselves and their team."""

from zoneinfo import available_timezones

from django import forms


def _time_zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones())]


class ProfileForm(forms.Form):
    full_name = forms.CharField(
        label="Full name",
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="How your team sees you. Without one it sees your e-mail address.",
    )
    time_zone = forms.ChoiceField(
        label="Time zone", choices=_time_zones, help_text="Dates and times are shown to you in this zone."
    )


class GroupForm(forms.Form):
    name = forms.CharField(
        label="Group name",
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "Quant Research", "autocomplete": "off"}),
        help_text="An internal team that can own keys.",
    )


class TeamSettingsForm(forms.Form):
    name = forms.CharField(label="Team name", max_length=100)
    max_key_lifetime_days = forms.IntegerField(
        label="Longest key lifetime",
        min_value=1,
        max_value=3650,
        help_text="In days. No key of the team can be generated for longer; keys that exist keep their date.",
    )
