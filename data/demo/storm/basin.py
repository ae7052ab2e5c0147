"""The drainage network prepared for routing: what each node holds, and what its way out carries.

The forest gives every node at most one link downstream, so a link's flow is an array over nodes.
Routing is kinematic: what leaves a node depends on its own depth, not on the level downstream
(no backwater). What pipes hold is part of their manholes' storage area.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.demo.network import DrainageNetwork, NodeKind

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_RATING_EXPONENT = 5 / 3  # Manning, wide section; near enough for the lower half of a pipe
_PRESSURE_LIMIT = 1.5  # a pipe under pressure carries at most this share of its full discharge
_OVERBANK_LIMIT = 3.0
_SILL_SHARE = 0.6  # a reservoir spills above this share of its depth
_SPILL_DEPTH_M = 0.35  # deeper water on a road runs off along the street
_SPILL_WIDTH_M = 8.0
_WEIR = 1.7  # broad-crested weir, m^0.5/s
_SMALLEST_AREA_M2 = 0.5
_SMALLEST_DROP_M = 0.3


class NetworkShapeError(ValueError):
    """A drainage network that is not a forest flowing downstream. Correct the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basin:
    """The network's geometry over its n nodes.

    Attributes:
        downstream: int64[n], the node that each node drains to, -1 where it drains nowhere.
        link: int64[n], index of the link by which it drains, -1 where none.
        order: int64[n], nodes so that each comes before the one that it drains to.
        outlet: bool[n], whether water that arrives has left the district.
        piped: bool[n], whether it is a manhole.
        invert_m: float64[n], bottom level.
        area_m2: float64[n], plan area below the ground.
        pond_area_m2: float64[n], plan area above the ground.
        full_m3: float64[n], volume up to the ground.
        capacity_m3s: float64[n], discharge of the link when full, 0 without a link.
        sill_m: float64[n], depth below which nothing leaves.
        rise_m: float64[n], depth above the sill at which the link runs full.
        drop_m: float64[n], fall along the link.
    """

    downstream: Ints
    link: Ints
    order: Ints
    outlet: NDArray[np.bool_]
    piped: NDArray[np.bool_]
    invert_m: Floats
    area_m2: Floats
    pond_area_m2: Floats
    full_m3: Floats
    capacity_m3s: Floats
    sill_m: Floats
    rise_m: Floats
    drop_m: Floats

    def depth_m(self, volume_m3: Floats) -> Floats:
        """Return the depth of water, ponded water included, float64[n]."""
        return np.minimum(volume_m3, self.full_m3) / self.area_m2 + self.ponded_m(volume_m3)

    def level_m(self, volume_m3: Floats) -> Floats:
        """Return the level of the water, metres above datum, float64[n]."""
        return self.invert_m + self.depth_m(volume_m3)

    def ponded_m(self, volume_m3: Floats) -> Floats:
        """Return the depth of water above the ground, float64[n]."""
        return np.maximum(volume_m3 - self.full_m3, 0) / self.pond_area_m2

    def discharge_m3s(self, volume_m3: Floats) -> tuple[Floats, Floats]:
        """Return what the volumes drive out: through the link, and over ground along the street."""
        ponded = self.ponded_m(volume_m3)
        depth = self.depth_m(volume_m3)
        filled = np.maximum(depth - self.sill_m, 0) / self.rise_m
        open_flow = np.minimum(filled, _OVERBANK_LIMIT) ** _RATING_EXPONENT
        head = np.maximum(depth - self.sill_m - self.rise_m, 0) / self.drop_m
        pressed = np.minimum(np.sqrt(1 + head), _PRESSURE_LIMIT)
        through = self.capacity_m3s * np.where(self.piped & (filled > 1), pressed, open_flow)
        over = np.maximum(ponded - _SPILL_DEPTH_M, 0) * (self.piped & (self.link >= 0))
        return through, _WEIR * _SPILL_WIDTH_M * over * np.sqrt(over)


def prepare(network: DrainageNetwork) -> Basin:
    """Return the network's geometry, ready for routing.

    Raises:
        NetworkShapeError: a node drains two ways, or in a circle.
    """
    link = _way_out(network)
    linked = link >= 0
    downstream = np.where(linked, network.link_to[link], -1) if len(network.link_to) else link
    return Basin(
        downstream=downstream,
        link=link,
        order=_downstream_order(downstream),
        outlet=network.node_kind == NodeKind.OUTLET,
        piped=network.node_kind == NodeKind.MANHOLE,
        invert_m=network.invert_m,
        **_sections(network, link, downstream),
    )


def accumulate(basin: Basin, own: Floats) -> Floats:
    """Return float64[n]: each node's own amount and that of all nodes above it."""
    total = own.copy()
    for node in basin.order.tolist():
        if (below := basin.downstream[node]) >= 0:
            total[below] += total[node]
    return total


def _way_out(network: DrainageNetwork) -> Ints:
    nodes, counts = np.unique(network.link_from, return_counts=True)
    if (counts > 1).any():
        culprit = int(nodes[counts > 1][0])
        raise NetworkShapeError(f"node {culprit!r} has two links downstream, expected at most one")
    link = np.full(len(network.node_code), -1, dtype=np.int64)
    link[network.link_from] = np.arange(len(network.link_from))
    return link


def _downstream_order(downstream: Ints) -> Ints:
    waiting = np.bincount(downstream[downstream >= 0], minlength=len(downstream))
    order = np.flatnonzero(waiting == 0).tolist()
    for node in order:
        if (below := downstream[node]) >= 0:
            waiting[below] -= 1
            if not waiting[below]:
                order.append(int(below))
    if len(order) < len(downstream):
        culprit = int(np.flatnonzero(waiting)[0])
        raise NetworkShapeError(f"node {culprit!r} drains in a circle, expected a way to an outlet")
    return np.array(order, dtype=np.int64)


def _sections(network: DrainageNetwork, link: Ints, downstream: Ints) -> dict[str, Floats]:
    linked = link >= 0
    height = np.maximum(network.ground_m - network.invert_m, 0.1)
    area = np.maximum(network.storage_m2, _SMALLEST_AREA_M2)
    sill = np.where(network.node_kind == NodeKind.RESERVOIR, _SILL_SHARE * height, 0)
    below = network.invert_m[np.where(linked, downstream, 0)]
    return {
        "area_m2": area,
        "pond_area_m2": np.maximum(network.ponding_m2, area),
        "full_m3": area * height,
        "capacity_m3s": _of_link(network.link_capacity_m3s, link, 0.0),
        "sill_m": sill,
        "rise_m": np.minimum(_of_link(network.link_full_depth_m, link, 1.0), height - sill),
        "drop_m": np.maximum(np.where(linked, network.invert_m - below, 0), _SMALLEST_DROP_M),
    }


def _of_link(values: Floats, link: Ints, otherwise: float) -> Floats:
    out = np.full(len(link), otherwise)
    out[link >= 0] = values[link[link >= 0]]
    return out
