"""What a picture is, is told by its bytes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.handling.pictures import NoPictureError, media_type_of

JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
WEBP = b"RIFF\x40\x00\x00\x00WEBPVP8X" + bytes(40)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp")],
)
def test_a_picture_is_known_by_how_it_begins(content: bytes, media_type: str) -> None:
    assert media_type_of(content) == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"",
        JPEG[:8],
        b"<svg onload='alert(1)'/>" + bytes(40),
        b"GIF89a" + bytes(40),
        b"RIFF\x40\x00\x00\x00WAVEfmt " + bytes(40),
        b"\x89PNG\r\n\x1a\n<html>" + bytes(40),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NoPictureError, match="expected a JPEG, PNG or WebP"):
        media_type_of(content)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_picture_or_refused(content: bytes) -> None:
    with suppress(NoPictureError):
        assert media_type_of(content).startswith("image/")
