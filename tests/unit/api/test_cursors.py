"""Cursors come back as they went, and garbage is refused with a sentence."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.api import cursors
from twin.api.problems import MalformedError

INT8 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)


@given(INT8, INT8, TEXT, TEXT)
def test_a_cursor_comes_back_as_it_went(ts: int, camera: int, topic: str, digest: str) -> None:
    cursor = cursors.encode(ts, camera, topic, digest)
    assert cursors.decode(cursor, (int, int, str, str)) == (ts, camera, topic, digest)
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&? ")


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    try:
        number = cursors.decode_int(text)
    except MalformedError as error:
        number, refusal = None, str(error)
    else:
        refusal = ""
    assert number is None or -(2**63) <= number < 2**63
    assert (number is None) == ("expected 'next'" in refusal)


@pytest.mark.parametrize(
    "content",
    [
        b"[9223372036854775808]",
        b"[true]",
        b"[1.0]",
        b'["1"]',
        b"[1,2]",
        b"{}",
        b"[" * 1000,
        b"\xff",
        b"NaN",
        b"[1e400]",
        b"[" + b"1" * 5000 + b"]",
    ],
)
def test_what_is_no_number_of_ours_is_refused(content: bytes) -> None:
    cursor = urlsafe_b64encode(content).decode().rstrip("=")
    with pytest.raises(MalformedError):
        cursors.decode_int(cursor)


def test_text_that_the_store_cannot_hold_is_refused() -> None:
    for text in ("a\0b", "\ud800"):
        with pytest.raises(MalformedError):
            cursors.decode(cursors.encode(text), (str,))


def test_an_instant_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(MalformedError, match="expected 'next'"):
        cursors.decode_instant(cursors.encode(2**62))


def test_no_cursor_is_the_beginning() -> None:
    assert cursors.decode_int(None) is None
    assert cursors.decode_instant(None) is None
