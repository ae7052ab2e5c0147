"""Text of a dBASE table, which was read byte for byte, into what it says."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from spatial.files import text_encoding
from spatial.files.errors import refuse
from spatial.files.layer import Column, objects

BYTEWISE = "ISO-8859-1"
"""Maps every byte to one character and back, so that nothing is lost before we know better."""

_LANGUAGE_AT = 29
# Language driver ids of dBASE for the code pages that are written in China.
_LANGUAGES = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "cp950"}


class Said(NamedTuple):
    """Encoding of a table, and the sentence on what was assumed."""

    codec: str
    assumed: str | None


def encoding_of(
    path: Path, parts: dict[str, Path], asked: str | None, texts: Iterable[str]
) -> Said:
    """Return the encoding: what is asked for, what the parts say, or what fits.

    Raises:
        FileRefusedError: the encoding is unknown, or neither UTF-8 nor GB 18030 fits.
    """
    if asked:
        return Said(text_encoding.known(path, asked), None)
    if named := _named(parts):
        return Said(named, None)
    values = [text.encode(BYTEWISE) for text in texts]
    codec, assumed = text_encoding.choose(path, lambda codec: text_encoding.all_fit(values, codec))
    return Said(codec, assumed)


def decoded(path: Path, values: Iterable[object], codec: str) -> Column:
    """Return values with their text decoded.

    Raises:
        FileRefusedError: a value is not in the encoding.
    """
    return objects([_decode(path, value, codec) for value in values])


def _decode(path: Path, value: object, codec: str) -> object:
    if not isinstance(value, str) or value.isascii():
        return value
    data = value.encode(BYTEWISE)
    try:
        return data.decode(codec)
    except UnicodeError as error:
        raise refuse(path, f"{data!r} is not in {codec}: say the encoding") from error


def _named(parts: dict[str, Path]) -> str | None:
    """Return what the .cpg or the table's header says, as far as it is an encoding."""
    if ".cpg" in parts:
        said = parts[".cpg"].read_bytes()[:64].decode("ascii", "replace").strip()
        number = re.fullmatch(r"(?:ANSI\s*|OEM\s*)?(\d{3,5})", said)
        found = text_encoding.codec_of(f"cp{number[1]}" if number else said)
        if found:
            return found
    header = parts[".dbf"].read_bytes()[: _LANGUAGE_AT + 1]
    return _LANGUAGES.get(header[_LANGUAGE_AT]) if len(header) > _LANGUAGE_AT else None
