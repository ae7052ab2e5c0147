"""Everything that a run needs before its first minute, and the water's course over the minutes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import pi, sin

import numpy as np

from data.demo.network import DemoDevice, DrainageNetwork, NodeKind
from data.demo.storm.basin import Basin, Floats, Ints, prepare
from data.demo.storm.rain import Hyetograph, RainCell, Storm
from data.demo.storm.routing import Routing, Supply, Water, dry_weather_m3s

_MINUTE_S = 60.0
_DAY_MIN = 1440
_DAILY_SWING = 0.08  # of the dry-weather flow
_MOST_MIN = 8.0  # travel time from the release to its station
_FEWEST_LINKS = 3
_MOST_LINKS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A substance let into the water at one node.

    Attributes:
        node: index of the node.
        station: entity code of the water quality station that should see it first.
        mass_kg: all that is released, evenly over the time.
        from_minute: when it begins.
        to_minute: when it ends.
    """

    node: int
    station: int
    mass_kg: float
    from_minute: int = 10
    to_minute: int = 30

    def rate_kg_s(self, minute: int) -> float:
        """Return the rate in the minute that ends at ``minute``."""
        if not self.from_minute < minute <= self.to_minute:
            return 0.0
        return self.mass_kg / ((self.to_minute - self.from_minute) * _MINUTE_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A network made ready for a storm.

    Attributes:
        network: the drainage network, n nodes.
        basin: its geometry.
        routing: what moves the water.
        base_m3s: float64[n], dry-weather flow into each node.
        storm: the rain, or None for calm weather.
        roads: int64[r], codes of the road sections that can flood.
        road_node: int64[k], nodes that lie in a road.
        road_place: int64[k], index into ``roads`` of each of them.
    """

    network: DrainageNetwork
    basin: Basin
    routing: Routing
    base_m3s: Floats
    storm: Storm | None
    roads: Ints
    road_node: Ints
    road_place: Ints

    def rain_mm_h(self, minute: int, x: Floats, y: Floats) -> Floats:
        """Return the rain at places in the minute that ends at ``minute``, float64[k] in mm/h."""
        if self.storm is None:
            return np.zeros_like(x)
        return self.storm.rain_mm_h(minute - 0.5, x, y)

    def road_depth_m(self, water: Water) -> Floats:
        """Return the deepest ponded water on each road section, float64[r]."""
        depth = np.zeros(len(self.roads))
        ponded = self.basin.ponded_m(water.stored_m3)
        np.maximum.at(depth, self.road_place, ponded[self.road_node])
        return depth

    def flow(self, release: Release | None) -> Iterator[tuple[int, Water]]:
        """Yield minute and water from the steady state at minute 0 on, without end."""
        water = self.routing.steady(self.base_m3s)
        for minute in count():
            if minute:
                water = self.routing.step(water, self._supply(minute, release), _MINUTE_S)
            yield minute, water

    def _supply(self, minute: int, release: Release | None) -> Supply:
        network = self.network
        released = np.zeros_like(self.base_m3s)
        if release is not None:
            released[release.node] = release.rate_kg_s(minute)
        return Supply(
            rain_mm_h=self.rain_mm_h(minute, network.node_x, network.node_y),
            base_m3s=self.base_m3s * (1 + _DAILY_SWING * sin(2 * pi * minute / _DAY_MIN)),
            release_kg_s=released,
        )


def set_stage(
    network: DrainageNetwork, hyetograph: Hyetograph | None, cells: Sequence[RainCell] = ()
) -> Stage:
    """Prepare a network for a storm, or for calm weather where there is no hyetograph.

    Args:
        network: where it rains.
        hyetograph: how.
        cells: from where it rains; one cell that crosses the district where there are none.

    Raises:
        NetworkShapeError: the network is not a forest flowing downstream.
    """
    basin = prepare(network)
    first, *more = cells or [RainCell.crossing(network.node_x, network.node_y)]
    road_node = np.flatnonzero((network.road_code != 0) & (network.node_kind == NodeKind.MANHOLE))
    roads, road_place = np.unique(network.road_code[road_node], return_inverse=True)
    return Stage(
        network=network,
        basin=basin,
        routing=Routing.over(network, basin),
        base_m3s=dry_weather_m3s(network, basin),
        storm=Storm(hyetograph=hyetograph, cell=first, more=tuple(more)) if hyetograph else None,
        roads=roads,
        road_node=road_node,
        road_place=road_place,
    )


def choose_release(stage: Stage, devices: Sequence[DemoDevice]) -> Release | None:
    """Return where one kilogram is let in so that a station sees it soon, or None without one.

    Of all manholes above a station, at least three links and at most some minutes away, the one is
    taken with the largest pipe for the size of the station's reach, so that little substance is
    needed. Where none is like that, any node above a station may be taken.
    """
    stations = {d.node: d.code for d in sorted(devices, key=_by_code) if _on_river(stage, d)}
    if not stations:
        return None
    basin = stage.basin
    found, minutes, links = _way_to(basin, np.array(sorted(stations)))
    above = found >= 0
    near = above & basin.piped & (links >= _FEWEST_LINKS) & (minutes <= _MOST_MIN)
    candidates = np.flatnonzero(near if near.any() else above)
    if not len(candidates):
        return None
    strength = basin.capacity_m3s[candidates] / basin.area_m2[found[candidates]]
    node = int(candidates[np.argmax(strength)])
    return Release(node=node, station=stations[int(found[node])], mass_kg=1.0)


def _by_code(device: DemoDevice) -> int:
    return device.code


def _on_river(stage: Stage, device: DemoDevice) -> bool:
    on_node = device.klass == "8505" and device.node >= 0
    return on_node and stage.network.node_kind[device.node] == NodeKind.REACH


def _way_to(basin: Basin, goals: Ints) -> tuple[Ints, Floats, Ints]:
    """Return for each node the first goal downstream (or -1), minutes to it, and links to it."""
    size = len(basin.downstream)
    half_full_s = np.divide(
        0.5 * basin.rise_m * basin.area_m2,
        0.5 ** (5 / 3) * basin.capacity_m3s,
        out=np.full(size, np.inf),
        where=basin.capacity_m3s > 0,
    )
    here, found = np.arange(size), np.full(size, -1)
    minutes, links = np.zeros(size), np.zeros(size, dtype=np.int64)
    for _ in range(_MOST_LINKS):
        walking = (found < 0) & (basin.downstream[here] >= 0)
        minutes[walking] += half_full_s[here[walking]] / _MINUTE_S
        links[walking] += 1
        here = np.where(walking, basin.downstream[here], here)
        arrived = walking & np.isin(here, goals)
        found[arrived] = here[arrived]
    return found, minutes, links
