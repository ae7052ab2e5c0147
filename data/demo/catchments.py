"""What land drains into which manhole, and the catchments that groups of manholes make up."""

from typing import NamedTuple

import numpy as np
import shapely

from data.demo.arrays import Floats, Ints, Shapes, codes, points
from data.demo.geography import outline
from data.demo.rivers import Rivers
from data.demo.sewers import Sewers

_MANHOLES_TOGETHER = 15


class Catchments(NamedTuple):
    """Catchments (c): neighbouring manholes of one tree and the land that they drain.

    Attributes:
        area_m2: float64[n], land of each manhole.
        group: int64[n], index of each manhole's catchment.
        head: int64[c], index of the manhole through which the catchment's water leaves.
        geometry: polygon of each catchment.
    """

    area_m2: Floats
    group: Ints
    head: Ints
    geometry: Shapes

    @property
    def code(self) -> Ints:
        """Entity codes of the catchments."""
        return codes("8303", len(self.head))


def make_catchments(sewers: Sewers, rivers: Rivers, reach_m: float) -> Catchments:
    """Give each manhole the land nearest to it, at most ``reach_m`` away and dry."""
    places = points(sewers.place)
    cells = shapely.voronoi_polygons(
        shapely.MultiPoint(sewers.place), extend_to=outline(), ordered=True
    )
    land = shapely.intersection(
        shapely.get_parts(cells), shapely.buffer(places, reach_m, quad_segs=8)
    )
    land = shapely.intersection(land, outline())
    water = rivers.all_water()
    wet = np.unique(shapely.STRtree(land).query(water, "intersects")[1])
    land[wet] = shapely.difference(land[wet], shapely.union_all(water))
    group, head = _groups(sewers)
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(1, len(head)))
    geometry = [shapely.union_all(part) for part in np.split(land[order], bounds)]
    return Catchments(shapely.area(land), group, head, np.array(geometry, object))


def _groups(sewers: Sewers) -> tuple[Ints, Ints]:
    order = sewers.downstream_order
    gathered = np.ones(len(order), np.int64)
    is_head = sewers.following < 0
    for index in order.tolist():
        below = int(sewers.following[index])
        if below >= 0 and gathered[index] < _MANHOLES_TOGETHER:
            gathered[below] += gathered[index]
        else:
            is_head[index] = True
    group = np.where(is_head, np.cumsum(is_head) - 1, -1)
    for index in order[::-1].tolist():
        if not is_head[index]:
            group[index] = group[sewers.following[index]]
    return group, np.flatnonzero(is_head)
