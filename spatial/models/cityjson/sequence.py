"""CityJSONSeq: one JSON text a line, the first a CityJSON object, then one feature each.

JSON text sequences (RFC 7464) put a record separator before each; it is passed over.
"""

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from spatial.files.errors import refuse
from spatial.models.cityjson.batching import Document
from spatial.models.cityjson.document import Loaded, complaint, loads
from spatial.models.cityjson.refusing import ObjectRefusedError
from spatial.models.frames.wording import shown

_LONGEST_LINE = 64 * 1024**2
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
    lines = lines_of(path)
    first, second = next(lines, None), next(lines, None)
    lines.close()
    if first is None or first.data is None:
        return second is not None
    if not first.data.endswith(b"}"):
        return False
    if second is None:
        return path.suffix.lower() in _SUFFIXES
    return (second.data or b"{").startswith(b"{") or _is_json(first.data)


def first_of(path: Path) -> Loaded:
    """Return the first JSON text of a sequence.

    Raises:
        FileRefusedError: it is too long, or not JSON.
    """
    first = next(lines_of(path))
    if first.data is None:
        raise refuse(path, f"line {first.number} {_too_long()}")
    try:
        return loads(first.data)
    except json.JSONDecodeError as error:
        place = f"line {first.number}, column {error.colno}"
        raise refuse(path, f"is not JSON at {place}: {complaint(error)}") from error


def lines_of(path: Path) -> Generator[Line]:
    """Give the lines of a file that are not blank; none is held longer than it is used.

    Raises:
        FileRefusedError: it cannot be read.
    """
    try:
        with path.open("rb") as opened:
            yield from _lines(opened)
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from error


def feature_of(line: Line) -> tuple[Document, bool]:
    """Return the feature of a line, and whether it held what JSON has not.

    Raises:
        ObjectRefusedError: the line holds none.
    """
    if line.data is None:
        raise ObjectRefusedError(_too_long())
    try:
        loaded = loads(line.data)
    except json.JSONDecodeError as error:
        raise ObjectRefusedError(
            f"is not JSON at column {error.colno}: {complaint(error)}"
        ) from error
    feature = loaded.value
    kind = feature.get("type") if isinstance(feature, dict) else feature
    if kind != "CityJSONFeature":
        raise ObjectRefusedError(f"is {shown(kind)}: expected a CityJSONFeature")
    return document_of(feature), bool(loaded.warnings)


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


def _skip(opened: BinaryIO) -> None:
    while (data := opened.readline(_LONGEST_LINE)) and not data.endswith(b"\n"):
        pass


def _is_json(data: bytes) -> bool:
    try:
        loads(data)
    except json.JSONDecodeError:
        return False
    return True


def _too_long() -> str:
    return f"has more than {_LONGEST_LINE:,} bytes: expected one feature"
