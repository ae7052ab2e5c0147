"""The JSON of a file (RFC 8259), read whole."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from spatial.files import FileRefusedError, local_file, text_encoding
from spatial.files.errors import refuse

# Each takes some 100 bytes of memory; 512 MB of nothing but brackets would take 50 GB.
_MOST_CONTAINERS = 50_000_000
_NOT_JSON = "holds NaN or Infinity, which JSON has not: read as null"


class Loaded(NamedTuple):
    """What a JSON text says, and sentences on how it had to be read."""

    value: Any
    warnings: tuple[str, ...] = ()


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
        return loads(data)
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
        return Loaded(orjson.loads(data))
    except orjson.JSONDecodeError:
        if b"NaN" not in data and b"Infinity" not in data:
            raise
        return _lenient(data)


def complaint(error: json.JSONDecodeError) -> str:
    """Return what is wrong with a JSON text, as part of a sentence."""
    return f"{error.msg[:1].lower()}{error.msg[1:]}"


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
        loaded = loads(decoded.text.encode())
    except json.JSONDecodeError as error:
        raise _not_json(path, error) from error
    said = (decoded.assumed,) if decoded.assumed else ()
    return Loaded(loaded.value, (*said, *loaded.warnings))


def _not_json(path: Path, error: json.JSONDecodeError) -> FileRefusedError:
    place = f"line {error.lineno}, column {error.colno}"
    return refuse(path, f"is not JSON at {place}: {complaint(error)}")
