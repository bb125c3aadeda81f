"""The written form of a key: what it looks like, and that a slip of the pen is noticed without a look-up."""

import math
import re
import string
import zlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apikeys.key_format import KEY_PATTERN, PREFIX_FORMAT, checksum, key_id_of, new_key

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
PREFIXES = st.from_regex(PREFIX_FORMAT, fullmatch=True)
WRITTEN = re.compile(r"gate_([0-9A-Za-z]{12})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})")


def test_a_key_has_the_form_that_is_documented() -> None:
    made = new_key("gate")
    written = WRITTEN.fullmatch(made.text)
    assert written
    assert written[1] == made.id == key_id_of(made.text)
    assert re.fullmatch(KEY_PATTERN, made.text)
    assert re.fullmatch(r"\w+", made.text), "a double click selects all of it"


def test_the_secret_holds_more_than_180_bits_of_chance() -> None:
    """Every symbol turns up in a thousand secrets, or the odds are 1 in 10^220; no two keys share id or secret."""
    keys = [new_key("gate") for _ in range(1000)]
    secrets = [WRITTEN.fullmatch(key.text)[2] for key in keys]  # type: ignore[index]
    symbols = set("".join(secrets))
    assert symbols == set(BASE62)
    assert 32 * math.log2(len(symbols)) > 180
    assert len(set(secrets)) == len({key.id for key in keys}) == 1000
    for position in range(32):
        assert len({secret[position] for secret in secrets}) > 50


@given(st.text(st.characters(max_codepoint=127), max_size=80))
def test_the_checksum_is_crc32_in_base62(body: str) -> None:
    number = 0
    for digit in checksum(body):
        number = number * 62 + BASE62.index(digit)
    assert number == zlib.crc32(body.encode())
    assert len(checksum(body)) == 6


def test_the_checksum_of_a_known_text_stays_what_it_is() -> None:
    """Keys that people have would stop working otherwise. CRC-32 of "123456789" is the standard's check value."""
    assert zlib.crc32(b"123456789") == 0xCBF43926
    assert checksum("123456789") == "3jZRME"
    assert key_id_of("gate_000000000000_" + "0" * 32 + checksum("gate_000000000000_" + "0" * 32)) == "0" * 12


@given(PREFIXES)
def test_any_allowed_prefix_makes_a_key_that_is_read(prefix: str) -> None:
    made = new_key(prefix)
    assert made.text.startswith(f"{prefix}_{made.id}_")
    assert key_id_of(made.text) == made.id


@given(st.integers(0, 55), st.sampled_from(BASE62 + "_-. é\x00"))
def test_one_mistyped_character_is_noticed(position: int, typed: str) -> None:
    key = new_key("gate").text
    assume(key[position] != typed)
    assert key_id_of(key[:position] + typed + key[position + 1 :]) is None


@given(st.integers(0, 48))
def test_two_characters_that_change_places_are_noticed(position: int) -> None:
    key = new_key("gate").text
    assume(key[position] != key[position + 1])
    assert key_id_of(key[:position] + key[position + 1] + key[position] + key[position + 2 :]) is None


@given(st.integers(0, 55))
def test_a_character_left_out_or_typed_twice_is_noticed(position: int) -> None:
    key = new_key("gate").text
    assert key_id_of(key[:position] + key[position + 1 :]) is None
    assert key_id_of(key[:position] + key[position] + key[position:]) is None


@pytest.mark.parametrize("around", ["{} ", " {}", "{}\n", "\n{}", "{}\x00", "“{}”", "Bearer {}", "{0}{0}", "{}_"])
def test_a_key_with_something_around_it_is_no_key(around: str) -> None:
    assert key_id_of(around.format(new_key("gate").text)) is None


@given(st.text(max_size=100) | st.from_regex(KEY_PATTERN, fullmatch=True))
def test_any_text_is_a_key_or_none(text: str) -> None:
    key_id = key_id_of(text)
    if key_id is not None:
        body = text[:-6]
        assert text == body + checksum(body)
        assert f"_{key_id}_" in text


@pytest.mark.parametrize("prefix", ["", "a", "1a", "Gate", "gate_", "ga-te", "a" * 17, "gâte", "gate\n"])
def test_prefixes_that_cannot_be(prefix: str) -> None:
    assert not PREFIX_FORMAT.fullmatch(prefix)
