"""Buildings on the lots of every block: rectangles and L shapes, denser and taller in centres."""

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
import shapely

from data.demo.arrays import Floats, Ints, Shapes, codes, dice, polygons
from data.demo.blocks import block_corners, block_sides, in_block
from data.demo.geography import centre_points
from data.demo.streets import Streets
from data.registry import EntityChange

_SET_BACK_M = 20.0
_SPARE = 1.6
"""Lots for each building, so that density can vary and lots in the water stay empty."""
_STOREY_M = 3.2
_ANGLED = 0.25
_LIVED_IN = 0.55
_FLOOR_M2_A_RESIDENT = 75.0
_RECTANGLE = ((0, 0), (1, 0), (1, 1), (0, 1))
_L_SHAPE = ((0, 0), (1, 0), (1, 0.45), (0.45, 0.45), (0.45, 1), (0, 1))


class Buildings(NamedTuple):
    """Footprints with storeys, in the order of their blocks."""

    geometry: Shapes
    storeys: Ints
    residents: Ints
    road: Ints
    road_name: list[str]

    @classmethod
    def none(cls) -> Self:
        """Return no buildings at all."""
        nothing = np.empty(0, np.int64)
        return cls(np.empty(0, object), nothing, nothing, nothing, [])

    @property
    def code(self) -> Ints:
        """Entity codes of the buildings."""
        return codes("8101", len(self.geometry))

    def names(self) -> list[str]:
        """Return names such as 光侨路118号, numbered along each road."""
        order = np.argsort(self.road, kind="stable")
        rank = np.empty(len(order), np.int64)
        first = np.searchsorted(self.road[order], self.road[order])
        rank[order] = np.arange(len(order)) - first + 1
        return [
            f"{self.road_name[road]}{number}号"
            for road, number in zip(self.road.tolist(), rank.tolist(), strict=True)
        ]

    def entities(self) -> Iterator[EntityChange]:
        """Yield them as they stand in the register."""
        rows = zip(
            *(self.code.tolist(), self.names(), self.geometry),
            *(self.storeys.tolist(), self.residents.tolist()),
            strict=True,
        )
        for code, name, shape, storeys, residents in rows:
            height = round(storeys * _STOREY_M, 1)
            said = {"storeys": storeys, "residents": residents}
            yield EntityChange(code, name, shape, height, said)


def make_buildings(streets: Streets, obstacles: Shapes, count: int, seed: int) -> Buildings:
    """Build ``count`` buildings (fewer when the lots run out) clear of all ``obstacles``."""
    rng = dice(seed, "buildings")
    corners = block_corners(streets)
    lots = int(np.ceil(np.sqrt(_SPARE * count / len(corners))))
    block = np.repeat(np.arange(len(corners)), lots * lots)
    shape = _footprints(corners, block, lots, rng)
    centre = shapely.get_coordinates(shapely.centroid(shape))
    taken, _ = shapely.STRtree(obstacles).query(shape, "intersects")
    away = np.min([np.hypot(*(centre - middle).T) for middle in centre_points()], axis=0)
    urban = np.exp(-away / 2_500.0)
    # The smallest of exponentials by weight: a weighted draw without replacement.
    turn = rng.exponential(size=len(shape)) / (0.25 + urban)
    turn[taken] = np.inf
    free = int(np.isfinite(turn).sum())
    kept = np.sort(np.argsort(turn, kind="stable")[: min(count, free)])
    storeys = np.clip(rng.gamma(2.0, 1.5 + 5.0 * urban), 1, 48).astype(np.int64)
    residents = _residents(shape[kept], storeys[kept], seed)
    road = streets.block_road[block[kept]]
    return Buildings(shape[kept], storeys[kept], residents, road, streets.road_name)


def _residents(shape: Shapes, storeys: Ints, seed: int) -> Ints:
    """Return how many people live in each building; in shops and workshops nobody does."""
    lived_in = dice(seed, "residents").random(len(shape)) < _LIVED_IN
    floors_m2 = shapely.area(shape) * storeys
    return np.where(lived_in, np.ceil(floors_m2 / _FLOOR_M2_A_RESIDENT), 0).astype(np.int64)


def _footprints(corners: Floats, block: Ints, lots: int, rng: np.random.Generator) -> Shapes:
    total = len(block)
    margin = (_SET_BACK_M / block_sides(corners))[block]
    lot = (1 - 2 * margin) / lots
    number = np.arange(total) % (lots * lots)
    column_row = np.column_stack([number % lots, number // lots])
    # At most 78 % of a lot's side is built, so neighbours keep a gap.
    built = rng.uniform(0.45, 0.78, (total, 2))
    start = margin + lot * (column_row + (1 - built) * rng.uniform(0.3, 0.7, (total, 2)))
    angled = rng.random(total) < _ANGLED
    shape = np.empty(total, object)
    for rows, outline in ((~angled, _RECTANGLE), (angled, _L_SHAPE)):
        shares = start[rows, None] + np.array(outline) * (lot * built)[rows, None]
        shape[rows] = polygons(in_block(corners[block[rows]], shares))
    return shape
