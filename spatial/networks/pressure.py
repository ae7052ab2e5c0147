"""Which pipes run under pressure: those that say so, and the rising mains of pumps."""

from collections.abc import Container
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.networks.network import Floats, Ints, Network, of_kind

PUMP = "pump"
"""Kind of links, and of nodes that are whole stations."""
_NONE = -1
_OPEN = ("outfall", "storage", "reservoir", "tank", "divider")
"""Kinds of nodes where water is open to the air: a rising main ends there at the latest."""


def under_pressure(network: Network) -> NDArray[np.bool_]:
    """Tell which conduits run under pressure, whatever their slope: bool[m].

    Those of which the network says so, and what lies below a pump: along a single line, which no
    gravity pipe joins, up to its highest point. From there on water can run by its own weight.
    """
    known = network.link_pressure
    found = known.copy() if len(known) else np.zeros(len(network), np.bool_)
    starts = _discharges(network)
    if len(starts):
        found[_mains(network, starts.tolist())] = True
    return np.asarray(found & (network.link_kind == "conduit"), np.bool_)


def levels_m(network: Network, level_m: Floats, node: Ints) -> Floats:
    """Return the level of one end of each link, else that of its node's bottom: float64[m]."""
    if not len(network.node_key):
        return level_m
    bottom = np.where(node >= 0, network.node_invert_m[node], np.nan)
    return np.where(np.isfinite(level_m), level_m, bottom)


def _discharges(network: Network) -> Ints:
    """Return the nodes that pumps deliver to, and pumping stations: int64[k]."""
    heads = network.link_to[(network.link_kind == PUMP) & (network.link_to >= 0)]
    return np.unique(np.concatenate([heads, np.flatnonzero(network.node_kind == PUMP)]))


class _Lines(NamedTuple):
    """The single lines of a network (n nodes).

    Attributes:
        after: int64[n], the node that the only conduit out of a node leads to, -1 where there is
            none or another way out.
        via: int64[n], that conduit.
        rises_to: float64[m], level of the lower end of each link; -inf where it is not known.
        tails: the nodes from which conduits lead to a node, by that node.
    """

    after: Ints
    via: Ints
    rises_to: Floats
    tails: dict[int, list[int]]

    @classmethod
    def of(cls, network: Network) -> "_Lines":
        count = len(network.node_key)
        joined = (network.link_from >= 0) & (network.link_to >= 0)
        ways = np.bincount(network.link_from[joined], minlength=count)
        links = np.flatnonzero(joined & network.link_directed & (network.link_kind == "conduit"))
        tail, head = network.link_from[links], network.link_to[links]
        single = (ways[tail] == 1) & ~of_kind(network.node_kind[tail], _OPEN)
        after, via = np.full((2, count), _NONE)
        after[tail[single]], via[tail[single]] = head[single], links[single]
        level = levels_m(network, network.link_invert_to_m, network.link_to)
        tails: dict[int, list[int]] = {}
        for one, other in zip(tail.tolist(), head.tolist(), strict=True):
            tails.setdefault(other, []).append(one)
        return cls(after, via, np.where(np.isfinite(level), level, -np.inf), tails)


def _mains(network: Network, starts: list[int]) -> list[int]:
    """Return the conduits from each start up to the highest point of its line: links."""
    lines = _Lines.of(network)
    pumped: set[int] = set()
    for start in starts:
        pumped.update(_run(lines, start, pumped, None))
    crests: dict[int, tuple[float, int]] = {}
    upper = levels_m(network, network.link_invert_from_m, network.link_from)
    marked: set[int] = set()
    for start in starts:
        _find_crests(lines, _run(lines, start, crests, pumped), crests)
        height, crest = crests.get(start, (-np.inf, _NONE))
        # Water that is pumped to where it only runs downhill is under no pressure.
        if np.isfinite(height) and not height <= upper[lines.via[start]]:
            _mark(lines, start, crest, marked)
    return sorted(marked)


def _run(
    lines: _Lines, start: int, met: Container[int], pumped: Container[int] | None
) -> dict[int, None]:
    """Return the nodes of a line from which it goes on, in order.

    It ends at a node that was met, and if ``pumped`` says which nodes mains lead out of, where
    another pipe than a main joins.
    """
    run: dict[int, None] = {}
    node = start
    while lines.after[node] != _NONE and node not in met and node not in run:
        if pumped is not None and any(one not in pumped for one in lines.tails.get(node, ())):
            break
        run[node] = None
        node = int(lines.after[node])
    return run


def _find_crests(lines: _Lines, run: dict[int, None], crests: dict[int, tuple[float, int]]) -> None:
    """Note the highest level on the line after each node of a run, and the node before it."""
    for node in reversed(run):
        own = float(lines.rises_to[lines.via[node]]), node
        ahead = crests.get(int(lines.after[node]), (-np.inf, _NONE))
        crests[node] = ahead if ahead[0] > own[0] else own


def _mark(lines: _Lines, start: int, crest: int, marked: set[int]) -> None:
    """Mark the conduits up to a crest; from one that is marked on, they are."""
    node = start
    while (link := int(lines.via[node])) not in marked:
        marked.add(link)
        if node == crest:
            break
        node = int(lines.after[node])
