"""Names, labels and reasons: any script and emoji, nothing that misleads whoever reads them later."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teams.texts import BadText, clean_line, printable


def clean(text: str, longest: int = 100) -> str:
    return clean_line(text, longest=longest, what="name", field="name")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Quant \t Research\n", "Quant Research"),
        ("Zu\u0308rich", "Zürich"),
        ("日本語チーム", "日本語チーム"),
        ("צוות מחקר", "צוות מחקר"),
        ("فريق البحث", "فريق البحث"),
        ("👩‍💻 ❤️ 🏳️‍🌈", "👩‍💻 ❤️ 🏳️‍🌈"),
        ("می‌خواهم", "می‌خواهم"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Robert'); DROP TABLE teams;--", "Robert'); DROP TABLE teams;--"),
        ("\u200d", ""),
        ("\ufe0f \u200c", ""),
        ("", ""),
        (" \u00a0\u2003\u3000", ""),
        ("\U0001fae9", "\U0001fae9"),  # an emoji of Unicode 16, which older Pythons do not know
    ],
)
def test_what_is_kept(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("\u202egnihton", "changes the writing direction"),
        ("admin\u2066", "changes the writing direction"),
        ("a\u200fb", "changes the writing direction"),
        ("\u3164", "shows nothing"),
        ("Ann\u2800", "shows nothing"),
        ("nul\x00", "control character"),
        ("\x1b[2Jcleared", "control character"),
        ("bell\x07", "control character"),
        ("del\x7f", "control character"),
        ("zero\u200bwidth", "control character"),
        ("\ufeffbom", "control character"),
        ("soft\u00adhyphen", "control character"),
        ("tag\U000e0041", "control character"),
        ("\ue000", "control character"),
        ("\udcff", "control character"),
        ("\uffff", "control character"),
        ("\ufdd0", "control character"),
        ("x" * 101, "at most 100 characters; this one has 101"),
        ("x" * 10_000, "this one has 10,000"),
    ],
)
def test_what_is_refused(typed: str, told: str) -> None:
    with pytest.raises(BadText, match=told) as refused:
        clean(typed)
    assert refused.value.field == "name"
    assert len(refused.value.message) < 200


def test_a_huge_text_is_refused_before_it_costs_anything() -> None:
    """Putting this one in a normal form takes time that grows with the square of its length."""
    with pytest.raises(BadText, match="this one has 4,000,000"):
        clean("\u0300\u0316" * 2_000_000)


ANY_TEXT = st.text(st.characters() | st.sampled_from("a \u200d\ufe0f\u202e\u0300\x1b\ud800"), max_size=60)


@given(ANY_TEXT)
def test_what_is_kept_is_printable_tidy_and_stays_as_it_is(typed: str) -> None:
    try:
        line = clean(typed)
    except BadText:
        return
    assert clean(line) == line == line.strip()
    assert "\n" not in line
    line.encode()
    assert all(
        unicodedata.category(c)[0] != "C" or c in "\u200c\u200d" or unicodedata.category(c) == "Cn" for c in line
    )
    assert printable(line) == line


@given(ANY_TEXT)
def test_a_reason_is_tidied_instead_of_refused(typed: str) -> None:
    tidied = printable(typed)
    assert printable(tidied) == tidied
    assert unicodedata.normalize("NFC", tidied) == clean(tidied) or not clean(tidied)
