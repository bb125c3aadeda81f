"""The forms of signing in and of passwords, in this console's words."""

from typing import Any, Final

from allauth.account import forms as allauth_forms
from django import forms
from django.core.exceptions import ValidationError

from teams.email_addresses import fold_address
from teams.errors import RefusedChange
from teams.models import User

NEW_PASSWORD: Final = (
    "At least 12 characters, not close to your name or address, and none of the passwords that everybody uses."  # noqa: S105
)


class AddressField(forms.CharField):
    """Folds what is typed. (allauth's own field makes plain letters of some that only look like them.)"""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
        super().__init__(**{"label": "Email", "max_length": 320, "widget": widget, **kwargs})

    def clean(self, value: Any) -> str:
        try:
            return fold_address(str(super().clean(value)))
        except RefusedChange as refused:
            raise ValidationError(refused.message) from None


class _InOurWords(forms.Form):
    """Labels instead of placeholders, and help that is text and not a list inside a paragraph."""

    words: dict[str, tuple[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in self.words:
                field.label, field.help_text = self.words[name]


class LoginForm(_InOurWords, allauth_forms.LoginForm):  # type: ignore[misc]
    words = {"password": ("Password", "")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = AddressField()
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.order_fields(["login", "password"])


class ReauthenticateForm(_InOurWords, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    words = {"password": ("Password", "")}


class ChangePasswordForm(_InOurWords, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    words = {
        "oldpassword": ("Current password", ""),
        "password1": ("New password", NEW_PASSWORD),
        "password2": ("New password, once more", ""),
    }


class SetPasswordForm(_InOurWords, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    words = {"password1": ("New password", NEW_PASSWORD), "password2": ("New password, once more", "")}


class ResetPasswordForm(_InOurWords, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    email = AddressField(help_text="The address that you sign in with.")


class ResetPasswordKeyForm(_InOurWords, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    words = {"password1": ("New password", NEW_PASSWORD), "password2": ("New password, once more", "")}


class EmailChangeForm(forms.Form):
    email = AddressField(
        label="New e-mail address",
        help_text="We send a link to it. Your address changes when you open the link, and not before.",
        error_messages={"required": "Enter the new address."},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._current = user.email

    def clean_email(self) -> str:
        address = str(self.cleaned_data["email"])
        if address == self._current:
            raise ValidationError("This is your address already.")
        return address
