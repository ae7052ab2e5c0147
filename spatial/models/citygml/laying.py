"""Drawings of many objects laid out as arrays, to be measured together."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from spatial.models.citygml.pieces import Pieces
from spatial.models.citygml.roles import Drawing
from spatial.models.citygml.scene import Scene
from spatial.models.citygml.tracing import Kind
from spatial.models.surfaces import Surfaces
from spatial.models.surfaces.layout import Flags, Floats, Ints, offsets_of, owners, spread

_WIDTH = 3
_DOUBLE = 8
_EITHER = 2 + 3
_FARTHEST_M = 1e9
"""No coordinate of a map is larger; areas and volumes of such ones would overflow."""


class Laid(NamedTuple):
    """Drawings (n) laid out.

    Attributes:
        surfaces: coordinates to measure in, and the plan; lines and points are rings as well.
        written: float64[v, 3], as the file has them.
        reasons: by position why a drawing cannot be drawn; then it is empty, or at the origin.
        tall: whether the places of a drawing have heights.
    """

    surfaces: Surfaces
    written: Floats
    reasons: dict[int, str]
    tall: list[bool]


class _Piece(NamedTuple):
    """A polygon, line or point: float64[k, 3] numbers of each ring and what is known of them."""

    rings: tuple[bytes, ...]
    flipped: bool
    meaning: str | None


class _Shell(NamedTuple):
    pieces: list[_Piece]
    cavity: bool


class _Written(NamedTuple):
    """A drawing with its numbers."""

    shells: list[_Shell]
    closes: bool
    tall: bool


_NOTHING = _Written([], closes=True, tall=False)


def lay_out(drawings: Sequence[Drawing], pieces: Pieces, scene: Scene) -> Laid:
    """Lay out drawings (n)."""
    written, reasons = [], {}
    for at, drawing in enumerate(drawings):
        try:
            written.append(_written(drawing, pieces, scene))
        except ValueError as error:
            reasons[at] = str(error)
            written.append(_NOTHING)
    surfaces, places = _surfaces(written, scene)
    lost = _lost(surfaces, places)
    nowhere = _nowhere(surfaces.places)
    for places_of in (surfaces.places, surfaces.plan):
        if places_of is not None:
            places_of[nowhere] = 0.0
    return Laid(surfaces, places, reasons | lost, [each.tall for each in written])


def _written(drawing: Drawing, pieces: Pieces, scene: Scene) -> _Written:
    tall = True
    shells = []
    for shell in drawing.shells:
        found = []
        for number, flipped in shell.pieces:
            rings = pieces.rings(number)
            srs_name, dimension = drawing.others.get(number, (drawing.srs_name, drawing.dimension))
            width = pieces.width(number)
            if width is None:
                width = _width_of(rings, dimension or scene.dimension, drawing.kind)
            if width != _WIDTH:
                rings, tall = tuple(_widened(ring, width) for ring in rings), False
            _check(rings)
            srs_name = pieces.srs_name(number) or srs_name
            if srs_name is not None and srs_name != scene.srs_name:
                rings = tuple(_moved(ring, srs_name, scene) for ring in rings)
            found.append(_Piece(rings, flipped, drawing.meanings.get(number)))
        shells.append(_Shell(found, shell.cavity))
    return _Written(shells, drawing.kind is Kind.FACES, tall)


def _width_of(rings: tuple[bytes, ...], said: int, kind: Kind) -> int:
    """Return how many numbers a place has: as many as the rings of a surface need to be closed.

    Extents of two numbers stand before cities of three, and footprints of two in them.
    """
    other = _EITHER - said
    if kind is Kind.FACES and not _closes(rings[0], said) and _closes(rings[0], other):
        return other
    return said


def _closes(ring: bytes, width: int) -> bool:
    place = _DOUBLE * width
    return len(ring) > place and len(ring) % place == 0 and ring[:place] == ring[-place:]


def _check(rings: tuple[bytes, ...]) -> None:
    for ring in rings:
        if len(ring) % (_DOUBLE * _WIDTH):
            raise ValueError(
                f"a ring of {len(ring) // _DOUBLE} numbers, expected three for each place"
            )


def _widened(ring: bytes, width: int) -> bytes:
    numbers = np.frombuffer(ring)
    if len(numbers) % width:
        raise ValueError(f"a ring of {len(numbers)} numbers, expected {width} for each place")
    places = np.zeros((len(numbers) // width, _WIDTH))
    places[:, :width] = numbers.reshape(-1, width)
    return places.tobytes()


def _moved(ring: bytes, srs_name: str, scene: Scene) -> bytes:
    """Return a ring of another CRS in that of the file."""
    places = np.frombuffer(ring).reshape(-1, _WIDTH)
    return np.ascontiguousarray(scene.rewritten(places, srs_name)).tobytes()


def _surfaces(written: Sequence[_Written], scene: Scene) -> tuple[Surfaces, Floats]:
    shells = list(chain.from_iterable(each.shells for each in written))
    pieces = list(chain.from_iterable(shell.pieces for shell in shells))
    rings = list(chain.from_iterable(piece.rings for piece in pieces))
    places = np.frombuffer(b"".join(rings)).reshape(-1, _WIDTH)
    names = list(dict.fromkeys(piece.meaning for piece in pieces if piece.meaning is not None))
    numbers: dict[str | None, int] = {name: at for at, name in enumerate(names)}
    polygons = offsets_of([len(piece.rings) for piece in pieces])
    shell_offsets = offsets_of([len(shell.pieces) for shell in shells])
    drawings = offsets_of([len(each.shells) for each in written])
    closes = np.repeat(
        np.array([each.closes for each in written], bool),
        np.diff(polygons[shell_offsets[drawings]]),
    )
    flipped = np.repeat(np.array([piece.flipped for piece in pieces], bool), np.diff(polygons))
    starts = offsets_of([len(ring) // (_DOUBLE * _WIDTH) for ring in rings])
    corners, ring_offsets = _corners(places, starts, closes, flipped)
    metres = np.array(scene.frame.metres(places))
    return (
        Surfaces(
            places=metres,
            corners=corners,
            rings=ring_offsets,
            polygons=polygons,
            shells=shell_offsets,
            drawings=drawings,
            cavities=np.array([shell.cavity for shell in shells], bool),
            meanings=np.array([numbers.get(piece.meaning, -1) for piece in pieces], np.int64),
            meaning_names=tuple(names),
            plan=np.array(scene.frame.plan(places)),
        ),
        places,
    )


def _corners(places: Floats, starts: Ints, closes: Flags, flipped: Flags) -> tuple[Ints, Ints]:
    """Return the corners of rings without the one that only closes them, and their offsets."""
    sizes = np.diff(starts)
    last = np.maximum(starts[1:] - 1, 0)
    again = closes & (sizes > 1)
    if len(places):
        again &= (places[np.minimum(starts[:-1], len(places) - 1)] == places[last]).all(axis=1)
    sizes = sizes - again
    corners = spread(starts[:-1], sizes)
    backwards = np.repeat(flipped, sizes)
    if backwards.any():
        ends = np.repeat(2 * starts[:-1] + sizes - 1, sizes)
        corners = np.where(backwards, ends - corners, corners)
    return corners, offsets_of(sizes)


def _nowhere(metres: Floats) -> Flags:
    return np.asarray(~(np.abs(metres) <= _FARTHEST_M).all(axis=1))


def _lost(surfaces: Surfaces, written: Floats) -> dict[int, str]:
    """Return why drawings cannot be drawn of which a place is nowhere."""
    lost = np.flatnonzero(_nowhere(surfaces.places))
    if not len(lost):
        return {}
    astray = np.isin(surfaces.corners, lost)
    rows = surfaces.corners[astray]
    drawn = owners(surfaces.rings[surfaces.drawing_rings])[astray]
    which, first = np.unique(drawn, return_index=True)
    return {
        at: f"place {tuple(written[row].tolist())!r} is nowhere in the CRS"
        for at, row in zip(which.tolist(), rows[first].tolist(), strict=True)
    }
