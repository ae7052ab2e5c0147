"""CityJSONSeq: one JSON text a line, the first a CityJSON object, then one feature each.

JSON text sequences (RFC 7464) put a record separator before each; it is passed over.
"""

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from spatial.files.errors import refuse
from spatial.models.cityjson.batching import Document
from spatial.models.cityjson.document import Loaded, complaint, loads, watched
from spatial.models.cityjson.refusing import ObjectRefusedError
from spatial.models.frames.wording import shown

_LONGEST_LINE = 64 * 1024**2
_STEP = 64 * 1024
_BLANKS = b" \t\r\n\x1e"
_SUFFIXES = (".jsonl", ".cityjsonl", ".ndjson")
_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line with its number from 1; None where it is longer than a feature may be."""

    number: int
    data: bytes | None
    end: int


def is_sequence(path: Path) -> bool:
    """Tell whether a file has more than one JSON text, the first of them on one line.

    Raises:
        FileRefusedError: it cannot be read.
    """
    try:
        with path.open("rb") as opened:
            end, beginning = _joint(opened)
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from error
    if end != b"}":
        return False
    if not beginning:
        return path.suffix.lower() in _SUFFIXES
    return beginning == b"{" or _begins_with_json(path)


def first_of(path: Path) -> Loaded:
    """Return the first JSON text of a sequence.

    Raises:
        FileRefusedError: it is too long, or not JSON.
    """
    first = next(lines_of(path))
    if first.data is None:
        raise refuse(path, f"line {first.number} {_too_long()}")
    try:
        return watched(first.data)
    except json.JSONDecodeError as error:
        place = f"line {first.number}, column {error.colno}"
        raise refuse(path, f"is not JSON at {place}: {complaint(error)}") from error


def lines_of(path: Path) -> Generator[Line]:
    """Give the lines of a file that are not blank; none is held longer than it is used.

    Raises:
        FileRefusedError: it cannot be read.
    """
    try:
        with path.open("rb", buffering=_STEP) as opened:
            yield from _lines(opened)
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from error


def feature_of(line: Line, *, watch: bool) -> tuple[Document, Loaded]:
    """Return the feature of a line, and how it was read.

    Args:
        line: of the file.
        watch: whether to look for names that stand twice in one object.

    Raises:
        ObjectRefusedError: the line holds none.
    """
    if line.data is None:
        raise ObjectRefusedError(_too_long())
    try:
        loaded = watched(line.data) if watch else loads(line.data)
    except json.JSONDecodeError as error:
        raise ObjectRefusedError(
            f"is not JSON at column {error.colno}: {complaint(error)}"
        ) from error
    feature = loaded.value
    kind = feature.get("type") if isinstance(feature, dict) else feature
    if kind != "CityJSONFeature":
        raise ObjectRefusedError(f"is {shown(kind)}: expected a CityJSONFeature")
    return document_of(feature), loaded


def document_of(written: dict[str, Any]) -> Document:
    """Return CityObjects and vertices of a CityJSON object or feature.

    Raises:
        ObjectRefusedError: one of them is missing, or of another kind.
    """
    objects, vertices = written.get("CityObjects"), written.get("vertices")
    if not isinstance(objects, dict):
        raise ObjectRefusedError(f"CityObjects are {shown(objects)}: expected an object")
    if not isinstance(vertices, list):
        raise ObjectRefusedError(f"vertices are {shown(vertices)}: expected a list")
    return Document(objects, vertices)


def _lines(opened: BinaryIO) -> Iterator[Line]:
    number = 0
    while data := opened.readline(_LONGEST_LINE):
        number += 1
        if len(data) == _LONGEST_LINE and not data.endswith(b"\n"):
            _skip(opened)
            yield Line(number, None, opened.tell())
        elif text := data.removeprefix(_MARK).strip(_BLANKS):
            yield Line(number, text, opened.tell())


def _joint(opened: BinaryIO) -> tuple[bytes, bytes]:
    """Return the last byte of the first line and the first one of the next; blanks are none.

    The line may be a whole city, which is not held to find its end.
    """
    end, ended = b"", False
    while chunk := opened.read(_STEP):
        text = chunk if end else chunk.lstrip(_BLANKS)  # blank lines may stand before the first
        line, newline, rest = (b"", b"\n", text) if ended else text.partition(b"\n")
        end = line.rstrip(_BLANKS)[-1:] or end
        ended = bool(end and newline)
        if ended and (beginning := rest.lstrip(_BLANKS)[:1]):
            return end, beginning
    return end, b""


def _skip(opened: BinaryIO) -> None:
    while (data := opened.readline(_LONGEST_LINE)) and not data.endswith(b"\n"):
        pass


def _begins_with_json(path: Path) -> bool:
    first = next(lines_of(path))
    if first.data is None:
        return True
    try:
        loads(first.data)
    except json.JSONDecodeError:
        return False
    return True


def _too_long() -> str:
    return f"has more than {_LONGEST_LINE:,} bytes: expected one feature"
