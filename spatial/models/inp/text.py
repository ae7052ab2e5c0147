"""Lines of an ``.inp`` file, whatever it is encoded in, one at a time."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from spatial.files.errors import refuse
from spatial.files.local_file import TEXT_LIMIT_BYTES

LONGEST_LINE = 65_536
"""Characters. SWMM and EPANET themselves take 1,024."""
MOST_LINES = 20_000_000
_CHUNK_BYTES = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ACCENTS = re.compile(rb"[\x80-\xff]+")


class Encoding(NamedTuple):
    """Python's name of an encoding, and the sentence on why it is assumed, if it is."""

    codec: str
    assumed: str | None


def encoding_of(path: Path) -> Encoding:
    """Return what a file is encoded in: what a mark says, UTF-8, GB 18030, else Latin-1.

    Both programs write whatever the machine of their user has, and the file does not say it.

    Raises:
        FileRefusedError: the file is too large, or cannot be read.
    """
    size = path.stat().st_size
    if size > TEXT_LIMIT_BYTES:
        raise refuse(path, f"{size:,} bytes of text, expected at most {TEXT_LIMIT_BYTES:,}")
    try:
        with path.open("rb") as opened:
            head = opened.read(4)
        marked = next((codec for mark, codec in _MARKS if head.startswith(mark)), None)
        return Encoding(marked, None) if marked else _guessed(path)
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from error


def lines(path: Path, codec: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, without its end; any of the three line ends.

    Raises:
        FileRefusedError: a line is longer than any row, or is no text; there are too many.
    """
    try:
        with path.open(encoding=codec, newline=None) as opened:
            for number, line in enumerate(iter(lambda: opened.readline(LONGEST_LINE + 1), ""), 1):
                _refuse_no_line(path, number, line)
                yield number, line.rstrip("\n")
    except UnicodeError as error:
        raise refuse(path, f"is not in {codec}: {error}") from error
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from error


def _refuse_no_line(path: Path, number: int, line: str) -> None:
    if len(line) > LONGEST_LINE:
        raise refuse(path, f"line {number} is longer than {LONGEST_LINE:,} characters")
    if number > MOST_LINES:
        raise refuse(path, f"more than {MOST_LINES:,} lines")
    if "\0" in line:
        raise refuse(path, f"holds a NUL character in line {number}: expected text")


def _guessed(path: Path) -> Encoding:
    if _fits(path, "utf-8"):
        return Encoding("utf-8", None)
    if _fits(path, "gb18030") and not _only_lone_accents(path):
        return Encoding("gb18030", "the text is not UTF-8 and says no encoding: read as GB18030")
    return Encoding("latin-1", "the text is not UTF-8 and says no encoding: read as Latin-1")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        yield from iter(lambda: opened.read(_CHUNK_BYTES), b"")


def _fits(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _only_lone_accents(path: Path) -> bool:
    """Tell whether no two bytes beyond ASCII stand together: words of Europe, not of China."""
    return all(len(run) == 1 for chunk in _chunks(path) for run in _ACCENTS.findall(chunk))
