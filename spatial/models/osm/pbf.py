"""The blocks of an OSM PBF file, looked at before libosmium unpacks any of them.

A file is a row of blocks: 4 bytes of length, a BlobHeader, a Blob (OSM wiki, PBF Format). What they
say of their own sizes is checked against the file, so that a file that is cut off, or unpacks to
a thousand times itself, is refused with a sentence and before anything is read from it.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from spatial.files.errors import refuse
from spatial.models.osm.wire import WireFormatError, fields, number, pieces, signed

START = b"\x0a\x09OSMHeader"
"""What follows the first four bytes of every file."""

MAX_HEADER_BYTES = 64 * 1024
MAX_BLOB_BYTES = 32 * 1024**2
_MAX_RATIO = 100
_SMALL_BYTES = 256 * 1024**2
_NANODEGREES = 1e-9
_IN_ORDER = "Sort.Type_then_ID"
_KNOWN_FEATURES = {"OsmSchema-V0.6", "DenseNodes", "LocationsOnWays"}
# Numbers of fields in BlobHeader, Blob and HeaderBlock.
_TYPE, _DATASIZE = 1, 3
_RAW, _RAW_SIZE, _ZLIB = 1, 2, 3
_BOX, _REQUIRED, _OPTIONAL, _PROGRAM = 1, 4, 5, 16
_LEFT, _RIGHT, _TOP, _BOTTOM = 1, 2, 3, 4
_PACKED = {3: "zlib", 4: "LZMA", 5: "bzip2", 6: "LZ4", 7: "Zstandard"}
_READ = {"zlib", "LZ4"}

Box = tuple[float, float, float, float]


class Header(NamedTuple):
    """What the first block says of the file; ``box`` is west, south, east, north in degrees.

    ``in_order`` is the promise that nodes stand before ways before relations, by number.
    """

    box: Box | None
    features: tuple[str, ...]
    program: str
    in_order: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """A file that may be read: its header, its blocks and the bytes that they unpack to."""

    header: Header
    blocks: int
    unpacked_bytes: int


class _Block(NamedTuple):
    number: int
    kind: str
    blob: memoryview


def survey(path: Path) -> Survey:
    """Look through the blocks of a file.

    Raises:
        FileRefusedError: it is cut off, damaged, a bomb, a history, or no OSM PBF.
    """
    header, unpacked, count = None, 0, 0
    for block in _blocks(path):
        count += 1
        with _telling(path, count):
            unpacked += _unpacked_bytes(path, block)
            header = header or _header(path, block)
    if header is None:
        raise refuse(path, "holds no block: expected OSM PBF")
    _refuse_bomb(path, unpacked)
    return Survey(header, count, unpacked)


def _blocks(path: Path) -> Iterator[_Block]:
    size = path.stat().st_size
    number = 0
    with path.open("rb") as file:
        while file.tell() < size:
            number += 1
            with _telling(path, number):
                block = _block(path, file, number, size)
            yield block


@contextmanager
def _telling(path: Path, number: int) -> Iterator[None]:
    try:
        yield
    except WireFormatError as error:
        raise refuse(path, f"block {number} is damaged: {error}") from error


def _block(path: Path, file: IO[bytes], at: int, size: int) -> _Block:
    length = int.from_bytes(_take(path, file, 4, at, size), "big")
    if not 0 < length <= MAX_HEADER_BYTES:
        raise refuse(
            path,
            f"block {at} has a header of {length:,} bytes: expected 1 to {MAX_HEADER_BYTES:,}",
        )
    header = memoryview(_take(path, file, length, at, size))
    kind = "".join(_text(piece) for piece in pieces(header, _TYPE))
    datasize = number(header, _DATASIZE) or 0
    if not 0 <= datasize <= MAX_BLOB_BYTES:
        raise refuse(path, f"block {at} is of {datasize:,} bytes: expected 0 to {MAX_BLOB_BYTES:,}")
    return _Block(at, kind, memoryview(_take(path, file, datasize, at, size)))


def _take(path: Path, file: IO[bytes], count: int, number: int, size: int) -> bytes:
    at = file.tell()
    if at + count > size:
        raise refuse(
            path,
            f"is cut off: block {number} needs {count:,} bytes from byte {at:,}, "
            f"and the file ends at {size:,}",
        )
    return file.read(count)


def _unpacked_bytes(path: Path, block: _Block) -> int:
    """Return how large a block says that it becomes; libosmium holds it to that."""
    if raw := pieces(block.blob, _RAW):
        return len(raw[-1])
    for field, _ in fields(block.blob):
        if field in _PACKED and _PACKED[field] not in _READ:
            raise refuse(
                path, f"block {block.number} is packed with {_PACKED[field]}: expected zlib"
            )
    raw_size = number(block.blob, _RAW_SIZE) or 0
    if not 0 <= raw_size <= MAX_BLOB_BYTES:
        raise refuse(
            path,
            f"block {block.number} unpacks to {raw_size:,} bytes: expected at most "
            f"{MAX_BLOB_BYTES:,}",
        )
    return raw_size


def _refuse_bomb(path: Path, unpacked: int) -> None:
    size = path.stat().st_size
    if unpacked > _SMALL_BYTES and unpacked > _MAX_RATIO * size:
        raise refuse(
            path,
            f"unpacks from {size:,} to {unpacked:,} bytes: expected at most {_MAX_RATIO} times as "
            "many",
        )


def _header(path: Path, block: _Block) -> Header:
    if block.kind != "OSMHeader":
        raise refuse(path, f"starts with a block {block.kind!r}: expected 'OSMHeader'")
    message = memoryview(_unpacked(path, block))
    features = [_text(piece) for piece in pieces(message, _REQUIRED)]
    _refuse_features(path, features)
    box = [_box(piece) for piece in pieces(message, _BOX)]
    program = "".join(_text(piece) for piece in pieces(message, _PROGRAM))
    optional = {_text(piece) for piece in pieces(message, _OPTIONAL)}
    return Header(box[-1] if box else None, tuple(features), program, _IN_ORDER in optional)


def _refuse_features(path: Path, features: list[str]) -> None:
    if "HistoricalInformation" in features:
        raise refuse(path, "holds the history of its objects: expected an extract of one moment")
    unknown = sorted(set(features) - _KNOWN_FEATURES)
    if unknown:
        raise refuse(
            path, f"asks for {unknown[0]!r} of its reader: expected {sorted(_KNOWN_FEATURES)!r}"
        )


def _unpacked(path: Path, block: _Block) -> bytes:
    if raw := pieces(block.blob, _RAW):
        return bytes(raw[-1])
    if packed := pieces(block.blob, _ZLIB):
        return _inflated(path, packed[-1])
    raise refuse(path, "its header is not packed with zlib")


def _inflated(path: Path, packed: memoryview) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, MAX_BLOB_BYTES)
    except zlib.error as error:
        raise refuse(path, f"its header cannot be unpacked: {error}") from error


def _box(message: memoryview) -> Box | None:
    sides = {
        field: round(signed(value) * _NANODEGREES, 9)
        for field, value in fields(message)
        if isinstance(value, int)
    }
    if not sides.keys() >= {_LEFT, _BOTTOM, _RIGHT, _TOP}:
        return None
    return sides[_LEFT], sides[_BOTTOM], sides[_RIGHT], sides[_TOP]


def _text(value: memoryview) -> str:
    return bytes(value[:200]).decode("utf-8", "replace")
