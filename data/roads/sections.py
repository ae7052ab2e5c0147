"""Of which section an edge is, where the lines are those of whole roads."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString

from data.roads.joints import GAP_M, Floats, Ints
from data.roads.reading import Road, Roads

_SHORTEST_M = 5.0
"""Of a road inside the area of a section, below which it only touches it."""


def cuts(roads: Roads) -> tuple[Ints, Floats]:
    """Return where lines of roads pass from one of their sections to the next.

    Sections lie one behind the other between two crossings; each must be closed by itself.

    Returns:
        Index of the line, and metres from its start.
    """
    tree = shapely.STRtree(_shapes(roads.surface))
    lines = [at for at, owner in enumerate(roads.owner) if not owner.section]
    shapes = _objects([roads.line[at] for at in lines])
    which, surface = tree.query(shapes, "intersects")
    starts: dict[int, list[float]] = {}
    for number, other in zip(which.tolist(), surface.tolist(), strict=True):
        line, section = lines[number], roads.surface[other]
        if section.road == roads.owner[line].code:
            starts.setdefault(line, []).extend(_start(roads.line[line], section))
    rows = [(line, at_m) for line, found in starts.items() for at_m in sorted(found)[1:]]
    return np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows])


def sections_of(roads: Roads, line: Ints, shape: list[LineString]) -> list[int | None]:
    """Return the code of the section that each edge is a part of.

    An edge of a section's own line is of that one; an edge of a road is of the section in whose
    area, or at whose line, its middle lies: one of that road if there is any, then one that is
    said to be part of none.
    """
    areas = [*roads.surface, *(owner for owner in _once(roads.owner) if owner.section)]
    tree = shapely.STRtree(_shapes(areas))
    middles = shapely.line_interpolate_point(_objects(shape), 0.5, normalized=True)
    which, area = tree.query(middles, "dwithin", distance=GAP_M)
    found: list[int | None] = [None] * len(shape)
    rank: dict[int, tuple[Any, ...]] = {}
    for edge, number in zip(which.tolist(), area.tolist(), strict=True):
        section, owner = areas[number], roads.owner[line[edge]]
        if section.road not in (owner.code, None):
            continue
        order = (section.road is None, section.shape.distance(middles[edge]), section.code)
        if edge not in rank or order < rank[edge]:
            rank[edge], found[edge] = order, section.code
    owners = [roads.owner[at] for at in line.tolist()]
    return [
        owner.code if owner.section else code for owner, code in zip(owners, found, strict=True)
    ]


def _start(line: LineString, section: Road) -> list[float]:
    inside = shapely.intersection(line, section.shape)
    if inside.length < _SHORTEST_M:
        return []
    places = shapely.points(shapely.get_coordinates(inside))
    return [float(shapely.line_locate_point(line, places).min())]


def _once(owners: list[Road]) -> list[Road]:
    return list({owner.code: owner for owner in owners}.values())


def _shapes(roads: list[Road]) -> NDArray[np.object_]:
    return _objects([road.shape for road in roads])


def _objects(shapes: list[Any]) -> NDArray[np.object_]:
    column = np.empty(len(shapes), dtype=object)
    column[:] = shapes
    return column
