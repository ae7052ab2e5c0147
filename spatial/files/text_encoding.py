"""Which encoding a text is in: what is said, what a mark says, UTF-8, then GB 18030."""

import codecs
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from spatial.files.errors import refuse

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# GB 18030-2022 holds all of GBK and GB 2312; whoever says one of them may well have used more.
_GB = {"gb2312", "gbk", "gb18030"}


class Decoded(NamedTuple):
    """A text and the sentence on what was assumed to read it, if anything was."""

    text: str
    assumed: str | None


def codec_of(name: str) -> str | None:
    """Return Python's name of an encoding, GB 18030 for all of its subsets, None if unknown."""
    try:
        found = codecs.lookup(name.strip()).name
        b"".decode(found)  # refuses codecs that are none of text, such as zlib
    except (LookupError, ValueError):
        return None
    return "gb18030" if found in _GB else found


def decode(path: Path, data: bytes, encoding: str | None) -> Decoded:
    """Return the text of a file.

    Raises:
        FileRefusedError: the encoding is unknown or is not what the bytes are in.
    """
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None and marked is None:
        chosen, assumed = choose(path, lambda codec: _fits(data, codec))
    else:
        chosen, assumed = marked or known(path, encoding or ""), None
    try:
        return Decoded(data.decode(chosen), assumed)
    except UnicodeError as error:
        raise refuse(path, f"is not in {chosen}: {error}") from error


def known(path: Path, encoding: str) -> str:
    """Return Python's name of an encoding that a person or file names.

    Raises:
        FileRefusedError: there is no such encoding.
    """
    found = codec_of(encoding)
    if found is None:
        raise refuse(path, f"unknown encoding {encoding!r}: expected for example 'GB18030'")
    return found


def choose(path: Path, fits: Callable[[str], bool]) -> tuple[str, str | None]:
    """Return the first encoding that fits, and the sentence on what was assumed.

    Raises:
        FileRefusedError: neither UTF-8 nor GB 18030 fits.
    """
    if fits("utf-8"):
        return "utf-8", None
    if fits("gb18030"):
        return "gb18030", "the text is not UTF-8 and says no encoding: read as GB18030"
    raise refuse(path, "the text is neither UTF-8 nor GB18030: say its encoding")


def all_fit(values: Iterable[bytes], codec: str) -> bool:
    """Tell whether every value can be decoded."""
    return all(_fits(value, codec) for value in values)


def _fits(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeError:
        return False
    return True
