"""Follows water through a generated network, beside scipy's bare breadth-first search.

The network is a district's worth of pipes: a tree that runs downhill to one outfall, with pipes
across that close loops, as real ones have. Traced are the whole network from its outfall upwards
(the longest trace that there is), the way down from its far end, and the same without loops; then
the outfalls of all nodes, a pipe cut off, and the land of the whole network. The bare search
visits the same nodes of the same matrix and knows neither distances nor times.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from scipy.sparse.csgraph import breadth_first_order

from spatial.networks.catchments import Catchments, drainage_area
from spatial.networks.closing import cut_off
from spatial.networks.graph import Graph, downstream, upstream
from spatial.networks.network import Network
from spatial.networks.outfalls import outfalls

_LIMIT_MS = 50
_SPACING_M = 30.0
_FALL = 0.003
_LOOPS = 0.02
"""Share of the pipes that close a loop."""
_ROUNDS = 15


@dataclass(frozen=True)
class Report:
    """Figures of one run, medians in milliseconds; ``ratio`` is the trace by the bare search."""

    pipes: int
    reached: int
    build_ms: float
    bare_ms: float
    upstream_ms: float
    upstream_worst_ms: float
    upstream_tree_ms: float
    upstream_pressure_ms: float
    downstream_ms: float
    outfalls_ms: float
    isolation_ms: float
    drainage_area_s: float
    limit_ms: int
    ratio: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pipes", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = _measured(options.pipes)
    if options.json:
        print(json.dumps(asdict(report)))
        return
    for name, figure in asdict(report).items():
        print(f"{name:22} {figure:>12,}")


def _measured(pipes: int) -> Report:
    loops = int(pipes * _LOOPS)
    started = time.perf_counter()
    graph = Graph.of(grown(pipes, loops))
    built = time.perf_counter() - started
    tree, mesh = Graph.of(grown(pipes, 0)), Graph.of(grown(pipes, loops, directed=False))
    far = int(upstream(graph, 0).node[-1])
    bare = _timed(lambda: breadth_first_order(graph.back.matrix, 0))
    looped = _timed(lambda: upstream(graph, 0))
    return Report(
        pipes=pipes,
        reached=len(upstream(graph, 0).node),
        build_ms=_ms(built),
        bare_ms=_ms(statistics.median(bare)),
        upstream_ms=_ms(statistics.median(looped)),
        upstream_worst_ms=_ms(max(looped)),
        upstream_tree_ms=_ms(statistics.median(_timed(lambda: upstream(tree, 0)))),
        upstream_pressure_ms=_ms(statistics.median(_timed(lambda: upstream(mesh, 0)))),
        downstream_ms=_ms(statistics.median(_timed(lambda: downstream(graph, far)))),
        outfalls_ms=_ms(statistics.median(_timed(lambda: outfalls(graph)))),
        isolation_ms=_ms(statistics.median(_timed(lambda: cut_off(graph, np.array([pipes // 2]))))),
        drainage_area_s=round(min(_timed(lambda: drainage_area(graph, Catchments(), 0), 3)), 2),
        limit_ms=_LIMIT_MS,
        ratio=round(statistics.median(looped) / statistics.median(bare), 1),
    )


def grown(pipes: int, loops: int, *, directed: bool = True) -> Network:
    """Return a network whose node 0 is the outfall: every other node has a pipe to a lower one.

    Nodes lie in a square, each drains to one of those that were there before and are near in the
    order of their making, and pipes across lead downhill too, so that water never goes round.
    """
    chance = np.random.default_rng(440311)
    count = pipes - loops + 1
    source = np.arange(1, count)
    parent = np.maximum(source - 1 - chance.geometric(1 / 40, count - 1), 0)
    across = chance.integers(2, count, loops)
    lower = np.maximum(across - 2 - chance.geometric(1 / 400, loops), 0)
    tail, head = np.concatenate([source, across]), np.concatenate([parent, lower])
    side = int(np.sqrt(count)) + 1
    place = np.arange(count, dtype=np.float64)
    length = chance.uniform(10, 60, len(tail)).round(1)
    level = place * _FALL
    return Network(
        node_key=np.array([f"N{at}" for at in range(count)], object),
        node_kind=np.array(["outfall", *["junction"] * (count - 1)], object),
        node_x=_SPACING_M * (place % side),
        node_y=_SPACING_M * (place // side),
        node_invert_m=level,
        node_ground_m=level + 3.0,
        link_key=np.array([f"P{at}" for at in range(len(tail))], object),
        link_kind=np.full(len(tail), "conduit", object),
        link_from=tail,
        link_to=head,
        link_directed=np.full(len(tail), directed),
        link_length_m=length,
        link_diameter_m=np.full(len(tail), 0.6),
        link_invert_from_m=level[tail],
        link_invert_to_m=level[head],
        link_travel_s=length / 0.9,
    )


def _timed(work: Callable[[], object], rounds: int = _ROUNDS) -> list[float]:
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return seconds


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


if __name__ == "__main__":
    main()
