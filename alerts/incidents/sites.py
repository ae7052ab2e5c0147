"""Where alerts are: in the plane, in a building, in the network; without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self, TypedDict

import numpy as np
from scipy.spatial import cKDTree

from alerts.incidents.forest import Forest
from alerts.incidents.linking import Neighbours
from alerts.incidents.members import NOWHERE, Floats, Ints
from alerts.incidents.neighbours import neighbours
from spatial.networks.catchments import Catchments, drains_to
from spatial.networks.graph import Graph

ON_NETWORK = frozenset({"8202", "8203", "8302", "2115", "0102", "0103"})
"""Classes that are nodes of the network themselves."""


class Place(NamedTuple):
    """Where an alert is: the columns of ``Members`` of that name, and the class of its thing."""

    klass: str
    x: float
    y: float
    building: int
    catchment: int
    root: int
    enter: int
    leave: int
    way_m: float
    way_s: float
    gauge: int
    nearest: int


class Site(NamedTuple):
    """What an alert is about, and the device that noticed it, 0 where there is none."""

    entity: int
    device: int


class Thing(NamedTuple):
    """What the register knows of a thing.

    Attributes:
        klass: the four digits of its class.
        x: easting of a point on it, metres; NaN where nobody knows.
        y: northing.
        node: code of the node that it drains to, or that a pipe begins at; 0 for none.
        building: code of the building that it is in, -1 for none.
    """

    klass: str
    x: float
    y: float
    node: int
    building: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A network with its land and its rain gauges, on which alerts find their places.

    Attributes:
        graph: of the network.
        forest: its main ways.
        catchments: the land that drains to it.
        gauge: number of each rain gauge by its code.
        gauges: float64[g, 2], their places.
        neighbours: which of them have no other one between them.
    """

    graph: Graph
    forest: Forest
    catchments: Catchments
    gauge: Mapping[int, int]
    gauges: Floats
    neighbours: Neighbours

    @classmethod
    def of(
        cls, graph: Graph, catchments: Catchments, gauges: Mapping[int, tuple[float, float]]
    ) -> Self:
        """Return the ground; gauges are places by code, metres."""
        spots = np.array(list(gauges.values()), np.float64).reshape(-1, 2)
        return cls(
            graph=graph,
            forest=Forest.of(graph),
            catchments=catchments,
            gauge={code: number for number, code in enumerate(gauges)},
            gauges=spots,
            neighbours=neighbours(spots),
        )

    def places(self, sites: Sequence[Site], things: Mapping[int, Thing]) -> dict[Site, Place]:
        """Return the places of alerts; things are those that the sites name, by code."""
        nodes = self._nodes(sites, things)
        spots = np.array([_spot(site, things) for site in sites], np.float64).reshape(-1, 2)
        unknown = np.flatnonzero((nodes < 0) & np.isfinite(spots).all(axis=1))
        if len(unknown):
            where = spots[unknown].T
            nodes[unknown] = drains_to(self.graph.network, self.catchments, *where).node
        rows = zip(sites, spots.tolist(), nodes.tolist(), self._nearest(spots), strict=True)
        return {
            site: Place(
                klass=things[site.entity].klass if site.entity in things else "",
                x=x,
                y=y,
                building=things[site.entity].building if site.entity in things else NOWHERE,
                **_in_network(self.forest, node),
                gauge=self.gauge.get(site.device, NOWHERE),
                nearest=nearest,
            )
            for site, (x, y), node, nearest in rows
        }

    def _nearest(self, spots: Floats) -> list[int]:
        """Return the number of the gauge nearest to each place, -1 where there is none."""
        found = np.full(len(spots), NOWHERE, np.int64)
        placed = np.isfinite(spots).all(axis=1)
        if len(self.gauges) and placed.any():
            found[placed] = np.asarray(cKDTree(self.gauges).query(spots[placed])[1])
        return found.tolist()

    def _nodes(self, sites: Sequence[Site], things: Mapping[int, Thing]) -> Ints:
        codes = (_node_code(site.entity, things) for site in sites)
        at = self.graph.positions
        return np.array([at.get(str(code), NOWHERE) for code in codes], np.int64)


def _node_code(entity: int, things: Mapping[int, Thing]) -> int:
    thing = things.get(entity)
    if thing is None:
        return 0
    return entity if thing.klass in ON_NETWORK else thing.node


def _spot(site: Site, things: Mapping[int, Thing]) -> tuple[float, float]:
    """Return the place of the device, which is more exact than the middle of a long road."""
    for code in (site.device, site.entity):
        thing = things.get(code)
        if thing is not None and np.isfinite(thing.x):
            return thing.x, thing.y
    return np.nan, np.nan


class _InNetwork(TypedDict):
    catchment: int
    root: int
    enter: int
    leave: int
    way_m: float
    way_s: float


def _in_network(forest: Forest, node: int) -> _InNetwork:
    if node < 0:
        nowhere = NOWHERE
        return _InNetwork(
            catchment=nowhere, root=nowhere, enter=nowhere, leave=nowhere, way_m=0.0, way_s=0.0
        )
    return _InNetwork(
        catchment=int(forest.catchment[node]),
        root=int(forest.root[node]),
        enter=int(forest.enter[node]),
        leave=int(forest.leave[node]),
        way_m=float(forest.way_m[node]),
        way_s=float(forest.way_s[node]),
    )
