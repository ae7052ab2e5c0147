"""The directories of a TIFF file, looked at before GDAL allocates anything for it.

TIFF 6.0 and BigTIFF; each directory is one image: the raster itself, an overview or a mask. What it
says of its size is checked against the file and against what one block of it needs in memory.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.files.errors import refuse

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

MAX_PIXELS_A_SIDE = 10_000_000
MAX_BLOCK_BYTES = 512 * 1024**2
_MAX_DIRECTORIES = 256
_MAX_ENTRIES = 1_000
_MAX_VALUES = 4_096
_PIECE = 1_000_000
_BIG = 43
_UNCOMPRESSED = 1

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES = 256, 257, 258, 259, 277
_STRIP_OFFSETS, _ROWS_PER_STRIP, _STRIP_BYTES, _PLANAR = 273, 278, 279, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
_PLACED = {33550, 33922, 34264, 34735}
"""ModelPixelScale, ModelTiepoint, ModelTransformation, GeoKeyDirectory (OGC 19-008r4, 7)."""
_INTEGERS = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}

Ints = NDArray[Any]


class _Entry(NamedTuple):
    kind: int
    length: int
    inline: bytes


class _Layout(NamedTuple):
    """How numbers are written: byte order, and widths of counts and offsets."""

    order: str
    big: bool

    def read(self, file: IO[bytes], form: str) -> tuple[int, ...]:
        form = self.order + form
        return struct.unpack(form, file.read(struct.calcsize(form)))


def check(path: Path) -> None:
    """Look through the directories of a file.

    Raises:
        FileRefusedError: it is no TIFF, cut off, damaged, has no place, or needs absurd memory.
    """
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            for number, directory in enumerate(_directories(path, file, size), 1):
                _check_image(path, number, directory)
                if number == 1 and not _PLACED & directory.tags():
                    raise refuse(
                        path, "is a picture without a place: expected GeoTIFF with its keys"
                    )
    except struct.error as error:
        raise refuse(path, f"is cut off: {size:,} bytes end in its directory") from error


class _Directory:
    def __init__(
        self, path: Path, file: IO[bytes], layout: _Layout, entries: dict[int, _Entry]
    ) -> None:
        self._path = path
        self._file = file
        self._layout = layout
        self._entries = entries

    def tags(self) -> set[int]:
        return set(self._entries)

    def first(self, tag: int, default: int | None = None) -> int:
        if self.count(tag):
            return int(self.values(tag)[0])
        if default is None:
            raise refuse(self._path, f"lacks tag {tag} of its image: expected TIFF")
        return default

    def values(self, tag: int) -> Ints:
        return next(self.pieces(tag, _MAX_VALUES))

    def count(self, tag: int) -> int:
        return self._entries[tag].length if tag in self._entries else 0

    def pieces(self, tag: int, most: int = _PIECE) -> Iterator[Ints]:
        entry = self._entries[tag]
        if entry.kind not in _INTEGERS:
            raise refuse(self._path, f"tag {tag} is of type {entry.kind}: expected integers")
        kind = np.dtype(self._layout.order + _INTEGERS[entry.kind])
        if entry.length * kind.itemsize <= len(entry.inline):
            yield np.frombuffer(entry.inline, kind, entry.length)
            return
        (at,) = struct.unpack(
            f"{self._layout.order}{'Q' if self._layout.big else 'I'}", entry.inline
        )
        for start in range(0, entry.length, most):
            self._file.seek(at + start * kind.itemsize)
            wanted = min(most, entry.length - start)
            data = self._file.read(wanted * kind.itemsize)
            if len(data) < wanted * kind.itemsize:
                raise refuse(self._path, f"is cut off: the values of tag {tag} are missing")
            yield np.frombuffer(data, kind)


def _directories(path: Path, file: IO[bytes], size: int) -> Iterator[_Directory]:
    start = file.read(4)
    if start not in STARTS:
        raise refuse(path, f"starts with {start!r}: expected TIFF")
    order = "<" if start[:2] == b"II" else ">"
    layout = _Layout(order, _BIG in start)
    if layout.big:
        layout.read(file, "HH")
    (at,) = layout.read(file, "Q" if layout.big else "I")
    seen: set[int] = set()
    while at:
        if at in seen or len(seen) > _MAX_DIRECTORIES:
            raise refuse(path, f"its directories go in a circle at byte {at:,}")
        if at >= size:
            raise refuse(path, f"is cut off: a directory at byte {at:,}, the file ends at {size:,}")
        seen.add(at)
        file.seek(at)
        entries, at = _entries(path, file, layout)
        yield _Directory(path, file, layout, entries)
    if not seen:
        raise refuse(path, "holds no image")


def _entries(path: Path, file: IO[bytes], layout: _Layout) -> tuple[dict[int, _Entry], int]:
    (count,) = layout.read(file, "Q" if layout.big else "H")
    if not 0 < count <= _MAX_ENTRIES:
        raise refuse(path, f"has a directory of {count:,} tags: expected 1 to {_MAX_ENTRIES:,}")
    entries = {}
    for _ in range(count):
        tag, kind = layout.read(file, "HH")
        (values,) = layout.read(file, "Q" if layout.big else "I")
        inline = file.read(8 if layout.big else 4)
        entries[tag] = _Entry(kind, values, inline)
    (following,) = layout.read(file, "Q" if layout.big else "I")
    return entries, following


def _check_image(path: Path, number: int, image: _Directory) -> None:
    width, height = image.first(_WIDTH), image.first(_HEIGHT)
    if not (0 < width <= MAX_PIXELS_A_SIDE and 0 < height <= MAX_PIXELS_A_SIDE):
        raise refuse(
            path,
            f"image {number} has {width:,} x {height:,} pixels: expected 1 to "
            f"{MAX_PIXELS_A_SIDE:,} a side",
        )
    tiled = _TILE_OFFSETS in image.tags()
    across = image.first(_TILE_WIDTH) if tiled else width
    down = image.first(_TILE_HEIGHT) if tiled else min(image.first(_ROWS_PER_STRIP, height), height)
    samples, bits = image.first(_SAMPLES, 1), image.first(_BITS, 1)
    together = samples if image.first(_PLANAR, 1) == 1 else 1
    needed = across * down * together * bits // 8
    packed = image.first(_COMPRESSION, _UNCOMPRESSED) != _UNCOMPRESSED
    # GDAL reads an unpacked strip line by line, however long it is.
    if not across * down or (needed > MAX_BLOCK_BYTES and (packed or tiled)):
        raise refuse(
            path,
            f"image {number} has blocks of {across:,} x {down:,} pixels, {needed:,} bytes: "
            f"expected 1 to {MAX_BLOCK_BYTES:,}",
        )
    blocks = -(-width // across) * -(-height // down) * (samples // together)
    _check_blocks(path, image, tiled=tiled, blocks=blocks)


def _check_blocks(path: Path, image: _Directory, *, tiled: bool, blocks: int) -> None:
    """Refuse a file that ends before its pixels do; a block of no bytes is empty on purpose."""
    offsets = _TILE_OFFSETS if tiled else _STRIP_OFFSETS
    lengths = _TILE_BYTES if tiled else _STRIP_BYTES
    if not image.count(offsets) == image.count(lengths) == blocks:
        raise refuse(
            path,
            f"lists {image.count(offsets):,} places and {image.count(lengths):,} lengths of "
            f"{blocks:,} blocks",
        )
    size = path.stat().st_size
    for starts, counts in zip(image.pieces(offsets), image.pieces(lengths), strict=True):
        ends = starts.astype(np.float64) + counts.astype(np.float64)
        if ends.max() > size:
            raise refuse(
                path, f"is cut off: its pixels end at byte {ends.max():,.0f}, the file at {size:,}"
            )
