"""A file looked over for accidents of its coordinates."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.accidents import (
    Bounds,
    Finding,
    compare_outlines,
    compare_pairs,
    find_accidents,
)
from spatial.accuracy import operation
from spatial.conversion import System, UnknownSystemError, degrees, system_called
from spatial.crs import WGS84, Floats, move_vertices
from spatial.drawing import Drawing, read_drawing
from spatial.files.errors import refuse
from spatial.local_systems import Declared
from spatial.offsets import Offset
from twin.cli.crs_points import PointsRefusedError

_ROOM_DEG = 0.2
"""How far from a reference a file of the same district may reach."""
_SHOWN_ROWS = 20


class Order(NamedTuple):
    """What is to be checked; the members are the options of the command."""

    file: Path
    crs: str | None = None
    reference: Path | None = None
    reference_crs: str | None = None
    key: str | None = None
    area: str | None = None
    layer: str | None = None
    columns: str = ""


class _Reference(NamedTuple):
    """Shapes whose place is right, longitude and latitude (WGS 84), and their drawing."""

    shapes: NDArray[Any]
    drawing: Drawing

    def bounds(self) -> Bounds | None:
        west, south, east, north = shapely.total_bounds(self.shapes).tolist()
        if not np.isfinite([west, south, east, north]).all():
            return None
        return west - _ROOM_DEG, south - _ROOM_DEG, east + _ROOM_DEG, north + _ROOM_DEG


def check_file(order: Order, declared: Declared) -> dict[str, Any]:
    """Return what was found in a file, as JSON has it.

    Raises:
        FileRefusedError: the file or the reference cannot be taken, or says no CRS.
        UnknownSystemError: a system that nobody knows was named.
        PointsRefusedError: an option cannot be understood.
    """
    drawing = _drawing(order.file, order)
    system = _system(order.crs, drawing, order.file, declared)
    reference = _reference(order, declared)
    expected = _bounds(order.area) if order.area else reference and reference.bounds()
    places, owner = shapely.get_coordinates(drawing.shapes, return_index=True)
    findings = _alone(places[:, 0], places[:, 1], system, expected)
    if reference is not None and not findings:
        findings = _against(drawing, system, reference, order)
    return {
        "file": order.file.name,
        "crs": system.name,
        "points": len(places),
        "findings": [_told(finding, drawing, owner) for finding in findings],
        "refused": [f"row {row}: {reason}" for row, reason in drawing.refused[:_SHOWN_ROWS]],
        "warnings": [*drawing.warnings, *_warnings(system, places)],
    }


def _drawing(path: Path, order: Order) -> Drawing:
    names = [name.strip() for name in order.columns.split(",") if name.strip()]
    if len(names) not in {0, 2}:
        raise PointsRefusedError(f"--columns {order.columns!r}: expected two names, x,y")
    columns = (names[0], names[1]) if names and path == order.file else None
    layer = order.layer if path == order.file else None
    return read_drawing(path, layer=layer, columns=columns)


def _system(name: str | None, drawing: Drawing, path: Path, declared: Declared) -> System:
    said = name or drawing.crs
    if not said:
        raise refuse(path, "its CRS is not said: name one with --crs, e.g. EPSG:4547")
    try:
        return system_called(said, declared)
    except UnknownSystemError as error:
        raise refuse(path, str(error)) from error


def _reference(order: Order, declared: Declared) -> _Reference | None:
    if order.reference is None:
        return None
    drawing = _drawing(order.reference, order)
    system = _system(order.reference_crs, drawing, order.reference, declared)

    def move(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return degrees(x, y, system)

    shapes = move_vertices(drawing.shapes, move)
    if not len(shapely.get_coordinates(shapes)):
        raise refuse(order.reference, "draws nothing: expected shapes of the same things")
    return _Reference(shapes, drawing)


def _bounds(text: str) -> Bounds:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise PointsRefusedError(f"--area {text!r}: expected W,S,E,N in degrees") from error
    if not (west < east and south < north):
        raise PointsRefusedError(f"--area {text!r}: expected W,S,E,N, west below east")
    return west, south, east, north


def _as_read(x: Floats, y: Floats, system: System) -> tuple[Floats, Floats, str]:
    """Return coordinates and the name of their system as the accidents know it."""
    if system.local is not None:
        with np.errstate(all="ignore"):
            east, north, _ = system.local.to_base(x, y)
        return east, north, system.horizontal
    if system.offset is not Offset.WGS84:
        return x, y, str(system.offset)
    return x, y, system.horizontal


def _alone(x: Floats, y: Floats, system: System, expected: Bounds | None) -> list[Finding]:
    return find_accidents(*_as_read(x, y, system), expected=expected)


def _against(
    drawing: Drawing, system: System, reference: _Reference, order: Order
) -> list[Finding]:
    if order.key is None:

        def move(x: Floats, y: Floats) -> tuple[Floats, Floats]:
            east, north, _ = _as_read(x, y, system)
            return east, north

        name = _as_read(np.empty(0), np.empty(0), system)[2]
        return compare_outlines(move_vertices(drawing.shapes, move), name, reference.shapes)
    own, known = _paired(drawing, reference.drawing, order)
    points = shapely.get_coordinates(shapely.centroid(drawing.shapes[own]))
    places = shapely.get_coordinates(shapely.centroid(reference.shapes[known]))
    x, y, name = _as_read(points[:, 0], points[:, 1], system)
    return compare_pairs(x, y, name, places[:, 0], places[:, 1])


def _paired(drawing: Drawing, reference: Drawing, order: Order) -> tuple[list[int], list[int]]:
    """Return positions of rows with the same key, which both drawings have and draw."""
    key = str(order.key)
    for path, each in ((order.file, drawing), (order.reference, reference)):
        if key not in each.columns:
            raise refuse(path or order.file, f"has no column {key!r}: expected one of both files")
    at = {
        str(value): position
        for position, value in enumerate(reference.columns[key].tolist())
        if _drawn(reference, position)
    }
    pairs = [
        (position, at[str(value)])
        for position, value in enumerate(drawing.columns[key].tolist())
        if str(value) in at and _drawn(drawing, position)
    ]
    if not pairs:
        raise refuse(order.file, f"no value of {key!r} stands in the reference too")
    return [own for own, _ in pairs], [known for _, known in pairs]


def _drawn(drawing: Drawing, position: int) -> bool:
    return not (drawing.shapes[position] is None or drawing.shapes[position].is_empty)


def _told(finding: Finding, drawing: Drawing, owner: NDArray[np.int64]) -> dict[str, Any]:
    row = None if finding.first is None else int(drawing.rows[owner[finding.first]])
    return {**finding.as_dict(), "row": row}


def _warnings(system: System, places: Floats) -> list[str]:
    finite = places[np.isfinite(places).all(axis=1)]
    if not len(finite) or system.local is not None or system.offset is not Offset.WGS84:
        return []
    x, y = finite[len(finite) // 2].tolist()
    found = operation(system.horizontal, WGS84, x, y)
    return [found.warning] if found.warning else []
