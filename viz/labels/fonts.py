"""Which font of a PDF shows which letter.

Latin letters and the code use the standard fonts that every PDF reader has. Chinese letters come
from the font that the viewer's assets hold, embedded with the letters used; without assets, and
for letters that it lacks, the reader's own Song face (Adobe-GB1) has to do.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from viz.labels.texts import is_latin
from viz.labels.woff import unpack

LATIN = "Helvetica"
CODE = "Courier-Bold"
_READERS_OWN = "STSong-Light"
_EMBEDDED = "CityTwinHan"
_ASSET = "noto-sans-sc-chinese-simplified-400-normal-*.woff"
_GETA = "〓"
"""What printers set for a letter that they have not got."""


@cache
def chinese_font() -> TTFont | None:
    """Return the Chinese font of the viewer's assets, or None where these are not built.

    Raises:
        InvalidFontError: the file is broken.
    """
    assets = Path(str(files("viz"))) / "static" / "assets"
    found = sorted(assets.glob(_ASSET))
    return embeddable(found[-1].read_bytes()) if found else None


def embeddable(woff: bytes) -> TTFont:
    """Return a font for PDFs from a WOFF file with TrueType outlines.

    Raises:
        InvalidFontError: no such file.
    """
    font = TTFont(_EMBEDDED, BytesIO(unpack(woff)))
    registerFont(font)
    return font


def runs(text: str, chinese: TTFont | None) -> Iterator[tuple[str, str]]:
    """Yield the parts of a text with the name of the font that shows each."""
    shown = [(_font_of(character, chinese), character) for character in text]
    for font, part in groupby(shown, key=lambda one: one[0]):
        content = "".join(character for _, character in part)
        if font == _READERS_OWN:
            content = "".join(c if ord(c) < 0x10000 else _GETA for c in content)  # noqa: PLR2004
        yield font, content


def _font_of(character: str, chinese: TTFont | None) -> str:
    if is_latin(character):
        return LATIN
    if chinese is not None and ord(character) in chinese.face.charToGlyph:
        return _EMBEDDED
    _register_readers_own()
    return _READERS_OWN


@cache
def _register_readers_own() -> None:
    registerFont(UnicodeCIDFont(_READERS_OWN))
