"""One written form for each e-mail address, so that no two people share one and nobody passes for somebody else."""

import unicodedata
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from teams.errors import Mistyped

LONGEST: Final = 254
"""Characters, as RFC 5321 allows them between the angle brackets."""

_READ_DIFFERENTLY: Final = frozenset("ßςẞ\u200c\u200d")
"""Letters for which the two standards of international domain names (RFC 3490, RFC 5891) name different domains."""


def fold_address(text: str) -> str:
    """The address in lower case, its domain in ASCII (RFC 5891's `xn--` form). Raises `Mistyped` on `email`.

    Letters outside ASCII are refused before the @: few servers take them, and many look like another letter. Folding
    them would be worse than refusing: the Kelvin sign becomes a plain k in lower case.
    """
    address = text.strip()
    if not address:
        raise _refused("Enter an e-mail address.")
    if len(address) > LONGEST:
        raise _refused(f"An e-mail address has at most {LONGEST} characters.")
    local, _, domain = address.rpartition("@")
    strange = next((character for character in local if not character.isascii()), "")
    if strange:
        raise _refused(
            f"“{strange}” (U+{ord(strange):04X}) is not a plain letter, however much it may look like one. "
            "Before the @ only the letters a to z, digits and signs can be used."
        )
    folded = f"{local.lower()}@{_ascii_domain(unicodedata.normalize('NFC', domain))}"
    try:
        validate_email(folded)
    except ValidationError:
        raise _refused("This is not an e-mail address; write it like name@example.com.") from None
    return folded


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    if _READ_DIFFERENTLY & set(domain):
        raise _refused("This domain is read in two ways; write it in its ASCII form, which begins with xn--.")
    try:
        ascii_form = domain.encode("idna").decode("ascii")
        written = ascii_form.encode("ascii").decode("idna")
    except UnicodeError:
        raise _refused("There can be no domain of that name.") from None
    if written != domain.lower():
        raise _refused(f"Some letters of the domain only look like others. Did you mean {ascii_form}?")
    return ascii_form.lower()


def _refused(message: str) -> Mistyped:
    return Mistyped(message, field="email")
