"""Rivers, their reaches and the reservoirs above them, with levels and widths that carry water."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from data.demo.arrays import Floats, Ints, Shapes, codes
from data.demo.arrays import points as as_points
from data.demo.geography import hill_height, inside, metres
from data.registry import EntityChange, NewRelation

OUTLET_BED_M = 1.0
MANNING_N = 0.028
_REACH_M = 1_700.0
_SAMPLE_M = 150.0


class _Course(NamedTuple):
    name: str
    slope: float
    bank_m: float
    target_class: str
    km: tuple[tuple[float, float], ...]


_COURSES = (
    _Course(
        *("茅洲河", 0.0011, 5.2, "IV"),
        (
            *((8.2, 0.5), (8.7, 2.5), (9.0, 4.5), (8.6, 6.2), (7.8, 7.6)),
            *((6.2, 8.6), (4.6, 8.4), (3.0, 7.6), (0.85, 7.0)),
        ),
    ),
    _Course("鹅颈水", 0.0035, 3.0, "IV", ((13.3, 2.8), (11.6, 3.3), (10.4, 4.3), (8.9, 4.5))),
    _Course("东坑水", 0.0035, 3.0, "IV", ((12.9, 4.9), (11.0, 5.2), (9.8, 5.6), (8.7, 5.5))),
    _Course("木墩河", 0.0032, 3.0, "IV", ((13.3, 6.9), (11.6, 6.7), (10.2, 7.0), (8.5, 6.5))),
    _Course("楼村水", 0.0032, 3.2, "IV", ((12.7, 8.95), (11.0, 8.5), (9.4, 8.6), (7.7, 7.7))),
    _Course("新陂头水", 0.0030, 3.4, "IV", ((11.38, 11.44), (9.8, 10.3), (8.0, 9.9), (6.3, 8.6))),
    _Course("西田水", 0.0034, 3.0, "IV", ((6.6, 12.5), (6.2, 11.2), (5.6, 10.0), (5.6, 8.6))),
    _Course("上下村排洪渠", 0.0028, 3.0, "V", ((3.3, 11.9), (3.9, 10.6), (3.7, 9.4), (4.4, 8.4))),
    _Course("公明排洪渠", 0.0026, 3.2, "V", ((6.6, 4.9), (5.6, 5.9), (4.6, 6.3), (3.0, 7.6))),
    _Course("玉田河", 0.0034, 3.0, "IV", ((5.2, 1.8), (6.0, 2.6), (7.3, 2.8), (8.7, 3.2))),
    _Course("马田排洪渠", 0.0026, 3.0, "V", ((1.9, 4.3), (2.4, 5.4), (1.9, 6.3), (2.0, 7.2))),
)

_RESERVOIRS = (
    # name, river that it feeds, centre (km), half axes (m), depth of the bottom below the crest
    ("公明水库", 5, (12.25, 11.75), (1150.0, 620.0), 22.0),
    ("鹅颈水库", 1, (13.75, 2.65), (520.0, 300.0), 14.0),
    ("铁坑水库", 4, (13.05, 9.1), (480.0, 320.0), 13.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivers:
    """The district's waters; reaches of a river follow each other downstream.

    Attributes:
        name: of each river.
        line: centre line of each river, running downstream.
        head_bed_m: bed level at each river's head, metres above datum.
        slope: fall of each river's bed, metres per metre.
        bank_m: height of each river's banks above its bed.
        reach_river: index of each reach's river.
        reach_line: centre line of each reach.
        reach_next: index of the next reach downstream, -1 for the district's outlet.
        bed_m: bed level at each reach's lower end.
        width_m: of each reach.
        own_area_m2: land that is nearer to this reach than to any other.
        capacity_m3s: discharge of each reach when its banks are full (Manning).
        water: surface of each reach, polygons.
        reservoir: surface of each reservoir, polygons.
    """

    name: list[str]
    line: Shapes
    head_bed_m: Floats
    slope: Floats
    bank_m: Floats
    reach_river: Ints
    reach_line: Shapes
    reach_next: Ints
    bed_m: Floats
    width_m: Floats
    own_area_m2: Floats
    capacity_m3s: Floats
    water: Shapes
    reservoir: Shapes

    @property
    def code(self) -> Ints:
        """Entity codes of the rivers."""
        return codes("8201", len(self.line))

    @property
    def reach_code(self) -> Ints:
        """Entity codes of the reaches."""
        return codes("8202", len(self.reach_line))

    @property
    def reservoir_code(self) -> Ints:
        """Entity codes of the reservoirs."""
        return codes("8203", len(self.reservoir))

    @property
    def reservoir_reach(self) -> Ints:
        """Index of the reach that each reservoir spills into."""
        fed = np.array([row[1] for row in _RESERVOIRS])
        return np.searchsorted(self.reach_river, fed).astype(np.int64)

    @property
    def reservoir_crest_m(self) -> Floats:
        """Level of each reservoir's dam, metres above datum."""
        fed = np.array([row[1] for row in _RESERVOIRS])
        return np.asarray(self.head_bed_m[fed] + self.reservoir_depth_m + 2.0, np.float64)

    @property
    def reservoir_depth_m(self) -> Floats:
        """Depth of each reservoir's bottom below its dam."""
        return np.array([row[4] for row in _RESERVOIRS])

    @property
    def reach_bank_m(self) -> Floats:
        """Height of each reach's banks above its bed."""
        return self.bank_m[self.reach_river]

    @property
    def reach_name(self) -> list[str]:
        """Names such as 茅洲河3段, counted downstream within each river."""
        first = np.searchsorted(self.reach_river, self.reach_river)
        order = np.arange(len(self.reach_river)) - first + 1
        return [
            f"{self.name[river]}{number}段"
            for river, number in zip(self.reach_river.tolist(), order.tolist(), strict=True)
        ]

    def all_water(self) -> Shapes:
        """Return every water surface, reaches before reservoirs."""
        return np.concatenate([self.water, self.reservoir])

    def bed_at(self, points: Shapes, river: int) -> Floats:
        """Return the bed level of ``river`` abreast of each point."""
        along = shapely.line_locate_point(self.line[river], points)
        return np.asarray(self.head_bed_m[river] - self.slope[river] * along, np.float64)


def make_rivers() -> Rivers:
    """Lay the rivers out; nothing in them is thrown by dice."""
    line = _lines()
    slope = np.array([course.slope for course in _COURSES])
    bank = np.array([course.bank_m for course in _COURSES])
    head = _head_beds(line, slope)
    river, reach_line, end_m = _reaches(line)
    following = _next_reaches(line, river, reach_line)
    own = _own_areas(reach_line)
    bed = head[river] - slope[river] * end_m
    wanted = 24.0 * _accumulated(own / 1e6, following) ** 0.85
    unit = bank[river] ** (5 / 3) * np.sqrt(slope[river]) / MANNING_N
    width = np.clip(wanted / unit, 6.0, 120.0)
    return Rivers(
        name=[course.name for course in _COURSES],
        line=line,
        head_bed_m=head,
        slope=slope,
        bank_m=bank,
        reach_river=river,
        reach_line=reach_line,
        reach_next=following,
        bed_m=bed,
        width_m=width,
        own_area_m2=own,
        capacity_m3s=width * unit,
        water=shapely.buffer(reach_line, width / 2, cap_style="flat"),
        reservoir=np.array([_lake(row[2], row[3]) for row in _RESERVOIRS], object),
    )


def ground_level(points: Floats, rivers: Rivers) -> Floats:
    """Return the ground level at ``points`` (float64[n, 2]): it falls towards the rivers.

    The lowest of the surfaces that rise from each river's banks, so that water always finds down.
    """
    places = as_points(points)
    level = np.full(len(points), np.inf)
    for index, line in enumerate(rivers.line):
        away = shapely.distance(places, line)
        rise = 0.006 * away + 0.004 * np.clip(away - 900.0, 0.0, None)
        bank = rivers.bed_at(places, index) + rivers.bank_m[index]
        level = np.minimum(level, bank + rise)
    return np.asarray(level + hill_height(points), np.float64)


def _lines() -> Shapes:
    lines = [shapely.LineString(_rounded(metres(course.km))) for course in _COURSES]
    main = lines[0]
    for index, line in enumerate(lines[1:], start=1):
        mouth = main.interpolate(main.project(shapely.Point(line.coords[-1])))
        lines[index] = shapely.LineString([*line.coords[:-1], mouth.coords[0]])
    return np.array(lines, object)


def _rounded(corners: Floats) -> Floats:
    # Chaikin: every pass cuts each corner at a quarter and three quarters, ends stay.
    for _ in range(4):
        near = 0.75 * corners[:-1] + 0.25 * corners[1:]
        far = 0.25 * corners[:-1] + 0.75 * corners[1:]
        middle = np.stack([near, far], axis=1).reshape(-1, 2)
        corners = np.concatenate([corners[:1], middle, corners[-1:]])
    return corners


def _head_beds(line: Shapes, slope: Floats) -> Floats:
    length = shapely.length(line)
    mouth = np.full(len(line), OUTLET_BED_M)
    from_head = shapely.line_locate_point(line[0], shapely.get_point(line[1:], -1))
    mouth[1:] += slope[0] * (length[0] - from_head)
    return np.asarray(mouth + slope * length, np.float64)


def _reaches(line: Shapes) -> tuple[Ints, Shapes, Floats]:
    river: list[int] = []
    parts: list[BaseGeometry] = []
    end_m: list[float] = []
    for index, course in enumerate(line):
        cuts = np.linspace(0, course.length, max(2, round(course.length / _REACH_M)) + 1)
        river += [index] * (len(cuts) - 1)
        parts += [substring(course, a, b) for a, b in itertools.pairwise(cuts)]
        end_m += cuts[1:].tolist()
    return np.array(river), np.array(parts, object), np.array(end_m)


def _next_reaches(line: Shapes, river: Ints, reach_line: Shapes) -> Ints:
    following = np.arange(1, len(river) + 1)
    lasts = np.flatnonzero(np.diff(river, append=-1))
    of_main = shapely.STRtree(reach_line[river == 0])
    mouths = shapely.get_point(line[river[lasts]], -1)
    following[lasts] = of_main.query_nearest(mouths, all_matches=False)[1]
    following[lasts[river[lasts] == 0]] = -1
    return following


def _own_areas(reach_line: Shapes) -> Floats:
    east, north = np.meshgrid(
        *(np.arange(0.0, 16_000.0, _SAMPLE_M) + start for start in metres((0.0, 0.0)))
    )
    samples = np.column_stack([east.ravel(), north.ravel()])
    samples = samples[inside(samples)]
    nearest = shapely.STRtree(reach_line).query_nearest(as_points(samples), all_matches=False)
    counted = np.bincount(nearest[1], minlength=len(reach_line))
    return np.asarray(counted * _SAMPLE_M**2, np.float64)


def _accumulated(own: Floats, following: Ints) -> Floats:
    total = own.copy()
    # Tributaries stand after the main river in the arrays, so they are carried down first.
    main_end = int(np.flatnonzero(following == -1)[0]) + 1
    for reach in [*range(main_end, len(own)), *range(main_end - 1)]:
        total[following[reach]] += total[reach]
    return total


def _lake(centre_km: tuple[float, float], half_axes: tuple[float, float]) -> BaseGeometry:
    angle = np.linspace(0, 2 * np.pi, 49)[:-1]
    shore = 1 + 0.12 * np.sin(3 * angle) + 0.08 * np.cos(5 * angle + 1)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * shore[:, None] * half_axes
    return shapely.Polygon(metres(centre_km) + ring)


def river_entities(rivers: Rivers) -> Iterator[EntityChange]:
    """Yield rivers, reaches with their gauge levels, and reservoirs."""
    for code, name, line in zip(rivers.code.tolist(), rivers.name, rivers.line, strict=True):
        yield EntityChange(code, name, line, None, {"length_m": round(line.length)})
    yield from _reach_entities(rivers)
    rows = zip(
        *(rivers.reservoir_code.tolist(), _RESERVOIRS, rivers.reservoir),
        *(rivers.reservoir_crest_m.tolist(), rivers.reservoir_depth_m.tolist()),
        strict=True,
    )
    for code, row, shape, crest, depth in rows:
        levels = {"flood_limit_level_m": round(crest - 0.12 * depth, 2), "crest_level_m": crest}
        yield EntityChange(code, row[0], shape, None, {**levels, "target_class": "II"})


def _reach_entities(rivers: Rivers) -> Iterator[EntityChange]:
    for index, name in enumerate(rivers.reach_name):
        bed, bank = float(rivers.bed_m[index]), float(rivers.reach_bank_m[index])
        properties = {
            "bed_level_m": round(bed, 2),
            "bank_level_m": round(bed + bank, 2),
            "warning_level_m": round(bed + 0.68 * bank, 2),
            "guaranteed_level_m": round(bed + 0.85 * bank, 2),
            "historic_max_level_m": round(bed + 0.93 * bank, 2),
            "target_class": _COURSES[rivers.reach_river[index]].target_class,
            "width_m": round(float(rivers.width_m[index]), 1),
        }
        code = int(rivers.reach_code[index])
        yield EntityChange(code, name, rivers.water[index], None, properties)


def river_relations(rivers: Rivers) -> Iterator[NewRelation]:
    """Yield what belongs to which river and what flows where."""
    reach, river = rivers.reach_code.tolist(), rivers.code.tolist()
    for index, following in enumerate(rivers.reach_next.tolist()):
        yield NewRelation(reach[index], "part_of", river[rivers.reach_river[index]], "declared")
        if following >= 0:
            yield NewRelation(reach[index], "flows_to", reach[following], "declared")
    for tributary in river[1:]:
        yield NewRelation(tributary, "flows_to", river[0], "declared")
    spills = zip(rivers.reservoir_code.tolist(), rivers.reservoir_reach.tolist(), strict=True)
    for reservoir, into in spills:
        yield NewRelation(reservoir, "flows_to", reach[into], "declared")
