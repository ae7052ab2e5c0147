"""Areas that are asked about: where nobody may be, land that is a river's, areas to be reached."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely

from data.demo.arrays import points, scaled
from data.demo.blocks import block_corners
from data.demo.geography import centre_points, outline, sub_districts
from data.demo.places import Places
from data.demo.rivers import Rivers
from data.demo.streets import Streets
from data.registry import EntityChange

_SLIDE_M = 15.0
_BANK_M = 25.0
_KEY_RADIUS_M = (450.0, 700.0)
_BLOCKS = 0.75
_DRY_M = 60.0
_REASON = "边坡滑动风险"


class Protected(NamedTuple):
    """No-go zones, river management areas and key areas."""

    no_go: Places
    river_land: Places
    key: Places

    def entities(self) -> Iterator[EntityChange]:
        """Yield them as they stand in the register."""
        for zone in self.no_go.entities():
            yield zone._replace(properties={**zone.properties, "reason": _REASON})
        yield from self.river_land.entities()
        yield from self.key.entities()


def make_protected(streets: Streets, rivers: Rivers, slopes: Places, size: int) -> Protected:
    """Draw zones around slopes, land along each reach, and an area in each sub-district."""
    return Protected(_no_go(slopes, size), _river_land(rivers), _key_areas(streets, rivers))


def _no_go(slopes: Places, size: int) -> Places:
    count = min(len(slopes.name), scaled(size, 12))
    shapes = shapely.buffer(slopes.geometry[:count], _SLIDE_M, join_style="mitre")
    names = [f"{name}禁入区" for name in slopes.name[:count]]
    return Places("8806", shapes, names, ["slope"] * count)


def _river_land(rivers: Rivers) -> Places:
    shapes = shapely.buffer(rivers.water, _BANK_M, quad_segs=4)
    names = [f"{name}管理范围" for name in rivers.reach_name]
    return Places("8807", shapes, names, ["bank"] * len(names))


def _key_areas(streets: Streets, rivers: Rivers) -> Places:
    """Return areas around the dry block next to the centre of each sub-district.

    Every second one is larger; each holds its block, however few streets there are.
    """
    areas = sub_districts()
    middle = block_corners(streets).mean(axis=1)
    wet = shapely.STRtree(rivers.all_water()).query(points(middle), "dwithin", distance=_DRY_M)[0]
    dry = np.delete(middle, np.unique(wet), axis=0)
    chosen = [dry[np.hypot(*(dry - centre).T).argmin()] for centre in centre_points()]
    radius = np.maximum(np.resize(_KEY_RADIUS_M, len(chosen)), _BLOCKS * streets.spacing_m)
    around = shapely.buffer(points(np.array(chosen)), radius, quad_segs=4)
    names = [f"{name}中心区" for name in areas.name]
    return Places("8808", shapely.intersection(around, outline()), names, ["centre"] * len(names))
