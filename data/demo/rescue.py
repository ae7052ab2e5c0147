"""Rescue stations, and the crews, vehicles and pumps that stand ready at them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely

from data.demo.arrays import COUNTY, Ints, Shapes, dice, scaled
from data.demo.blocks import block_corners, block_sides, rectangles
from data.demo.geography import centre_points
from data.demo.places import Places
from data.demo.rivers import Rivers
from data.demo.streets import Streets
from data.registry import EntityChange, NewRelation

_STATION_M = (34.0, 22.0)
_AWAY_FROM_CORNER_M = (22.0, 22.0)
_FORCES = (
    # class, how many a station has, what people call one
    ("8902", 2, "抢险队"),
    ("8903", 2, "抢险车"),
    ("8904", 1, "移动泵车"),
)


class Rescue(NamedTuple):
    """Stations; what stands ready at them has their places until it says where it is."""

    stations: Places

    def entities(self) -> Iterator[EntityChange]:
        """Yield stations, crews, vehicles and pumps as they stand in the register."""
        yield from self.stations.entities()
        for code, _, at, name in self._forces():
            place = shapely.centroid(self.stations.geometry[at])
            yield EntityChange(code, name, place)

    def relations(self) -> Iterator[NewRelation]:
        """Yield of which station each crew, vehicle and pump is."""
        for code, station, _, _ in self._forces():
            yield NewRelation(code, "part_of", station, "declared")

    def _forces(self) -> Iterator[tuple[int, int, int, str]]:
        stations = self.stations.code.tolist()
        for klass, each, called in _FORCES:
            first = int(f"{COUNTY}{klass}000001")
            for number in range(each * len(stations)):
                at = number // each
                name = f"{self.stations.name[at]}{called}{number % each + 1}"
                yield first + number, stations[at], at, name


def make_rescue(streets: Streets, rivers: Rivers, size: int, seed: int) -> Rescue:
    """Put stations near the centre of every second sub-district, then anywhere."""
    dry = _dry_lots(streets, rivers)
    count = min(len(dry), scaled(size, 10, 0.5))
    middle = block_corners(streets)[dry].mean(axis=1)
    away = [np.hypot(*(middle - centre).T).argmin() for centre in centre_points()[::2]]
    others = dice(seed, "rescue stations").permutation(len(dry))
    chosen = dry[np.array(list(dict.fromkeys([*map(int, away), *others.tolist()]))[:count])]
    names = [f"{streets.road_name[road]}救援站" for road in streets.block_road[chosen].tolist()]
    kinds = ["fire" if number % 2 == 0 else "flood" for number in range(len(chosen))]
    numbered = [f"{name}{number}" for number, name in enumerate(names, start=1)]
    return Rescue(Places("8704", _lots(streets, chosen), numbered, kinds))


def _dry_lots(streets: Streets, rivers: Rivers) -> Ints:
    """Return the blocks in whose corner a station stands clear of the water."""
    every = np.arange(len(streets.block))
    wet = shapely.STRtree(rivers.all_water()).query(_lots(streets, every), "intersects")[0]
    return np.setdiff1d(every, wet)


def _lots(streets: Streets, block: Ints) -> Shapes:
    corners = block_corners(streets)[block]
    side = block_sides(corners)
    low = np.array(_AWAY_FROM_CORNER_M) / side
    return rectangles(corners, low, low + np.array(_STATION_M) / side)
