"""PDF pages: the modules of the address in vectors, and letters that need no font of the reader."""

import re
import struct
import zlib
from collections.abc import Iterator
from importlib.resources import files

import pytest
from reportlab.lib.units import mm

from tests.unit.viz.labels.labelled import (
    CODE,
    MANHOLE,
    PUBLIC,
    dark_modules,
    numbered,
    page_contents,
    rectangles,
)
from viz.labels import Label, as_pdf, entity_address, fonts, sheet_named
from viz.labels.layout import draw
from viz.labels.symbol import symbol
from viz.labels.woff import InvalidFontError, unpack

SHEET = sheet_named("a4-24")


@pytest.fixture
def vera() -> bytes:
    """A TrueType font that comes with the PDF library."""
    return (files("reportlab") / "fonts" / "Vera.ttf").read_bytes()


@pytest.fixture(autouse=True)
def no_assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """As before the viewer is built."""
    monkeypatch.setattr(fonts, "chinese_font", lambda: None)


def packed(font: bytes, *, compress: bool = True) -> bytes:
    """Return a font as WOFF 1.0."""
    flavor, count = struct.unpack_from(">IH", font)
    tables = list(_tables(font, count))
    offset, entries, bodies = 44 + 20 * count, [], []
    for tag, checksum, plain in tables:
        data = min(plain, zlib.compress(plain), key=len) if compress else plain
        entries.append(struct.pack(">4s4I", tag, offset, len(data), len(plain), checksum))
        bodies.append(data + bytes(-len(data) % 4))
        offset += len(bodies[-1])
    header = struct.pack(">4sIIHHI", b"wOFF", flavor, offset, count, 0, len(font)) + bytes(24)
    return b"".join((header, *entries, *bodies))


def _tables(font: bytes, count: int) -> Iterator[tuple[bytes, int, bytes]]:
    for at in range(count):
        tag, checksum, offset, length = struct.unpack_from(">4s3I", font, 12 + 16 * at)
        yield tag, checksum, font[offset : offset + length]


def test_the_rectangles_are_the_modules_of_the_address() -> None:
    (content,) = page_contents(as_pdf([MANHOLE], SHEET, PUBLIC))
    drawing, expected = draw(MANHOLE, SHEET, PUBLIC), symbol(entity_address(PUBLIC, CODE), "Q")
    left, top = (corner + at for corner, at in zip(SHEET.corner(0), drawing.at, strict=True))
    module = drawing.module * mm
    runs = [
        (
            round((x - left * mm) / module),
            round(((297 - top) * mm - y - height) / module),
            round(width / module),
        )
        for x, y, width, height in rectangles(content)
    ]
    assert dark_modules(runs, expected.side) == dark_modules(expected.runs, expected.side)


def test_the_code_is_text_in_a_font_that_every_reader_has() -> None:
    pdf = as_pdf([MANHOLE], SHEET, PUBLIC)
    assert "(440311-0103-000127-9) Tj" in page_contents(pdf)[0]
    assert b"/BaseFont /Courier-Bold" in pdf
    assert b"/Subtype /Image" not in pdf


def test_pages_are_printed_in_their_own_size() -> None:
    pdf = as_pdf(numbered(30), SHEET, PUBLIC, start=20)
    assert b"/PrintScaling /None" in pdf
    assert len(page_contents(pdf)) == 3
    assert (
        re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+)", pdf) == [(b"595.2756", b"841.8898")] * 3
    )


def test_the_same_labels_give_the_same_bytes() -> None:
    assert as_pdf([MANHOLE], SHEET, PUBLIC) == as_pdf([MANHOLE], SHEET, PUBLIC)


def test_without_assets_the_readers_own_chinese_letters_do() -> None:
    pdf = as_pdf([MANHOLE], SHEET, PUBLIC)
    assert b"/BaseFont /STSong-Light" in pdf
    assert b"/FontFile2" not in pdf


def test_letters_of_the_assets_font_are_embedded(
    monkeypatch: pytest.MonkeyPatch, vera: bytes
) -> None:
    font = fonts.embeddable(packed(vera))
    monkeypatch.setattr(fonts, "chinese_font", lambda: font)
    pdf = as_pdf([Label(code=CODE, name="ł")], SHEET, PUBLIC)
    assert b"/FontFile2" in pdf
    assert b"STSong" not in pdf


def test_each_letter_comes_from_a_font_that_has_it(vera: bytes) -> None:
    font = fonts.embeddable(packed(vera))
    assert list(fonts.runs("DN600 ł井", font)) == [
        ("Helvetica", "DN600 "),
        ("CityTwinHan", "ł"),
        ("STSong-Light", "井"),
    ]
    assert list(fonts.runs("ł井", None)) == [("STSong-Light", "ł井")]


def test_a_letter_that_no_font_has_is_marked() -> None:
    assert list(fonts.runs("𠮷", None)) == [("STSong-Light", "〓")]


@pytest.mark.parametrize("compress", [True, False])
def test_a_web_font_unpacks_to_the_tables_that_were_packed(vera: bytes, *, compress: bool) -> None:
    count = struct.unpack_from(">H", vera, 4)[0]
    unpacked = unpack(packed(vera, compress=compress))
    assert unpacked[:12] == vera[:12]
    assert list(_tables(unpacked, count)) == list(_tables(vera, count))


@pytest.mark.parametrize("damage", [b"", b"wOFF", b"OTTO" + bytes(60)])
def test_what_is_no_web_font_is_refused(damage: bytes) -> None:
    with pytest.raises(InvalidFontError):
        unpack(damage)


def test_a_web_font_that_was_cut_off_or_changed_is_refused(vera: bytes) -> None:
    whole = packed(vera)
    with pytest.raises(InvalidFontError, match="expected a whole"):
        unpack(whole[:-8])
    offset = struct.unpack_from(">I", whole, 48)[0]
    with pytest.raises(InvalidFontError):
        unpack(whole[:offset] + bytes(8) + whole[offset + 8 :])
