"""Roads of the register as lines with what is said of driving on them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from data.roads.tags import Driving, driving

Connection = psycopg.Connection[tuple[Any, ...]]
Shapes = NDArray[np.object_]

ROAD, SECTION = "8401", "8402"
_LINE = 1
_DRAWN_SHARE = 0.9
"""Of a road, from which on the lines of its sections stand for its own."""

# A model keeps the tags of an extract that the register has no property for.
_ROADS = """
    SELECT e.code, e.class_code, ST_AsBinary(ST_Force2D(e.geom)), e.properties,
           coalesce(m.properties, '{}'), w.target
    FROM entity e
    LEFT JOIN LATERAL (SELECT properties FROM model_element WHERE code = e.code
                       ORDER BY change_set_id DESC, model, key LIMIT 1) m ON true
    LEFT JOIN LATERAL (SELECT r.target FROM relation r JOIN entity t ON t.code = r.target
                       WHERE r.origin = e.code AND r.kind = 'part_of'
                         AND r.superseded_in IS NULL AND t.class_code = '8401'
                       ORDER BY r.target LIMIT 1) w ON true
    WHERE e.class_code IN ('8401', '8402') AND NOT e.retired AND e.geom IS NOT NULL
      AND e.stage IN ('accepted', 'in use')
    ORDER BY e.code"""


class Road(NamedTuple):
    """A road or a section of one.

    Attributes:
        code: of the entity.
        section: it is a section.
        shape: in two dimensions, in the store's CRS.
        road: code of the road; None where a section is said to be part of none.
        driving: how it is driven on.
    """

    code: int
    section: bool
    shape: BaseGeometry
    road: int | None
    driving: Driving

    def lines(self) -> Iterator[LineString]:
        """Yield the lines that it is drawn by; none where it is an area or a point."""
        for part in shapely.get_parts(shapely.get_parts(self.shape)).tolist():
            if shapely.get_dimensions(part) == _LINE and part.length > 0:
                yield LineString(part.coords)


class Roads(NamedTuple):
    """Lines to drive on, and areas of sections that tell of which section a line is.

    Attributes:
        line: LineString[n].
        owner: road or section of each line.
        surface: sections that are drawn as areas.
        left_out: roads and sections by the reason why they are not driven on.
    """

    line: list[LineString]
    owner: list[Road]
    surface: list[Road]
    left_out: dict[str, int]


def read_roads(connection: Connection) -> Roads:
    """Return the roads of the register that vehicles drive on."""
    found = [_road(*row) for row in connection.execute(_ROADS).fetchall()]
    drawn = _length_of_sections(found)
    taken = Roads([], [], [], {})
    for road in found:
        lines = list(road.lines())
        reason = _why_not(road, lines, drawn.get(road.code, 0.0))
        if reason:
            taken.left_out[reason] = taken.left_out.get(reason, 0) + 1
        elif not lines:
            taken.surface.append(road)
        taken.line.extend([] if reason else lines)
        taken.owner.extend([] if reason else [road] * len(lines))
    return taken


def _road(*row: Any) -> Road:  # noqa: ANN401 - a row of the store
    code, klass, wkb, properties, tags, part_of = row
    section = klass == SECTION
    road = part_of if section else code
    return Road(code, section, shapely.from_wkb(wkb), road, driving(properties, tags))


def _length_of_sections(roads: list[Road]) -> dict[int, float]:
    """Return how much of each road its sections draw as lines, metres."""
    drawn: dict[int, float] = {}
    for road in roads:
        if road.section and road.road is not None:
            length = sum(line.length for line in road.lines())
            drawn[road.road] = drawn.get(road.road, 0.0) + length
    return drawn


def _why_not(road: Road, lines: list[LineString], drawn_m: float) -> str:
    if not lines:
        return "" if road.section and road.shape.area else "drawn neither by lines nor areas"
    if not road.driving.speed_kmh:
        return "no vehicle drives there"
    length = sum(line.length for line in lines)
    return "its sections stand for it" if drawn_m >= _DRAWN_SHARE * length else ""
