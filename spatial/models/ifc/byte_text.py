r"""Bytes beyond ASCII, which the library drops, spelt as the standard spells them.

ISO 10303-21 writes 建 as ``\X2\5EFA\X0\`` (6.4.3.3); programs in China write it as it is, in UTF-8
or GBK, and the third edition of the standard allows the former.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

PIECE_BYTES: Final = 1024**2
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
_LAST_OF_TWO_BYTES: Final = "\uffff"
_GUESSES: Final = ("utf-8", "gb18030", "latin-1")


def encoding_of(path: Path) -> str | None:
    """Return the encoding of a file's text, None where it is plain ASCII."""
    left = list(_GUESSES)
    decoders = {name: codecs.getincrementaldecoder(name)() for name in left}
    ascii_only = True
    with path.open("rb") as file:
        for piece in pieces(file):
            ascii_only = ascii_only and piece.isascii()
            if not ascii_only:
                left = [name for name in left if _decodes(decoders[name], piece)]
    return None if ascii_only else left[0]


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the rest of a file."""
    while piece := file.read(PIECE_BYTES):
        yield piece


def spelt(read: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield text in plain ASCII."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in read:
        yield _BEYOND_ASCII.sub(_spell, decoder.decode(piece)).encode()
    yield _BEYOND_ASCII.sub(_spell, decoder.decode(b"", final=True)).encode()


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes) -> bool:
    try:
        decoder.decode(piece)
    except UnicodeError:
        return False
    return True


def _spell(found: re.Match[str]) -> str:
    if max(found[0]) <= _LAST_OF_TWO_BYTES:
        return rf"\X2\{found[0].encode('utf-16-be', 'replace').hex().upper()}\X0" + "\\"
    return rf"\X4\{found[0].encode('utf-32-be', 'replace').hex().upper()}\X0" + "\\"
