"""The forms of second factors: codes that work once, and passkeys."""

from typing import Any, Final

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as code_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError

from console import sign_in_events
from console.passkey_field import PasskeyField, a_new_passkey, a_proof
from teams.errors import RefusedChange
from teams.models import User
from teams.texts import clean_line

CODE_ATTRIBUTES: Final = {
    "autocomplete": "one-time-code",
    "autocapitalize": "off",
    "spellcheck": "false",
}
LONGEST_NAME: Final = 60
VALID_FOR: Final = settings.MFA_TOTP_TOLERANCE * 2 * 30 + 30
"""Seconds for which a code is accepted, with the steps before and after its own."""


def _use_once(user: User, code: str) -> None:
    """Raises `ValidationError` for a code that was accepted before (RFC 6238, 5.2).

    allauth remembers a code for one step of 30 seconds; with tolerance it is good for longer.
    """
    if not cache.add(f"gatehouse.totp.{user.pk}.{normalize_user_code(code)}", "used", VALID_FOR):
        raise get_adapter().validation_error("incorrect_code")


class _CodeForm(code_forms.BaseAuthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget = forms.TextInput(attrs={**CODE_ATTRIBUTES, "autofocus": True})
        self.fields["code"].help_text = "From your authenticator app, or one of your recovery codes."

    def clean_code(self) -> str:
        code = str(super().clean_code())
        if self.authenticator.type == Authenticator.Type.TOTP:
            _use_once(self.user, code)
        return code


class AuthenticateForm(_CodeForm, code_forms.AuthenticateForm):  # type: ignore[misc]
    """When signing in."""


class ReauthenticateForm(_CodeForm, code_forms.ReauthenticateForm):  # type: ignore[misc]
    """When proving it again."""


class ActivateTOTPForm(totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    """Until it is confirmed the secret waits in the session; there it is sealed as it is in its row afterwards."""

    secret: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and ":" in self.secret:
            self.secret = get_adapter().decrypt(self.secret)
        context.request.session[SECRET_SESSION_KEY] = get_adapter().encrypt(self.secret)
        field = self.fields["code"]
        field.widget = forms.TextInput(attrs={**CODE_ATTRIBUTES, "inputmode": "numeric"})
        field.label = "Code"
        field.help_text = "The six digits that the app shows now."

    def clean_code(self) -> str:
        code = str(super().clean_code())
        _use_once(self.user, code)
        return code

    @property
    def grouped_secret(self) -> str:
        """In fours, to type."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))


class _NamedPasskey(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["name"]
        field.label = "Name"
        field.help_text = "Which device or key it is on: “Laptop”, “Blue security key”."
        field.widget = forms.TextInput(attrs={"autocomplete": "off", "maxlength": LONGEST_NAME})

    def clean_name(self) -> str:
        try:
            name = clean_line(self.cleaned_data["name"], longest=LONGEST_NAME, what="name", field="name")
        except RefusedChange as refused:
            raise ValidationError(refused.message) from None
        self.cleaned_data["name"] = name
        inherited = getattr(super(), "clean_name", None)
        return str(inherited()) if inherited else name


class AddPasskeyForm(_NamedPasskey, passkey_forms.AddWebAuthnForm):  # type: ignore[misc]
    credential = PasskeyField(a_new_passkey)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["passwordless"]
        field.initial = True
        field.label = "Sign in with it alone"
        field.help_text = (
            "Without the password: the device asks for your fingerprint, face or PIN instead. Untick this for a"
            " security key that has no room for passkeys; it then serves as the second step after the password."
        )


class RenamePasskeyForm(_NamedPasskey, passkey_forms.EditWebAuthnForm):  # type: ignore[misc]
    def clean_name(self) -> str:
        name = super().clean_name()
        if not name:
            raise ValidationError("Give the passkey a name.")
        return name


class PasskeyForm(passkey_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """As the second step."""

    credential = PasskeyField(a_proof)


class PasskeyAgainForm(passkey_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """When proving it again."""

    credential = PasskeyField(a_proof)


class PasskeySignInForm(passkey_forms.LoginWebAuthnForm):  # type: ignore[misc]
    """Without the password."""

    credential = PasskeyField(a_proof)

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError:
            sign_in_events.sign_in_failed(context.request, "", "an unknown passkey")
            raise ValidationError("This passkey opens no account here. It may have been removed.") from None
