"""What must be known of a file before its first object is read."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spatial.models.citygml.head import Head, read_head
from spatial.models.citygml.open_tree import PIECE_TAGS
from spatial.models.citygml.pieces import Node, Pieces, numbers_of
from spatial.models.citygml.references import defines_order, reference_of
from spatial.models.citygml.scene import Scene
from spatial.models.citygml.stream import Stream
from spatial.models.frames.placing import Extent, frame_of
from spatial.models.frames.reference_system import ReferenceSystem
from spatial.models.model import silent

_DIMENSIONS = (2, 3)
_LOOKED_AT = 16
"""Batches of objects, at least a megabyte each, in which a CRS may be named first."""
_EXAMPLE = "urn:ogc:def:crs:EPSG::4547"


class Survey(NamedTuple):
    """What a file says of itself.

    Attributes:
        version: of CityGML.
        scene: how its numbers are read.
        warnings: sentences.
    """

    version: str | None
    scene: Scene
    warnings: tuple[str, ...]


class _First(NamedTuple):
    """First place, as the file has it, and first CRS that an object names."""

    place: tuple[float, ...]
    srs_name: str | None


def survey(path: Path) -> Survey:
    """Look at the head of a file, and at its first objects for what the head does not say.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
    """
    head = read_head(path)
    srs_name, corner = head.srs_name, head.corner
    if srs_name is None or len(corner) not in _DIMENSIONS:
        first = _first_of(path, srs_name)
        srs_name, corner = first.srs_name, first.place
    system = None if srs_name is None else reference_of(srs_name)
    bound = srs_name is not None and defines_order(srs_name)
    frame = frame_of(system, _extent(corner), bound=bound)
    if frame.astray and head.srs_name is not None:
        frame = frame_of(system, _extent(_first_of(path, srs_name).place), bound=bound)
    dimension = head.dimension or (len(corner) if len(corner) in _DIMENSIONS else 3)
    return Survey(
        head.version,
        Scene(frame, srs_name, dimension),
        (*_about(head), *_about_crs(srs_name, system), *frame.warnings),
    )


def _first_of(path: Path, srs_name: str | None) -> _First:
    pieces = Pieces()
    place: tuple[float, ...] = ()
    for number, batch in enumerate(Stream(path, pieces).batches(silent), 1):
        for top in batch:
            srs_name = srs_name or next(_srs_names(top), None)
            place = place or _place(top, pieces)
        if place and (srs_name is not None or number >= _LOOKED_AT):
            break
    return _First(place, srs_name)


def _srs_names(top: Node) -> Iterator[str]:
    for node in top.iter():
        said = node.get("srsName")
        if said:
            yield said


def _place(top: Node, pieces: Pieces) -> tuple[float, ...]:
    for node in top.iter(*PIECE_TAGS):
        try:
            numbers = np.frombuffer(pieces.rings(numbers_of(node)[0])[0])
        except ValueError:
            continue
        width = pieces.width(numbers_of(node)[0]) or _DIMENSIONS[1]
        if len(numbers) >= width and np.isfinite(numbers[:width]).all():
            return tuple(numbers[:width].tolist())
    return ()


def _extent(corner: tuple[float, ...]) -> Extent | None:
    if len(corner) not in _DIMENSIONS or not np.isfinite(corner).all():
        return None
    x, y, z = (*corner, 0.0)[:3]
    return Extent((x, y, z), (x, y, z))


def _about(head: Head) -> Iterator[str]:
    if head.extensions:
        yield f"is extended by i-UR: {', '.join(head.extensions)}"


def _about_crs(srs_name: str | None, system: ReferenceSystem | None) -> Iterator[str]:
    if srs_name is None:
        yield "its CRS is not said: expected an srsName at its extent or its geometries"
    elif system is None:
        yield f"unknown srsName {srs_name[:80]!r}: expected e.g. {_EXAMPLE!r}"
