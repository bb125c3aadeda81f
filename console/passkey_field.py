"""What a browser sends of a passkey: checked for its form before anybody relies on it.

The libraries behind take it as it comes. Some nonsense they answer with an exception of their own, which would be an
error of the server to anybody who sends it; some they would keep, as it is and of any size.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from fido2.cose import UnsupportedKey
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

LONGEST: Final = 64 * 1024
KEPT: Final = ("id", "rawId", "type", "authenticatorAttachment")
KEPT_RESPONSE: Final = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")


def a_new_passkey(credential: Mapping[str, Any]) -> None:
    data = RegistrationResponse.from_dict(credential).response.attestation_object.auth_data.credential_data
    if data is None or isinstance(data.public_key, UnsupportedKey):
        raise ValueError("There is no key in it, or one that no signature can be checked with.")


def a_proof(credential: Mapping[str, Any]) -> None:
    AuthenticationResponse.from_dict(credential)


class PasskeyField(forms.JSONField):
    """`form` raises whatever it likes for a credential that does not have it."""

    def __init__(self, form: Callable[[Mapping[str, Any]], None]) -> None:
        super().__init__(widget=forms.HiddenInput)
        self._form = form

    def clean(self, value: Any) -> dict[str, Any]:
        refused = ValidationError("The browser’s answer cannot be read. Try again.")
        if len(str(value or "")) > LONGEST:
            raise refused
        credential = super().clean(value)
        try:
            self._form(credential)
            kept = {name: credential[name] for name in KEPT if name in credential}
            response = credential["response"]
            kept["response"] = {name: response[name] for name in KEPT_RESPONSE if name in response}
            resident = credential.get("clientExtensionResults", {}).get("credProps", {}).get("rk")
        except Exception as error:  # parsers meet bytes of anybody here, and to refuse them is always right
            raise refused from error
        return {**kept, "clientExtensionResults": {"credProps": {"rk": resident is True}}}
