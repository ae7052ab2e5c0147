"""Extracts that tests write, as other programs write them."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from osmium import SimpleWriter
from osmium.io import Header
from osmium.osm.mutable import Node, Relation, Way

HOME = (113.936, 22.749)
"""A place in Guangming, degrees."""


class Member(NamedTuple):
    """A member of a relation, as libosmium wants it."""

    type: str
    ref: int
    role: str


def node(number: int, east: float = 0.0, north: float = 0.0, **tags: str) -> Node:
    """A node so many thousandths of a degree from home."""
    place = (HOME[0] + east / 1000, HOME[1] + north / 1000)
    return Node(id=number, location=place, tags=_tags(tags), version=1, visible=True)


def way(number: int, nodes: Sequence[int], **tags: str) -> Way:
    """A way along nodes."""
    return Way(id=number, nodes=list(nodes), tags=_tags(tags), version=1, visible=True)


def relation(number: int, members: Sequence[tuple[str, int, str]], **tags: str) -> Relation:
    """A relation of members."""
    return Relation(
        id=number,
        members=[Member(*each) for each in members],
        tags=_tags(tags),
        version=1,
        visible=True,
    )


def square(first: int, east: float = 0.0, side: float = 1.0, north: float = 0.0) -> list[Node]:
    """Four corners, numbered from ``first`` around."""
    return [
        node(first, east, north),
        node(first + 1, east + side, north),
        node(first + 2, east + side, north + side),
        node(first + 3, east, north + side),
    ]


def ring(first: int) -> list[int]:
    """The nodes of a square around, back at the first."""
    return [first, first + 1, first + 2, first + 3, first]


def write(path: Path, *objects: Any, program: str = "tests") -> Path:  # noqa: ANN401 - any object
    """Write an extract; the suffix says in which format."""
    header = Header()
    header.set("generator", program)
    with SimpleWriter(str(path), header=header, overwrite=True) as writer:
        for each in objects:
            writer.add(each)
    return path


def varint(value: int) -> bytes:
    """An integer as protobuf writes it."""
    written = b""
    while value > 0x7F:
        written += bytes([value & 0x7F | 0x80])
        value >>= 7
    return written + bytes([value])


def field(number: int, value: int | bytes) -> bytes:
    """A field as protobuf writes it."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def block(kind: str, blob: bytes, datasize: int | None = None) -> bytes:
    """A block of a PBF file, perhaps with a lie about its size."""
    size = len(blob) if datasize is None else datasize
    header = field(1, kind.encode()) + field(3, size)
    return struct.pack(">I", len(header)) + header + blob


def packed(data: bytes, raw_size: int | None = None) -> bytes:
    """A blob packed with zlib, perhaps with a lie about what it unpacks to."""
    return field(2, len(data) if raw_size is None else raw_size) + field(3, zlib.compress(data))


def header_block(*features: str) -> bytes:
    """The first block of a file that asks for features."""
    wanted = features or ("OsmSchema-V0.6", "DenseNodes")
    return block("OSMHeader", packed(b"".join(field(4, each.encode()) for each in wanted)))


def _tags(tags: dict[str, str]) -> dict[str, str]:
    # Keywords of Python have no colon; tags do.
    return {key.replace("__", ":"): value for key, value in tags.items()}
