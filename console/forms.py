"""What people fill in about themselves."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


@cache
def _time_zones() -> list[tuple[str, str]]:
    """Kept: to find them, Python opens every file of the time zone database."""
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones())]


class LongSelect(forms.Select):
    """Written in one piece: with a template for each of six hundred options, as Django has it, a page takes 0.2 s."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - as Django calls it
    ) -> SafeString:
        chosen = str(value)
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            ((each, mark_safe(" selected") if each == chosen else "", label) for each, label in self.choices),
        )
        attributes = flatatt({"name": name} | self.build_attrs(self.attrs, attrs))
        return format_html("<select{}>\n{}\n</select>", attributes, options)


class ProfileForm(forms.Form):
    full_name = forms.CharField(
        label="Full name",
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="How your team sees you. Without one it sees your e-mail address.",
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=_time_zones,
        widget=LongSelect,
        help_text="Dates and times are shown to you in this zone, and reminders of expiring keys keep to its days.",
    )
