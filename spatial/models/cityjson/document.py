"""The JSON of a file (RFC 8259), read whole."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from spatial.files import FileRefusedError, local_file, text_encoding
from spatial.files.errors import refuse

# Each takes some 100 bytes of memory; 512 MB of nothing but brackets would take 50 GB.
_MOST_CONTAINERS = 50_000_000
_MOST_REPEATED = 1_000
_MEMBERS = ("geometry", "attributes")
_NOT_JSON = "holds NaN or Infinity, which JSON has not: read as null"


class Loaded(NamedTuple):
    """What a JSON text says.

    Attributes:
        value: of it.
        warnings: sentences on how it had to be read.
        repeated: names that one of its objects has twice, where they were looked for.
    """

    value: Any
    warnings: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()


def whole(path: Path) -> Loaded:
    """Return the JSON of a file.

    Raises:
        FileRefusedError: it is too large, or not JSON.
    """
    size = path.stat().st_size
    if size > local_file.TEXT_LIMIT_BYTES:
        raise refuse(
            path,
            f"{size:,} bytes of CityJSON, expected at most {local_file.TEXT_LIMIT_BYTES:,}; "
            "write it as CityJSONSeq, which is read line by line",
        )
    data = local_file.whole(path)
    containers = data.count(b"[") + data.count(b"{")
    if containers > _MOST_CONTAINERS:
        raise refuse(
            path,
            f"{containers:,} lists and objects, expected at most {_MOST_CONTAINERS:,}; "
            "write it as CityJSONSeq, which is read line by line",
        )
    try:
        return watched(data)
    except json.JSONDecodeError as error:
        if error.msg.startswith("str is not valid UTF-8"):
            return _other_encoding(path, data)
        raise _not_json(path, error) from error


def loads(data: bytes) -> Loaded:
    """Return the value of a JSON text in UTF-8; NaN and Infinity, which it may not hold, as None.

    Raises:
        json.JSONDecodeError: it is not JSON.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        if b"NaN" not in data and b"Infinity" not in data:
            raise
        return _lenient(data)
    return Loaded(value)


def watched(data: bytes) -> Loaded:
    """Return the value of a JSON text, and the names that one of its objects has twice.

    They are looked for where the text has more of a member than the CityObjects that were read.

    Raises:
        json.JSONDecodeError: it is not JSON.
    """
    loaded = loads(data)
    if loaded.warnings or not _may_repeat(data, loaded.value):
        return loaded
    return loaded._replace(repeated=_twice(data))


def complaint(error: json.JSONDecodeError) -> str:
    """Return what is wrong with a JSON text, as part of a sentence."""
    return f"{error.msg[:1].lower()}{error.msg[1:]}"


def _may_repeat(data: bytes, value: object) -> bool:
    """Tell whether a text has more of a member than its CityObjects."""
    objects = value.get("CityObjects") if isinstance(value, dict) else None
    if not isinstance(objects, dict):
        return False
    things = [thing for thing in objects.values() if isinstance(thing, dict)]
    return any(
        data.count(b'"%s"' % member.encode()) > sum([member in thing for thing in things])
        for member in _MEMBERS
    )


def _twice(data: bytes) -> tuple[str, ...]:
    """Look at every object of a text, which takes ten times as long as parsing it."""
    found: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        names = Counter([name for name, _ in pairs])
        if len(names) < len(pairs) and len(found) < _MOST_REPEATED:
            found.extend(name for name, count in names.items() if count > 1)

    try:
        json.loads(data, object_pairs_hook=look)
    except (
        ValueError,
        RecursionError,
    ):  # nested, or of digits, beyond what Python's own parser reads
        return ()
    return tuple(found[:_MOST_REPEATED])


def _lenient(data: bytes) -> Loaded:
    try:
        value = json.loads(data.decode(), parse_constant=lambda _name: None)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:  # thousands of digits, or of brackets
        raise json.JSONDecodeError(str(error).partition(";")[0], "", 0) from error
    return Loaded(value, (_NOT_JSON,))


def _other_encoding(path: Path, data: bytes) -> Loaded:
    decoded = text_encoding.decode(path, data, None)
    try:
        loaded = watched(decoded.text.encode())
    except json.JSONDecodeError as error:
        raise _not_json(path, error) from error
    said = (decoded.assumed,) if decoded.assumed else ()
    return loaded._replace(warnings=(*said, *loaded.warnings))


def _not_json(path: Path, error: json.JSONDecodeError) -> FileRefusedError:
    place = f"line {error.lineno}, column {error.colno}"
    return refuse(path, f"is not JSON at {place}: {complaint(error)}")
