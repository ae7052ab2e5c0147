"""Where sensors and cameras stand: each really near what it watches, none placed for linking."""

from typing import NamedTuple, Self

import numpy as np
import shapely

from data.demo.arrays import Floats, Ints, Shapes, points
from data.demo.buildings import Buildings
from data.demo.drainage import Drainage
from data.demo.geography import inside, metres
from data.demo.places import Places

_TRIES = 40
MEASURING = ("monitors", "watches")
"""The relations of a sensor to what it measures and of a camera to what it watches."""


class Spots(NamedTuple):
    """Places of sensors (n) with the truth about each.

    Attributes:
        place: float64[n, 2].
        target: int64[n], entity code or 0.
        node: int64[n], index in the drainage network or -1.
        link: int64[n], index in the drainage network or -1.
    """

    place: Floats
    target: Ints
    node: Ints
    link: Ints

    @classmethod
    def of(
        cls,
        place: Floats,
        target: Ints | None = None,
        node: Ints | None = None,
        link: Ints | None = None,
    ) -> Self:
        """Fill what is not given with 0 and -1."""
        none = np.full(len(place), -1, np.int64)
        return cls(
            place,
            np.zeros(len(place), np.int64) if target is None else target,
            none if node is None else node,
            none if link is None else link,
        )

    def joined(self, more: "Spots") -> "Spots":
        """Return these spots and ``more`` behind them."""
        return Spots(*(np.concatenate(pair) for pair in zip(self, more, strict=True)))


class Surroundings(NamedTuple):
    """Everything that a sensor can watch."""

    drainage: Drainage
    stations: Places
    wet_well: Ints
    slopes: Places
    sites: Places
    areas: Places
    buildings: Buildings

    def shapes_of(self, klass: str) -> Shapes:
        """Return all shapes of a class, none of a class that the district lacks."""
        drainage = self.drainage
        places = {p.klass: p.geometry for p in (self.stations, self.slopes, self.sites, self.areas)}
        shapes = {
            "0103": points(drainage.sewers.place),
            "8101": self.buildings.geometry,
            "8202": drainage.rivers.water,
            "8203": drainage.rivers.reservoir,
            "8301": drainage.pipe_lines()[drainage.pipe_code > 0],
            "8302": points(drainage.sewers.outfall_place),
            "8303": drainage.catchments.geometry,
            "8402": drainage.streets.surface,
            **places,
        }
        return shapes.get(klass, np.empty(0, object))


def at_river_banks(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Stand on the bank of a reach, up to eight metres from the water."""
    rivers = around.drainage.rivers
    reach = _turns(rng, len(rivers.reach_line), count)
    at = rng.uniform(0.05, 0.95, count)
    aside = rivers.width_m[reach] / 2 + rng.uniform(0, 8, count)
    place = _along(rivers.reach_line[reach], at, rng.choice([-1.0, 1.0], count) * aside)
    node = len(around.drainage.sewers.place) + reach
    return Spots.of(place, rivers.reach_code[reach], node, node)


def at_reservoirs(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Stand on the shore of a reservoir."""
    rivers = around.drainage.rivers
    lake = _turns(rng, len(rivers.reservoir), count)
    shore = shapely.boundary(rivers.reservoir[lake])
    at = shapely.line_interpolate_point(shore, rng.uniform(0, 1, count), normalized=True)
    place = _beside(shapely.get_coordinates(at), rng, 8.0)
    node = len(around.drainage.sewers.place) + len(rivers.reach_line) + lake
    return Spots.of(place, rivers.reservoir_code[lake], node, node)


def beside_roads(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Stand at the kerb near a manhole, in every underpass first."""
    drainage = around.drainage
    low = drainage.hydraulics.underpass
    others = np.setdiff1d(np.flatnonzero(drainage.sewers.amid_section), low)
    chosen = np.concatenate([low, others[_turns(rng, len(others), count)]])[:count]
    section = drainage.sewers.section[chosen]
    line = drainage.streets.between[section]
    here = shapely.line_locate_point(line, points(drainage.sewers.place[chosen]))
    share = np.clip(here + rng.uniform(-10, 10, count), 0, shapely.length(line))
    half = drainage.streets.width_m[section] / 2
    aside = rng.choice([-1.0, 1.0], count) * (half + rng.uniform(-1, 2, count))
    place = _along(line, share / shapely.length(line), aside)
    return Spots.of(place, drainage.streets.section_code[section], chosen)


def in_catchments(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Stand anywhere in a catchment."""
    catchments = around.drainage.catchments
    chosen = _turns(rng, len(catchments.head), count)
    return Spots.of(_inside(catchments.geometry[chosen], rng), catchments.code[chosen])


def at_manholes(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Hang in a manhole; the place is as good as a surveyor's receiver, one metre."""
    drainage = around.drainage
    chosen = _turns(rng, len(drainage.sewers.place), count)
    place = _beside(drainage.sewers.place[chosen], rng, 1.0)
    return Spots.of(place, drainage.manhole_code[chosen], chosen)


def at_pipes(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Sit in a pipe, anywhere along it."""
    drainage = around.drainage
    piped = np.flatnonzero(drainage.pipe_code)
    chosen = piped[_turns(rng, len(piped), count)]
    line = drainage.pipe_lines()[chosen]
    place = _along(line, rng.uniform(0.1, 0.9, count), rng.uniform(-1, 1, count))
    return Spots.of(place, drainage.pipe_code[chosen], chosen, chosen)


def at_outfalls(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Stand behind an outfall, on the land side."""
    sewers = around.drainage.sewers
    chosen = _turns(rng, len(sewers.outfall_place), count)
    chamber = sewers.chamber[chosen]
    outfall = sewers.outfall_place[chosen]
    inland = sewers.place[chamber] - outfall
    behind = inland / np.hypot(*inland.T)[:, None] * rng.uniform(0, 6, count)[:, None]
    return Spots.of(outfall + behind, around.drainage.outfall_code[chosen], chamber, chamber)


def at_pumps(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Stand in a pumping station; the node is its wet well."""
    chosen = _turns(rng, len(around.stations.geometry), count)
    place = _inside(around.stations.geometry[chosen], rng)
    return Spots.of(place, around.stations.code[chosen], around.wet_well[chosen])


def on_slopes(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Stand on a slope."""
    return _in_places(around.slopes, rng, count)


def on_sites(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Stand at the fence of a construction site, up to eight metres off."""
    chosen = _turns(rng, len(around.sites.geometry), count)
    fence = shapely.boundary(around.sites.geometry[chosen])
    at = shapely.line_interpolate_point(fence, rng.uniform(0, 1, count), normalized=True)
    place = _beside(shapely.get_coordinates(at), rng, 8.0)
    return Spots.of(place, around.sites.code[chosen])


def in_buildings(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Hang in a building."""
    chosen = _turns(rng, len(around.buildings.geometry), count)
    place = _inside(around.buildings.geometry[chosen], rng)
    return Spots.of(place, around.buildings.code[chosen])


def in_areas(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Stand in a monitored area."""
    return _in_places(around.areas, rng, count)


def over_roads(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Stand on a pole at the side of a road section, anywhere along it."""
    streets = around.drainage.streets
    chosen = _turns(rng, len(streets.line), count)
    aside = streets.width_m[chosen] / 2 + rng.uniform(-2, 3, count)
    side = rng.choice([-1.0, 1.0], count)
    place = _along(streets.between[chosen], rng.uniform(0, 1, count), side * aside)
    return Spots.of(place, streets.section_code[chosen])


def nowhere(around: Surroundings, rng: np.random.Generator, count: int) -> Spots:
    """Stand anywhere in the district and belong to nothing."""
    del around
    places = metres(rng.uniform((0, 0), (16, 14), (20 * count, 2)))
    return Spots.of(places[inside(places)][:count])


def _in_places(places: Places, rng: np.random.Generator, count: int) -> Spots:
    chosen = _turns(rng, len(places.geometry), count)
    return Spots.of(_inside(places.geometry[chosen], rng), places.code[chosen])


def _turns(rng: np.random.Generator, choices: int, count: int) -> Ints:
    """Return ``count`` indices, each one once before any comes twice."""
    rounds = max(1, -(-count // choices))
    return np.concatenate([rng.permutation(choices) for _ in range(rounds)])[:count]


def _beside(place: Floats, rng: np.random.Generator, radius_m: float) -> Floats:
    turn = rng.uniform(0, 2 * np.pi, len(place))
    away = rng.uniform(0, radius_m, len(place))
    offset = away[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    return np.asarray(place + offset, np.float64)


def _along(line: Shapes, share: Floats, aside_m: Floats) -> Floats:
    """Return points at ``share`` (0..1) of each line, ``aside_m`` to its left."""
    at = share * shapely.length(line)
    here = shapely.get_coordinates(shapely.line_interpolate_point(line, at))
    before = shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(at - 1, 0)))
    after = shapely.get_coordinates(shapely.line_interpolate_point(line, at + 1))
    ahead = (after - before) / np.hypot(*(after - before).T)[:, None]
    left = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    return np.asarray(here + aside_m[:, None] * left, np.float64)


def _inside(shapes: Shapes, rng: np.random.Generator) -> Floats:
    """Return a random point of each polygon, or one on its surface after many misses."""
    place = shapely.get_coordinates(shapely.point_on_surface(shapes))
    bounds = shapely.bounds(shapes)
    missing = np.arange(len(shapes))
    for _ in range(_TRIES):
        low, high = bounds[missing, :2], bounds[missing, 2:]
        thrown = low + rng.random((len(missing), 2)) * (high - low)
        hit = shapely.contains_xy(shapes[missing], thrown[:, 0], thrown[:, 1])
        place[missing[hit]] = thrown[hit]
        missing = missing[~hit]
    return place
