"""Pumping stations, slopes, construction sites and the areas that cameras look after."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely
from shapely.ops import substring

from data.demo.arrays import Ints, Shapes, codes, dice, points, polygons, scaled
from data.demo.blocks import block_corners, block_sides, chosen_blocks, in_block, rectangles
from data.demo.drainage import Drainage
from data.demo.geography import hill_height, inside, metres
from data.demo.rivers import Rivers
from data.demo.streets import Streets
from data.registry import EntityChange

_FLANK_M = (10.0, 45.0)
_BANK_M = 12.0
_BANK_LENGTH_M = 120.0
_SQUARE = ((-1, -1), (1, -1), (1, 1), (-1, 1))
_PUMP_AWAY_M = (16.0, -16.0, 28.0, -28.0, 42.0, -42.0, 60.0, -60.0)
"""How far aside of its chamber a pumping station is tried, in this order."""
_GATES = ("学校门口", "农贸市场", "地铁站口", "工业园门口", "公园入口")


class Places(NamedTuple):
    """Polygons of one class each, with their names; ``kind`` says what sort each one is."""

    klass: str
    geometry: Shapes
    name: list[str]
    kind: list[str]

    @property
    def code(self) -> Ints:
        """Entity codes of the places."""
        return codes(self.klass, len(self.geometry))

    def entities(self) -> Iterator[EntityChange]:
        """Yield them as they stand in the register."""
        rows = zip(self.code.tolist(), self.name, self.geometry, self.kind, strict=True)
        for code, name, shape, kind in rows:
            yield EntityChange(code, name, shape, None, {"kind": kind})


def pumping_stations(drainage: Drainage, size: int, seed: int) -> tuple[Places, Ints]:
    """Put stations beside some outfalls; return them and the manholes that they pump from."""
    rng = dice(seed, "pumping stations")
    sewers = drainage.sewers
    trees = len(sewers.outfall_reach)
    tree = np.sort(rng.permutation(trees)[: min(trees, scaled(size, 22, 0.4))])
    shapes = _beside_chambers(drainage, tree)
    names = [f"{drainage.rivers.reach_name[sewers.outfall_reach[t]]}排涝泵站{t + 1}" for t in tree]
    return Places("2115", shapes, names, ["drainage"] * len(tree)), sewers.chamber[tree]


def _beside_chambers(drainage: Drainage, tree: Ints) -> Shapes:
    sewers = drainage.sewers
    chamber = sewers.place[sewers.chamber[tree]]
    landward = chamber - sewers.outfall_place[tree]
    ahead = landward / np.hypot(*landward.T)[:, None]
    aside = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    solid = np.concatenate([drainage.streets.surface, drainage.rivers.all_water()])
    index = shapely.STRtree(solid)
    shapes = np.full(len(tree), None, object)
    for away in _PUMP_AWAY_M:
        centre = chamber + 8 * ahead + away * aside
        ring = [centre + 9 * a * ahead + 7 * b * aside for a, b in _SQUARE]
        tried = polygons(np.stack(ring, axis=1))
        open_ground = np.ones(len(tree), np.bool_)
        open_ground[index.query(tried, "intersects")[0]] = False
        # The last place is taken whatever lies there: stations under a road exist.
        take = shapely.is_missing(shapes) if away == _PUMP_AWAY_M[-1] else open_ground
        shapes = np.where(take & shapely.is_missing(shapes), tried, shapes)
    return shapes


def slopes(streets: Streets, rivers: Rivers, size: int, seed: int) -> Places:
    """Put slopes on the flanks of hills, none in water and none on a road."""
    rng = dice(seed, "slopes")
    count = scaled(size, 80)
    spots = metres(rng.uniform((0, 0), (16, 14), (60 * count, 2)))
    height = hill_height(spots)
    spots = spots[(height > _FLANK_M[0]) & (height < _FLANK_M[1]) & inside(spots, 100.0)]
    solid = shapely.STRtree(np.concatenate([rivers.all_water(), streets.surface]))
    taken = solid.query(points(spots), "dwithin", distance=50.0)[0]
    spots = np.delete(spots, taken, axis=0)[: 2 * count]
    turn = rng.uniform(0, np.pi, len(spots))
    ahead = np.column_stack([np.cos(turn), np.sin(turn)])
    aside = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    half = rng.uniform((18, 8), (40, 18), (len(spots), 2))
    ring = [spots + a * half[:, :1] * ahead + b * half[:, 1:] * aside for a, b in _SQUARE]
    shapes = polygons(np.stack(ring, axis=1))
    shapes = shapes[_apart(shapes)][:count]
    names = [f"边坡{number}" for number in range(1, len(shapes) + 1)]
    return Places("8701", shapes, names, ["cut"] * len(shapes))


def _apart(shapes: Shapes) -> Ints:
    """Return the indices of the shapes that touch none of those kept before them."""
    later, earlier = shapely.STRtree(shapes).query(shapes, "intersects")
    clashes: dict[int, list[int]] = {}
    for one, other in zip(later.tolist(), earlier.tolist(), strict=True):
        if other < one:
            clashes.setdefault(one, []).append(other)
    kept: set[int] = set()
    for index in range(len(shapes)):
        if kept.isdisjoint(clashes.get(index, ())):
            kept.add(index)
    return np.array(sorted(kept), np.int64)


class Sites(NamedTuple):
    """Construction sites and the gate of each one, on the road at its block's first side."""

    places: Places
    gate: Shapes


def construction_sites(streets: Streets, rivers: Rivers, size: int, seed: int) -> Sites:
    """Give some blocks a construction site in a corner of theirs, clear of the water."""
    rng = dice(seed, "construction sites")
    count = min(len(streets.block), scaled(size, 60))
    chosen = chosen_blocks(streets, rng, min(len(streets.block), 2 * count))
    corners = block_corners(streets)[chosen]
    side = block_sides(corners)
    low = np.column_stack([rng.uniform(0.15, 0.5, len(chosen)), 26.0 / side[:, 1]])
    high = low + np.column_stack([rng.uniform(0.2, 0.35, len(chosen)), np.full(len(chosen), 0.3)])
    shapes = rectangles(corners, low, high)
    wet = shapely.STRtree(rivers.all_water()).query(shapes, "intersects")[0]
    dry = np.setdiff1d(np.arange(len(chosen)), wet)[:count]
    door = (low[dry, 0] + high[dry, 0]) / 2
    gate = in_block(corners[dry], np.column_stack([door, low[dry, 1]])[:, None])[:, 0]
    names = [
        f"{streets.road_name[road]}项目工地{number}"
        for number, road in enumerate(streets.block_road[chosen[dry]].tolist(), start=1)
    ]
    places = Places("8702", shapes[dry], names, ["building"] * len(dry))
    return Sites(places, shapely.buffer(points(gate), 9.0, quad_segs=4))


def monitored_areas(drainage: Drainage, sites: Sites, size: int, seed: int) -> Places:
    """Return river banks, underpasses, site gates and busy entrances, in this order."""
    rng = dice(seed, "monitored areas")
    streets = drainage.streets
    bank, bank_names = _banks(drainage.rivers, rng, scaled(size, 60))
    low = drainage.hydraulics.underpass
    trough = shapely.buffer(points(drainage.sewers.place[low]), 25.0, quad_segs=8)
    low_names = [
        f"{streets.road_name[road]}下穿通道"
        for road in streets.section_road[drainage.sewers.section[low]].tolist()
    ]
    gate_names = [f"{name}大门" for name in sites.places.name]
    busy, busy_names = _entrances(streets, rng, scaled(size, 120, 1.4))
    groups = {
        "river_bank": (bank, bank_names),
        "underpass": (trough, low_names),
        "site_gate": (sites.gate, gate_names),
        "entrance": (busy, busy_names),
    }
    return Places(
        "8802",
        np.concatenate([shapes for shapes, _ in groups.values()]),
        [name for _, names in groups.values() for name in names],
        [kind for kind, (_, names) in groups.items() for _ in names],
    )


def _banks(rivers: Rivers, rng: np.random.Generator, count: int) -> tuple[Shapes, list[str]]:
    reach = rng.integers(0, len(rivers.reach_line), count)
    start = rng.uniform(0, shapely.length(rivers.reach_line[reach]) - _BANK_LENGTH_M)
    side = rng.choice([-1.0, 1.0], count)
    pieces = np.array(
        [
            substring(line, at, at + _BANK_LENGTH_M)
            for line, at in zip(rivers.reach_line[reach], start.tolist(), strict=True)
        ],
        object,
    )
    half = rivers.width_m[reach] / 2
    outer = shapely.buffer(pieces, side * (half + _BANK_M), single_sided=True)
    inner = shapely.buffer(pieces, half, cap_style="flat")
    banks = shapely.difference(outer, inner)
    kept = _apart(banks)
    names = [
        f"{rivers.reach_name[index]}临河危险区{number}"
        for number, index in enumerate(reach[kept].tolist(), start=1)
    ]
    return banks[kept], names


def _entrances(streets: Streets, rng: np.random.Generator, count: int) -> tuple[Shapes, list[str]]:
    chosen = chosen_blocks(streets, rng, count)
    corners = block_corners(streets)[chosen]
    side = block_sides(corners)
    low = np.column_stack([rng.uniform(0.2, 0.7, count) * side[:, 0], np.full(count, 16.0)])
    high = low + rng.uniform((14, 8), (30, 14), (count, 2))
    entrances = rectangles(corners, low / side, high / side)
    kept = _apart(entrances)
    kinds = rng.integers(0, len(_GATES), len(kept))
    roads = streets.block_road[chosen[kept]]
    names = [
        f"{streets.road_name[road]}{_GATES[kind]}{number}"
        for number, (road, kind) in enumerate(
            zip(roads.tolist(), kinds.tolist(), strict=True), start=1
        )
    ]
    return entrances[kept], names
