"""Networks of drains to release something into: generated ones, and the demo district's."""

from functools import cache
from typing import NamedTuple

import numpy as np

from data.demo.drainage import make_drainage
from data.demo.drainage import make_network as demo_arrays
from data.demo.network import NodeKind
from data.demo.rivers import make_rivers
from data.demo.streets import make_streets
from spatial.networks.network import Floats, Ints, Network

_RIVER_M_S = 0.5
_MANHOLE_M3S = 0.0005
_REACH_M3S = 0.02


class Drains(NamedTuple):
    """A network, and what enters at each node in dry weather (float64[n], m3/s)."""

    network: Network
    inflow_m3s: Floats


@cache
def demo_drains(size: int = 30_000, seed: int = 1) -> Drains:
    """The drains and rivers of the demo district."""
    rivers = make_rivers()
    made = demo_arrays(make_drainage(rivers, make_streets(rivers, size, seed), size, seed))
    pipe = made.node_kind[made.link_from] == NodeKind.MANHOLE
    drop = np.where(pipe, 0.004 * made.link_length_m, np.nan)
    upper = made.invert_m[made.link_from]
    kinds = {NodeKind.RESERVOIR: "storage", NodeKind.OUTLET: "outfall"}
    network = Network(
        node_key=np.array([f"N{number}" for number in range(len(made.node_x))], object),
        node_kind=np.array(
            [kinds.get(NodeKind(kind), "junction") for kind in made.node_kind], object
        ),
        node_x=made.node_x,
        node_y=made.node_y,
        node_invert_m=made.invert_m,
        node_ground_m=made.ground_m,
        link_key=np.array([f"L{number}" for number in range(len(made.link_from))], object),
        link_kind=np.full(len(made.link_from), "conduit", object),
        link_from=made.link_from,
        link_to=made.link_to,
        link_directed=np.ones(len(made.link_from), np.bool_),
        link_length_m=made.link_length_m,
        link_diameter_m=np.where(pipe, made.link_full_depth_m, np.nan),
        link_invert_from_m=upper,
        link_invert_to_m=upper - drop,
        link_travel_s=np.where(pipe, np.nan, made.link_length_m / _RIVER_M_S),
    )
    inflow = np.where(made.node_kind == NodeKind.MANHOLE, _MANHOLE_M3S, _REACH_M3S)
    return Drains(network, inflow)


def grown_drains(count: int, seed: int, *, branching: float = 0.35) -> Drains:
    """A sewer of ``count`` manholes that grew upwards from one outfall.

    Args:
        count: manholes.
        seed: of the dice.
        branching: how often a new sewer begins at an old manhole instead of going on.
    """
    dice = np.random.default_rng([seed, 7])
    below = np.zeros(count, np.int64)
    heads = [0]
    for node in range(1, count):
        if dice.random() < branching:
            below[node] = dice.integers(0, node)
            heads.append(node)
        else:
            place = int(dice.integers(0, len(heads)))
            below[node], heads[place] = heads[place], node
    return _laid(below, dice)


def _laid(below: Ints, dice: np.random.Generator) -> Drains:
    count = len(below)
    length = dice.uniform(20, 60, count)
    slope = dice.uniform(0.002, 0.012, count)
    angle = dice.uniform(0, 2 * np.pi, count)
    x, y, invert = np.zeros(count), np.zeros(count), np.zeros(count)
    size = np.ones(count)
    for node in range(count - 1, 0, -1):
        size[below[node]] += size[node]
    for node in range(1, count):
        x[node] = x[below[node]] + length[node] * np.cos(angle[node])
        y[node] = y[below[node]] + length[node] * np.sin(angle[node])
        invert[node] = invert[below[node]] + length[node] * slope[node]
    link = np.arange(1, count)
    network = Network(
        node_key=np.array([f"MH-{number}" for number in range(count)], object),
        node_kind=np.array(["outfall"] + ["junction"] * (count - 1), object),
        node_x=x,
        node_y=y,
        node_invert_m=invert,
        node_ground_m=invert + 3.0,
        link_key=np.array([f"P-{number}" for number in link], object),
        link_kind=np.full(count - 1, "conduit", object),
        link_from=link,
        link_to=below[link],
        link_directed=np.ones(count - 1, np.bool_),
        link_length_m=length[link],
        link_diameter_m=(0.3 * size[link] ** 0.25).round(1).clip(0.3),
        link_invert_from_m=invert[link],
        link_invert_to_m=invert[below[link]],
        link_travel_s=np.full(count - 1, np.nan),
    )
    return Drains(network, dice.uniform(0.2, 1.2, count) * _MANHOLE_M3S)
