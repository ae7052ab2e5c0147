"""How much of key areas, of their people and risk sites, is reached in time, and the gaps."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from data.areas.people import LIVED_IN, share_in
from data.areas.summary import PERSONS_A_HOUSEHOLD
from data.roads.boxes import reached_box
from data.roads.building import ready
from data.roads.closures import Closure, UnknownPlaceError
from data.roads.driven import Edge, Tree, ewkb, grow, open_edges
from data.roads.land import land_of, polygons
from data.roads.reach import Start, driving, starts
from data.roads.spots import OFF_ROAD_M, Place, known_classes

Connection = psycopg.Connection[tuple[Any, ...]]

KEY_AREA = "8808"
RISK_SITES = ("8701", "8702")
"""Slopes and construction sites, where the caller names no classes."""
WITHIN_MINUTES = 5.0
_S_A_MINUTE = 60.0

_AREAS = """
    SELECT code, name, ST_AsBinary(ST_CollectionExtract(ST_MakeValid(geom), 3)) FROM entity
    WHERE NOT retired AND geom IS NOT NULL AND ST_Dimension(geom) = 2
      AND (code = ANY (%s) OR class_code = ANY (%s) OR left(class_code, 2) = ANY (%s))
    ORDER BY code"""
_IN_AREA = f"""
    SELECT e.code, e.class_code, e.name, ST_AsBinary(w.point),
           (e.properties->>'residents')::float8, (e.properties->>'households')::float8,
           {share_in("%(area)s::geometry")}
    FROM entity e JOIN entity_place w USING (code)
    WHERE NOT e.retired AND ST_Intersects(e.geom, %(area)s::geometry)
      AND (e.class_code = ANY (%(classes)s) OR left(e.class_code, 2) = ANY (%(classes)s))
      AND (e.class_code <> '8101' OR {LIVED_IN})
    ORDER BY e.code"""  # noqa: S608 - conditions of ours


class Share(NamedTuple):
    """How many of how many are reached in time."""

    reached: float
    total: float

    @property
    def share(self) -> float | None:
        """Reached of all, 0 to 1; None of nothing."""
        return self.reached / self.total if self.total else None


class Site(NamedTuple):
    """A risk site; ``seconds`` is None where no open road leads there in time."""

    place: Place
    seconds: float | None


class Covered(NamedTuple):
    """How much of an area is reached in time.

    Attributes:
        code: of the area.
        name: its name.
        land_m2: square metres.
        people: residents as far as they are known: counted, or estimated from households; of a
            building that crosses the outline as much as lies inside.
        buildings: inside or crossing.
        unknown_buildings: for which nobody is counted.
        sites: risk sites.
        missed: those that are not reached.
        gap: land that is not reached.
    """

    code: int
    name: str
    land_m2: Share
    people: Share
    buildings: Share
    unknown_buildings: int
    sites: Share
    missed: list[Place]
    gap: MultiPolygon


class Coverage(NamedTuple):
    """How much of areas is reached in time from stations."""

    starts: list[Start]
    closed: list[Closure]
    areas: list[Covered]


class Asked(NamedTuple):
    """What is to be covered.

    Attributes:
        codes: of areas.
        classes: of areas.
        sites: classes of risk sites.
        minutes: driving time.
        off_road_m: how far from a road a place may be.
    """

    codes: Sequence[int] = ()
    classes: Sequence[str] = (KEY_AREA,)
    sites: Sequence[str] = RISK_SITES
    minutes: float = WITHIN_MINUTES
    off_road_m: float = OFF_ROAD_M


class _Area(NamedTuple):
    code: int
    name: str
    shape: BaseGeometry


class _Standing(NamedTuple):
    """Something in an area, and how many seconds away; infinite where nobody comes in time."""

    place: Place
    residents: float | None
    households: float | None
    share: float
    seconds: float


def coverage(
    connection: Connection, stations: Sequence[Place], asked: Asked, closed: list[Closure]
) -> Coverage:
    """Return how much of areas is reached in time from the nearest station.

    Raises:
        UnknownPlaceError: a code that is of no area in use with an outline, a class that is none.
    """
    known_classes([*asked.classes, *asked.sites])
    network = ready(connection)
    found = starts(connection, stations, closed, asked.off_road_m)
    within_s = asked.minutes * _S_A_MINUTE
    box = reached_box(connection, driving(found), within_s, network.fastest_kmh)
    tree = grow(connection, driving(found), closed, within_s, box=box)
    rows = connection.execute(_AREAS, (list(asked.codes), *[list(asked.classes)] * 2)).fetchall()
    if unknown := sorted(set(asked.codes) - {row[0] for row in rows}):
        raise UnknownPlaceError(f"entity {unknown[0]}: expected an area in use with an outline")
    shapes = shapely.from_wkb([row[2] for row in rows])
    areas = [_Area._make((*row[:2], shape)) for row, shape in zip(rows, shapes, strict=True)]
    covered = [_covered(connection, tree, asked, closed, area) for area in areas]
    return Coverage(found, closed, covered)


def _covered(
    connection: Connection,
    tree: Tree,
    asked: Asked,
    closed: list[Closure],
    area: _Area,
) -> Covered:
    around = area.shape.envelope.buffer(2 * asked.off_road_m, join_style="mitre")
    edges = open_edges(connection, closed, ewkb(connection, around))
    within_s = asked.minutes * _S_A_MINUTE
    land = land_of(tree, edges, asked.off_road_m).reached(within_s)
    gap = polygons(shapely.difference(area.shape, land))
    things = _standing(connection, area.shape, tree, edges, asked)
    houses = [one for one in things if one.place.klass == "8101"]
    sites = [one for one in things if one.place.klass.startswith(tuple(asked.sites))]
    missed = [one.place for one in sites if one.seconds > within_s]
    return Covered(
        code=area.code,
        name=area.name,
        land_m2=Share(max(area.shape.area - gap.area, 0.0), area.shape.area),
        people=_people(houses, within_s),
        buildings=Share(sum(house.seconds <= within_s for house in houses), len(houses)),
        unknown_buildings=sum(1 for house in houses if _residents(house) is None),
        sites=Share(len(sites) - len(missed), len(sites)),
        missed=missed,
        gap=gap,
    )


def _standing(
    connection: Connection, shape: BaseGeometry, tree: Tree, edges: list[Edge], asked: Asked
) -> list[_Standing]:
    told = {"area": ewkb(connection, shape), "classes": ["8101", *asked.sites]}
    rows = connection.execute(_IN_AREA, told).fetchall()
    points = shapely.from_wkb([row[3] for row in rows])
    late = _seconds(tree, edges, list(points), asked.off_road_m)
    return [
        _Standing._make((Place._make((*row[:3], point)), *row[4:], seconds))
        for row, point, seconds in zip(rows, points, late, strict=True)
    ]


def _seconds(
    tree: Tree, edges: list[Edge], points: list[BaseGeometry], off_road_m: float
) -> list[float]:
    """Return the driving time to the road beside each point, infinite where there is none."""
    late = [float("inf")] * len(points)
    if not edges or not points:
        return late
    lines = shapely.STRtree([edge.shape for edge in edges])
    found = lines.query_nearest(points, max_distance=off_road_m, all_matches=False)
    for point, line in zip(*found.tolist(), strict=True):
        edge = edges[line]
        late[point] = tree.seconds_at(edge, edge.shape.project(points[point], normalized=True))
    return late


def _people(houses: list[_Standing], within_s: float) -> Share:
    total = [(house, (_residents(house) or 0.0) * house.share) for house in houses]
    reached = sum(people for house, people in total if house.seconds <= within_s)
    return Share(reached, sum(people for _, people in total))


def _residents(house: _Standing) -> float | None:
    if house.residents is None and house.households is not None:
        return house.households * PERSONS_A_HOUSEHOLD
    return house.residents
