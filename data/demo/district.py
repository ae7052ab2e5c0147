"""The demo district: Guangming's place and names, everything else made from a seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from data.demo.buildings import Buildings, make_buildings
from data.demo.devices import instrument_count, make_instruments
from data.demo.drainage import (
    Drainage,
    drainage_entities,
    drainage_relations,
    make_drainage,
    make_network,
)
from data.demo.geography import CRS, county, sub_districts
from data.demo.network import DemoDevice, DrainageNetwork
from data.demo.places import (
    Places,
    construction_sites,
    monitored_areas,
    pumping_stations,
    slopes,
)
from data.demo.protected import Protected, make_protected
from data.demo.rescue import Rescue, make_rescue
from data.demo.rivers import make_rivers, river_entities, river_relations
from data.demo.stands import Surroundings
from data.demo.streets import make_streets, street_entities, street_relations
from data.registry import EntityChange, NewName, NewRelation

SMALLEST = 2_000
_WATER_MARGIN_M = 8.0


class DistrictTooSmallError(ValueError):
    """A size at which rivers and sensors leave no room for a city. Ask for a larger one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A whole district, with the truth about what each sensor watches.

    Attributes:
        entities: everything that has a code, sensors and cameras included.
        names: further names: official codes, MQTT and ONVIF identifiers.
        relations: what is part of what and what flows where; never what a sensor watches, which
            is for linking to find.
        network: the water system as arrays.
        devices: sensors and cameras with their true targets.
        sub_districts: the six sub-districts, which are among ``entities`` too.
        crs: of every coordinate.
    """

    entities: list[EntityChange]
    names: list[NewName]
    relations: list[NewRelation]
    network: DrainageNetwork
    devices: list[DemoDevice]
    sub_districts: list[EntityChange]
    crs: str = CRS


def make_district(*, size: int = 30_000, seed: int = 20260521) -> District:
    """Make the district; the same size and seed give the same district.

    Args:
        size: number of entities in all.
        seed: of every random choice.

    Raises:
        DistrictTooSmallError: ``size`` is below 2,000.
    """
    if size < SMALLEST:
        raise DistrictTooSmallError(f"size {size!r}: expected at least {SMALLEST}")
    areas = sub_districts()
    whole = _whole(size, seed)
    around = whole.around
    things = [*_things(around), *_further(whole)]
    watchable = {entity.code: str(entity.name) for entity in things}
    instruments = make_instruments(around, watchable, areas, seed, size)
    own_areas = list(areas.entities())
    return District(
        entities=[county(), *own_areas, *things, *instruments.entities()],
        names=[*areas.names(), *instruments.names()],
        relations=[*_relations(around), *whole.rescue.relations()],
        network=make_network(around.drainage),
        devices=instruments.devices,
        sub_districts=own_areas,
    )


class _Whole(NamedTuple):
    """What sensors can watch, who comes when something happens, and where it matters most."""

    around: Surroundings
    rescue: Rescue
    protected: Protected


def _whole(size: int, seed: int) -> _Whole:
    rivers = make_rivers()
    drainage = make_drainage(rivers, make_streets(rivers, size, seed), size, seed)
    stations, wet_well = pumping_stations(drainage, size, seed)
    sites = construction_sites(drainage.streets, rivers, size, seed)
    hillsides = slopes(drainage.streets, rivers, size, seed)
    watched = monitored_areas(drainage, sites, size, seed)
    without = Surroundings(
        drainage, stations, wet_well, hillsides, sites.places, watched, Buildings.none()
    )
    rescue = make_rescue(drainage.streets, rivers, size, seed)
    whole = _Whole(without, rescue, make_protected(drainage.streets, rivers, hillsides, size))
    others = sum(1 for _ in (*_things(without), *_further(whole)))
    others += len(sub_districts().code) + instrument_count(size)
    yards = rescue.stations.geometry
    solid = (stations.geometry, hillsides.geometry, sites.places.geometry, yards)
    water = shapely.buffer(rivers.all_water(), _WATER_MARGIN_M)
    obstacles = np.concatenate([*solid, water])
    buildings = make_buildings(drainage.streets, obstacles, max(0, size - others), seed)
    return whole._replace(around=without._replace(buildings=buildings))


def _things(around: Surroundings) -> Iterator[EntityChange]:
    drainage = around.drainage
    yield from river_entities(drainage.rivers)
    low = drainage.sewers.section[drainage.hydraulics.underpass]
    yield from street_entities(drainage.streets, low)
    yield from drainage_entities(drainage)
    for places in _all_places(around):
        yield from places.entities()
    yield from around.buildings.entities()


def _further(whole: _Whole) -> Iterator[EntityChange]:
    yield from whole.rescue.entities()
    yield from whole.protected.entities()


def _all_places(around: Surroundings) -> Sequence[Places]:
    return around.stations, around.slopes, around.sites, around.areas


def _relations(around: Surroundings) -> Iterator[NewRelation]:
    drainage: Drainage = around.drainage
    yield from river_relations(drainage.rivers)
    yield from street_relations(drainage.streets)
    yield from drainage_relations(drainage)
    pumped = zip(around.stations.code.tolist(), around.wet_well.tolist(), strict=True)
    for station, well in pumped:
        reach = drainage.sewers.outfall_reach[drainage.sewers.tree[well]]
        into = int(drainage.rivers.reach_code[reach])
        yield NewRelation(station, "drains_to", into, "declared")
