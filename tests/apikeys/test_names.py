"""Names of keys: what people call them, and what would make two of them look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.models import ApiKey
from apikeys.names import LONGEST, LONGEST_FOLDED, BadName, clean_name, folded
from apikeys.services import delete_key, disable_key, revoke_key
from teams.errors import RefusedChange
from tests.cast import BY_TESTS, Cast, make_key

BOT = "Backtesting-Alpha-Bot"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (BOT, BOT),
        ("  Backtesting \n Alpha\tBot ", "Backtesting Alpha Bot"),
        ("🚀🤖", "🚀🤖"),
        ("👩‍👩‍👧‍👦 family", "👩‍👩‍👧‍👦 family"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("{{ 7*7 }}{% debug %}", "{{ 7*7 }}{% debug %}"),
        ("מפתח ראשי", "מפתח ראשי"),
        ("مفتاح", "مفتاح"),
        ("キー", "キー"),
        ("Cle\u0301", "Clé"),
        ("'; DROP TABLE apikeys_apikey; --", "'; DROP TABLE apikeys_apikey; --"),
        ("x" * LONGEST, "x" * LONGEST),
        ("e\u0301" * LONGEST, "é" * LONGEST),
    ],
)
def test_what_people_call_their_keys(cast: Cast, typed: str, kept: str) -> None:
    made = make_key(cast.acme, cast.dev, typed)
    assert ApiKey.objects.get(pk=made.apikey.pk).name == kept


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Give the key a name"),
        (" \t\n", "Give the key a name"),
        ("\u200d\ufe0f", "Give the key a name"),
        ("\u3164", "shows nothing"),
        ("x" * (LONGEST + 1), "at most 64 characters; this one has 65"),
        ("x" * 10_000, "at most 64 characters; this one has 10,000"),
        ("\u202etoB-ahplA", "writing direction"),
        ("Bot\u2069", "writing direction"),
        ("B\u200bot", "control character"),
        ("Bot\x00", "control character"),
        ("\x1b]0;owned\x07", "control character"),
        ("\udcff", "control character"),
        ("\ufdfa" * LONGEST, "too long once its ligatures are written out"),
    ],
)
def test_names_that_cannot_be(cast: Cast, typed: str, told: str) -> None:
    with pytest.raises(RefusedChange, match=told) as refused:
        make_key(cast.acme, cast.dev, typed)
    assert refused.value.field == "name"
    assert not ApiKey.objects.exists()


ALIKE = [
    BOT.upper(),
    BOT.lower(),
    f"  {BOT} ",
    "Ｂａｃｋｔｅｓｔｉｎｇ－Ａｌｐｈａ－Ｂｏｔ",
    "B\u200dacktesting-Alpha-Bot",
    "Backtesting-Alpha-Bot\ufe0e",
    "𝐁acktesting-𝐀lpha-𝐁ot",
    "Backteſting-Alpha-Bot",
]


@pytest.mark.parametrize("name", ALIKE)
def test_names_that_look_alike_are_one_name(cast: Cast, name: str) -> None:
    make_key(cast.acme, cast.dev, BOT)
    with pytest.raises(RefusedChange, match=r"^A live key of this team is already called “") as refused:
        make_key(cast.acme, cast.ann, name)
    assert refused.value.field == "name"


@pytest.mark.parametrize(
    ("one", "another"), [("straße", "STRASSE"), ("ﬁx", "FIX"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("é", "E\u0301")]
)
def test_case_is_folded_in_every_script(one: str, another: str) -> None:
    assert folded(clean_name(one)) == folded(clean_name(another))


@pytest.mark.parametrize("name", ["Backtesting-Alpha-Bot-2", "Backtesting Alpha Bot", "Вacktesting-Alpha-Вot"])
def test_names_that_differ_are_different_names(cast: Cast, name: str) -> None:
    """So does a Cyrillic letter that looks Latin: scripts are not guessed at."""
    make_key(cast.acme, cast.dev, BOT)
    assert make_key(cast.acme, cast.dev, name).apikey.name == name


def test_a_name_is_taken_among_the_live_keys_of_one_team(cast: Cast) -> None:
    first = make_key(cast.acme, cast.dev, BOT).apikey
    make_key(cast.globex, cast.mallory, BOT)
    disable_key(apikey=first, reason="", actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="already called"):
        make_key(cast.acme, cast.dev, BOT)
    revoke_key(apikey=first, actor=BY_TESTS)
    second = make_key(cast.acme, cast.dev, BOT).apikey
    delete_key(apikey=second, actor=BY_TESTS)
    third = make_key(cast.acme, cast.dev, BOT).apikey
    ApiKey.objects.filter(pk=third.pk).update(expires_at=third.created_at)
    make_key(cast.acme, cast.dev, BOT)


@given(st.text(st.characters() | st.sampled_from("\ufdfa\u3300ßﬃİ\u200d"), max_size=LONGEST))
def test_every_name_that_is_kept_fits_into_the_database(typed: str) -> None:
    try:
        name = clean_name(typed)
    except BadName:
        return
    assert 0 < len(name) <= LONGEST
    assert len(folded(name)) <= LONGEST_FOLDED
    assert clean_name(name) == name
