"""An e-mail address has one written form, and nobody passes for somebody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teams.email_addresses import fold_address
from teams.errors import RefusedChange


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ann@acme.example", "ann@acme.example"),
        ("  Ann.Lee@ACME.Example\n", "ann.lee@acme.example"),
        ("ann+keys@acme.example", "ann+keys@acme.example"),
        ("ann@münchen.example", "ann@xn--mnchen-3ya.example"),
        ("ann@MÜNCHEN.example", "ann@xn--mnchen-3ya.example"),
        ("ann@mu\u0308nchen.example", "ann@xn--mnchen-3ya.example"),
        ("ann@XN--MNCHEN-3YA.example", "ann@xn--mnchen-3ya.example"),
        ("ann@例え.jp", "ann@xn--r8jz45g.jp"),
        ("ann@localhost", "ann@localhost"),
    ],
)
def test_an_address_has_one_form(typed: str, kept: str) -> None:
    assert fold_address(typed) == kept


def test_a_domain_of_look_alikes_is_shown_for_what_it_is() -> None:
    """With a Cyrillic а: the list and the mail say `xn--`, so nobody takes it for acme.example."""
    assert fold_address("ann@\u0430cme.example") == "ann@xn--cme-5cd.example"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("\u0430nn@acme.example", "(U+0430) is not a plain letter"),
        ("\u212aate@acme.example", "(U+212A) is not a plain letter"),
        ("ı@acme.example", "(U+0131) is not a plain letter"),
        ("ann\u200b@acme.example", "(U+200B) is not a plain letter"),
        ("ann@ａcme.example", "Did you mean acme.example?"),
        ("ann@acme。example", "Did you mean acme.example?"),
        ("ann@straße.example", "read in two ways"),
        (f"ann@{'ü' * 80}.example", "no domain of that name"),
        ("ann@ü..example", "no domain of that name"),
        ("", "Enter an e-mail address"),
        (" \n", "Enter an e-mail address"),
        ("ann", "not an e-mail address"),
        ("ann@", "not an e-mail address"),
        ("@acme.example", "not an e-mail address"),
        ("ann@@acme.example", "not an e-mail address"),
        ("ann lee@acme.example", "not an e-mail address"),
        ("ann@acme", "not an e-mail address"),
        ("ann@acme.example, dev@acme.example", "not an e-mail address"),
        ("ann@acme.example\nBcc: everybody@acme.example", "not an e-mail address"),
        ("ann@acme\x00.example", "not an e-mail address"),
        (f"{'a' * 250}@acme.example", "at most 254 characters"),
    ],
)
def test_addresses_that_cannot_be(typed: str, said: str) -> None:
    with pytest.raises(RefusedChange) as refusal:
        fold_address(typed)
    assert refusal.value.field == "email"
    assert said in refusal.value.message


@given(st.text(max_size=40) | st.builds("{}@{}.example".format, st.text(max_size=8), st.text(max_size=8)))
def test_whatever_is_typed_is_folded_for_good_or_refused(typed: str) -> None:
    try:
        folded = fold_address(typed)
    except RefusedChange:
        return
    assert folded.isascii()
    assert folded == folded.lower() == fold_address(folded)
