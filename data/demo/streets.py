"""Roads of the demo district: a bent grid of junctions, its sections, and the blocks between."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from data.demo.arrays import Flags, Floats, Ints, Shapes, codes, dice, lines
from data.demo.arrays import points as as_points
from data.demo.geography import hill_height, inside, metres
from data.demo.rivers import Rivers
from data.registry import EntityChange, NewRelation

_TURN = np.radians(11.0)
_HILL_WITHOUT_STREETS_M = 18.0
_NAMES = (
    *("松白路", "光明大道", "公常路", "根玉路", "光侨路", "华夏路", "东明大道", "观光路"),
    *("振明路", "建设路", "别墅大道", "公园路", "长圳路", "风景路", "科裕路", "光桥路"),
    *("田园路", "民生路", "红花路", "振发路", "松柏路", "楼村路", "茅洲河路", "圳美路"),
)
_FIRST, _SECOND = "光明华兴新科玉凤翠春东南同富", "安和康泰裕丰盛达昌荣景辉源"
_WARNING_DEPTHS_M = (0.15, 0.18, 0.20, 0.23, 0.25, 0.27)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streets:
    """Junctions, the sections that join them, and the blocks that they enclose.

    Attributes:
        spacing_m: mean distance of neighbouring junctions.
        junction: float64[n, 2].
        road_name: of each road.
        section_road: index of each section's road.
        section_from: index of the junction where each section begins.
        section_to: index of the junction where it ends.
        chainage_m: distance of each section's beginning from its road's.
        width_m: of each section.
        line: centre line of each section.
        between: centre line of each section between the areas of its two crossings.
        surface: polygon of each section, without the crossings at its ends.
        warning_depth_m: water depth on each section from which it is dangerous.
        block: int64[b, 4], junctions round each block, anticlockwise.
        block_road: index of the road along each block's first side.
    """

    spacing_m: float
    junction: Floats
    road_name: list[str]
    section_road: Ints
    section_from: Ints
    section_to: Ints
    chainage_m: Floats
    width_m: Floats
    line: Shapes
    between: Shapes
    surface: Shapes
    warning_depth_m: Floats
    block: Ints
    block_road: Ints

    @property
    def road_code(self) -> Ints:
        """Entity codes of the roads."""
        return codes("8401", len(self.road_name))

    @property
    def section_code(self) -> Ints:
        """Entity codes of the road sections."""
        return codes("8402", len(self.line))

    @property
    def section_name(self) -> list[str]:
        """Names such as 松白路K3+200段."""
        at = self.chainage_m.astype(np.int64)
        return [
            f"{self.road_name[road]}K{metre // 1000}+{metre % 1000:03}段"
            for road, metre in zip(self.section_road.tolist(), at.tolist(), strict=True)
        ]


def street_spacing(size: int) -> float:
    """Return the distance of junctions (metres): 500 by default, 250 in the full district."""
    return float(500.0 * (size / 30_000) ** -0.3)


def make_streets(rivers: Rivers, size: int, seed: int) -> Streets:
    """Lay streets where there is neither water, hill nor the district's edge."""
    rng = dice(seed, "streets")
    spacing = street_spacing(size)
    grid = _grid(spacing, rng)
    rows, columns = grid.shape[:2]
    junction = grid.reshape(-1, 2)
    start, end, road = _edges(rows, columns)
    usable = _buildable(junction, rivers)
    line = lines(np.stack([junction[start], junction[end]], axis=1))
    lakes = shapely.union_all(rivers.reservoir).buffer(30.0)
    kept = usable[start] & usable[end] & ~shapely.intersects(line, lakes)
    start, end, line = start[kept], end[kept], line[kept]
    used, section_road = np.unique(road[kept], return_inverse=True)
    width = np.where(used[section_road] % 3 == 0, 0.05, 0.032) * spacing + 4.0
    between = _shortened(junction[start], junction[end], width.max() / 2)
    block, block_row = _blocks(rows, columns, usable)
    return Streets(
        spacing_m=spacing,
        junction=junction,
        road_name=_road_names(len(used)),
        section_road=section_road,
        section_from=start,
        section_to=end,
        chainage_m=_chainage(section_road, shapely.length(line)),
        width_m=width,
        line=line,
        between=between,
        surface=shapely.buffer(between, width / 2, cap_style="flat"),
        warning_depth_m=rng.choice(_WARNING_DEPTHS_M, len(line)),
        block=block,
        block_road=np.clip(np.searchsorted(used, block_row), 0, len(used) - 1),
    )


def _grid(spacing: float, rng: np.random.Generator) -> Floats:
    count = int(20_000 / spacing)
    along = np.cumsum(rng.uniform(0.85, 1.15, (2, count)), axis=1) * spacing
    across, up = np.meshgrid(along[0] - 10_000.0, along[1] - 10_000.0)
    bent = np.stack([across + 90 * np.sin(up / 1300), up + 90 * np.sin(across / 1700)], axis=-1)
    bent += rng.normal(0, 0.03 * spacing, bent.shape)
    turn = np.array([[np.cos(_TURN), np.sin(_TURN)], [-np.sin(_TURN), np.cos(_TURN)]])
    return np.asarray(bent @ turn + metres((8.0, 6.8)), np.float64)


def _edges(rows: int, columns: int) -> tuple[Ints, Ints, Ints]:
    number = np.arange(rows * columns).reshape(rows, columns)
    row, column = np.indices(number.shape)
    start = np.concatenate([number[:, :-1].ravel(), number[:-1].T.ravel()])
    end = np.concatenate([number[:, 1:].ravel(), number[1:].T.ravel()])
    road = np.concatenate([row[:, :-1].ravel(), rows + column[:-1].T.ravel()])
    return start, end, road


def _blocks(rows: int, columns: int, usable: Flags) -> tuple[Ints, Ints]:
    number = np.arange(rows * columns).reshape(rows, columns)
    corners = (number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1])
    block = np.stack([corner.ravel() for corner in corners], axis=1)
    row = np.repeat(np.arange(rows - 1), columns - 1)
    complete = usable[block].all(axis=1)
    return block[complete], row[complete]


def _shortened(start: Floats, end: Floats, by_m: float) -> Shapes:
    back = by_m * (end - start) / np.hypot(*(end - start).T)[:, None]
    return lines(np.stack([start + back, end - back], axis=1))


def _buildable(points: Floats, rivers: Rivers) -> Flags:
    clear = inside(points, 60.0) & (hill_height(points) < _HILL_WITHOUT_STREETS_M)
    wet, _ = shapely.STRtree(rivers.all_water()).query(as_points(points), "dwithin", distance=15.0)
    clear[wet] = False
    return clear


def _chainage(road: Ints, length: Floats) -> Floats:
    # Sections of one road follow each other in the arrays; a gap in a road is not counted.
    before = np.cumsum(length) - length
    return np.asarray(before - before[np.searchsorted(road, road)], np.float64)


def _road_names(count: int) -> list[str]:
    # In this order the second character changes first, so neighbours do not sound alike.
    invented = (f"{a}{b}路" for b, a in itertools.product(_SECOND, _FIRST))
    return list(itertools.islice(itertools.chain(_NAMES, invented), count))


def street_entities(streets: Streets, low_sections: Ints) -> Iterator[EntityChange]:
    """Yield roads and road sections; ``low_sections`` are the indices of underpasses."""
    first = np.searchsorted(streets.section_road, np.arange(len(streets.road_name) + 1))
    for index, (code, name) in enumerate(
        zip(streets.road_code.tolist(), streets.road_name, strict=True)
    ):
        whole = shapely.MultiLineString(list(streets.line[first[index] : first[index + 1]]))
        yield EntityChange(code, name, whole, None, {"length_m": round(whole.length)})
    low = set(low_sections.tolist())
    for index, name in enumerate(streets.section_name):
        properties = {
            "warning_depth_m": float(streets.warning_depth_m[index]),
            "width_m": round(float(streets.width_m[index]), 1),
            "underpass": index in low,
        }
        code = int(streets.section_code[index])
        yield EntityChange(code, name, streets.surface[index], None, properties)


def street_relations(streets: Streets) -> Iterator[NewRelation]:
    """Yield which section is part of which road."""
    roads = streets.road_code[streets.section_road]
    for section, road in zip(streets.section_code.tolist(), roads.tolist(), strict=True):
        yield NewRelation(section, "part_of", road, "declared")
