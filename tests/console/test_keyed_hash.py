"""The gate's HMAC is everybody's HMAC."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from console.enforcement.keyed_hash import KeyedHash


@given(key=st.binary(max_size=200), messages=st.lists(st.binary(max_size=300), max_size=4))
def test_same_as_the_standard_librarys_for_every_key_and_message(key: bytes, messages: list[bytes]) -> None:
    keyed = KeyedHash(key)
    for message in messages:
        assert keyed.digest(message) == hmac.digest(key, message, "sha256")


def test_known_answer() -> None:
    """RFC 4231, test case 2."""
    assert (
        KeyedHash(b"Jefe").digest(b"what do ya want for nothing?").hex()
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
