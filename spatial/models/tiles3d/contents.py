"""What a tile shows, by the first bytes of its file: b3dm, i3dm, pnts, cmpt, glb, glTF, a tileset.

Headers are checked against the size of the file, and the addresses of what belongs to it (buffers,
images, instanced models) are found, because they must be served too.
"""

import struct
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

import orjson

from spatial.models.tiles3d.errors import BadContentError

MAX_JSON_BYTES = 64 * 1024**2

TILESET, GLTF, GLB, SUBTREE, SCHEMA = "tileset", "gltf", "glb", "subtree", "schema"
_TABLES = {b"b3dm": 4, b"i3dm": 4, b"pnts": 4}
"""Lengths of tables in the header, after magic, version and length of the whole."""
_CHUNK_JSON = 0x4E4F534A
_SHOWN = 60
_MAX_INNER = 10_000
_MAX_DEPTH = 8
_VERSION = 1
_GLTF_VERSIONS = (1, 2)


class Content(NamedTuple):
    """What a file is, and the addresses of the files that it needs besides."""

    kind: str
    references: tuple[str, ...] = ()


def examine(file: IO[bytes], size: int) -> Content:
    """Tell what a file is from its headers; only these and the JSON in it are read.

    Raises:
        BadContentError: it is nothing that a tile may show, or is cut off.
    """
    magic = file.read(4)
    if magic == b"cmpt":
        return Content("cmpt", tuple(_composite(file, 0, size, 0)))
    if magic in _TABLES:
        return Content(magic.decode(), tuple(_tile(file, magic, 0, size)))
    if magic == b"glTF":
        return Content(GLB, tuple(_binary_gltf(file, 0, size)))
    if magic == b"subt":
        return Content(SUBTREE, tuple(_subtree(file, size)))
    if magic[:2] == b"\x1f\x8b":
        raise BadContentError("is packed with gzip: expected it unpacked")
    if magic.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_content(_json(file, 0, size))
    raise BadContentError(
        f"starts with {magic!r}: expected b3dm, i3dm, pnts, cmpt, glTF or a tileset"
    )


def document(data: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        BadContentError: it is none.
    """
    try:
        found = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise BadContentError(f"is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadContentError(f"is JSON of type {type(found).__name__}: expected an object")
    return found


def _tile(file: IO[bytes], magic: bytes, at: int, end: int) -> Iterator[str]:
    length, tables = _header(file, magic, at, end)
    body = at + 12 + 4 * len(tables) + sum(tables) + (4 if magic == b"i3dm" else 0)
    if body > at + length:
        raise BadContentError(f"tables of {sum(tables):,} bytes in {length:,}: expected less")
    if magic == b"b3dm":
        yield from _binary_gltf(file, body, at + length)
    elif magic == b"i3dm":
        (form,) = struct.unpack("<I", _read(file, at + 28, 4))
        if form == 1:
            yield from _binary_gltf(file, body, at + length)
        else:
            yield (
                _read(file, body, min(at + length - body, 4096))
                .rstrip(b"\0 ")
                .decode("utf-8", "replace")
            )


def _header(file: IO[bytes], magic: bytes, at: int, end: int) -> tuple[int, tuple[int, ...]]:
    version, length, *tables = struct.unpack(
        f"<{2 + _TABLES.get(magic, 1)}I", _read(file, at + 4, 8 + 4 * _TABLES.get(magic, 1))
    )
    if version != _VERSION:
        raise BadContentError(f"is {magic.decode()} version {version}: expected {_VERSION}")
    if length > end - at:
        raise BadContentError(f"is cut off: says {length:,} bytes, has {end - at:,}")
    return length, tuple(tables)


def _composite(file: IO[bytes], at: int, end: int, depth: int) -> Iterator[str]:
    length, (count,) = _header(file, b"cmpt", at, end)
    if count > _MAX_INNER or depth > _MAX_DEPTH:
        raise BadContentError(f"holds {count:,} tiles {depth} deep: expected fewer")
    end, at = at + length, at + 16
    for _ in range(count):
        magic = _read(file, at, 4)
        if magic == b"cmpt":
            yield from _composite(file, at, end, depth + 1)
        elif magic in _TABLES:
            yield from _tile(file, magic, at, end)
        else:
            raise BadContentError(f"holds a tile {magic!r}: expected b3dm, i3dm, pnts or cmpt")
        (inner,) = struct.unpack("<I", _read(file, at + 8, 4))
        at += max(inner, 12)


def _binary_gltf(file: IO[bytes], at: int, end: int) -> Iterator[str]:
    magic, version, length, json_length, kind = struct.unpack("<4sIIII", _read(file, at, 20))
    if magic != b"glTF" or version not in _GLTF_VERSIONS:
        raise BadContentError(f"holds {magic!r} version {version}: expected glTF version 2")
    if length > end - at:
        raise BadContentError(f"is cut off: glTF says {length:,} bytes, has {end - at:,}")
    if version == 1:
        return  # what is in it is embedded as binary_glTF
    if kind != _CHUNK_JSON:
        raise BadContentError(f"glTF starts with chunk {kind:#x}: expected JSON")
    if json_length > length - 20:
        raise BadContentError(f"glTF with JSON of {json_length:,} bytes in {length:,}")
    yield from _gltf_references(_json(file, at + 20, json_length))


def _subtree(file: IO[bytes], size: int) -> Iterator[str]:
    version, json_length, binary_length = struct.unpack("<IQQ", _read(file, 4, 20))
    if version != _VERSION:
        raise BadContentError(f"is a subtree of version {version}: expected {_VERSION}")
    if 24 + json_length + binary_length > size:
        raise BadContentError(
            f"is cut off: says {json_length:,} and {binary_length:,} bytes, has {size - 24:,}"
        )
    yield from _uris(_json(file, 24, json_length), "buffers")


def _json_content(found: dict[str, Any]) -> Content:
    if "root" in found:
        return Content(TILESET)
    if "asset" in found:
        return Content(GLTF, tuple(_gltf_references(found)))
    if "classes" in found:
        return Content(SCHEMA)
    if "tileAvailability" in found:
        return Content(SUBTREE, tuple(_uris(found, "buffers")))
    raise BadContentError(f"is JSON with {sorted(found)[:4]!r}: expected glTF or a tileset")


def _gltf_references(found: dict[str, Any]) -> Iterator[str]:
    yield from _uris(found, "buffers")
    yield from _uris(found, "images")


def _uris(found: dict[str, Any], listed: str) -> Iterator[str]:
    entries = found.get(listed) or []
    # glTF 1.0 has objects by name where 2.0 has a list.
    listed_entries = list(entries.values()) if isinstance(entries, dict) else entries
    if not isinstance(listed_entries, list):
        raise BadContentError(f"has {listed} {repr(entries)[:_SHOWN]}: expected a list")
    for entry in listed_entries:
        uri = entry.get("uri") if isinstance(entry, dict) else None
        if isinstance(uri, str) and not uri.startswith("data:"):
            yield uri


def _json(file: IO[bytes], at: int, length: int) -> dict[str, Any]:
    if length > MAX_JSON_BYTES:
        raise BadContentError(
            f"holds {length:,} bytes of JSON: expected at most {MAX_JSON_BYTES:,}"
        )
    return document(_read(file, at, length))


def _read(file: IO[bytes], at: int, count: int) -> bytes:
    file.seek(at)
    data = file.read(count)
    if len(data) < count:
        raise BadContentError(f"is cut off: {count:,} bytes expected from byte {at:,}")
    return data
