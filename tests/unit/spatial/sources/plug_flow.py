"""An explicit simulation of releases, cell by cell and step by step, to judge the ranking by.

Each pipe is a queue of cells that water pushes on as a plug; each manhole mixes what comes in, in a
volume of its own. Velocities differ from pipe to pipe and from what the ranking is told, and change
with the time of the day. Nothing of the ranking's own model of transport is used.
"""

from typing import NamedTuple

import numpy as np

from spatial.networks.network import Floats, Ints, Network
from spatial.networks.sources import Readings

STEP_S = 5.0
_CELL_S = 7.5
_DAY_S = 86_400.0


class Truth(NamedTuple):
    """What the ranking is not told: m links, n nodes.

    Attributes:
        travel_s: float64[m].
        share: float64[m], of the water of its upper node that each link takes.
        flow_m3s: float64[n].
        tank_m3: float64[n], volume in which each node mixes.
        swing: how far velocities and flows go up and down in a day.
    """

    travel_s: Floats
    share: Floats
    flow_m3s: Floats
    tank_m3: Floats
    swing: float = 0.2


class Releases(NamedTuple):
    """Releases (r): node, begin, duration, mass."""

    node: Ints
    start_s: Floats
    duration_s: Floats
    mass: Floats


class _Rows(NamedTuple):
    """Links (and nodes) below each release, one row for each release and link (or node)."""

    link: Ints
    tail: Ints
    head: Ints
    node: Ints
    release: Ints
    first: Ints


def simulate(
    network: Network, truth: Truth, releases: Releases, until_s: float, every_s: float = 60.0
) -> list[dict[int, Floats]]:
    """Return for each release the concentration at each node below it: float64[t] each."""
    rows = _rows(network, releases)
    cells = np.maximum(np.ceil(truth.travel_s[rows.link] / _CELL_S).astype(np.int64), 1)
    # What enters waits half a cell less in the mean: for the rest of the cell that it comes into.
    pace = STEP_S * (cells - 0.5) / np.maximum(truth.travel_s[rows.link], STEP_S)
    start = np.cumsum(cells) - cells
    queue, place, moved = (
        np.zeros(cells.sum()),
        np.zeros(len(cells), np.int64),
        np.zeros(len(cells)),
    )
    held = np.zeros(len(rows.node))
    share = truth.share[rows.link]
    rest_s = truth.tank_m3[rows.node] / truth.flow_m3s[rows.node]
    each, steps = round(every_s / STEP_S), round(until_s / STEP_S)
    record = np.zeros((len(rows.node), steps // each))
    entering = np.zeros(len(cells))
    for step in range(steps):
        time = step * STEP_S
        swing = 1 + truth.swing * np.sin(2 * np.pi * time / _DAY_S)
        moved += pace * swing
        go = np.flatnonzero(moved >= 1)
        moved[go] -= 1
        at = start[go] + place[go]
        coming = np.bincount(rows.head[go], queue[at], len(held)).astype(np.float64)
        queue[at] = 0.0
        on = (time >= releases.start_s) & (time < releases.start_s + releases.duration_s)
        coming[rows.first[on]] += (releases.mass / releases.duration_s)[on] * STEP_S
        held += coming
        leaving = held * -np.expm1(-STEP_S * swing / np.maximum(rest_s, 1e-9))
        held -= leaving
        # What enters waits in the cell that has just been emptied, or in the last one before it.
        place[go] = (place[go] + 1) % cells[go]
        entering = leaving[rows.tail] * share
        queue[start + (place - 1) % cells] += entering
        if step // each < record.shape[1]:
            # A mean over the interval: cells come in lumps, one more or less in a step.
            record[:, step // each] += leaving / (each * STEP_S * swing)
    return _by_release(rows, record / truth.flow_m3s[rows.node][:, None], len(releases.node))


def _rows(network: Network, releases: Releases) -> _Rows:
    leaving: list[list[int]] = [[] for _ in network.node_key]
    for link, tail in enumerate(network.link_from.tolist()):
        leaving[tail].append(link)
    links: list[tuple[int, int, int]] = []
    nodes: list[tuple[int, int]] = []
    first = []
    for release, origin in enumerate(releases.node.tolist()):
        place = {origin: len(nodes)}
        first.append(len(nodes))
        nodes.append((origin, release))
        waiting = [origin]
        while waiting:
            node = waiting.pop()
            for link in leaving[node]:
                below = int(network.link_to[link])
                if below not in place:
                    place[below] = len(nodes)
                    nodes.append((below, release))
                    waiting.append(below)
                links.append((link, place[node], place[below]))
    ways, places = np.array(links, np.int64).reshape(-1, 3), np.array(nodes, np.int64)
    return _Rows(ways[:, 0], ways[:, 1], ways[:, 2], places[:, 0], places[:, 1], np.array(first))


def _by_release(rows: _Rows, record: Floats, count: int) -> list[dict[int, Floats]]:
    found: list[dict[int, Floats]] = [{} for _ in range(count)]
    for row, (node, release) in enumerate(
        zip(rows.node.tolist(), rows.release.tolist(), strict=True)
    ):
        found[release][node] = record[row]
    return found


class Watch(NamedTuple):
    """Sensors (s): node, how often they read, and what they can see."""

    node: Ints
    every_s: Ints
    limit: float
    noise: float = 0.1
    missing: float = 0.05


def read(watch: Watch, seen: dict[int, Floats], steps: int, dice: np.random.Generator) -> Readings:
    """Return what sensors read of concentrations each minute, with noise and gaps."""
    node, time, value = [], [], []
    for sensor, every in zip(watch.node.tolist(), watch.every_s.tolist(), strict=True):
        minutes = np.arange(int(dice.integers(0, every // 60)), steps, every // 60)
        kept = minutes[dice.random(len(minutes)) >= watch.missing]
        true = seen[sensor][kept] if sensor in seen else np.zeros(len(kept))
        noisy = true * (1 + watch.noise * dice.standard_normal(len(kept)))
        node.append(np.full(len(kept), sensor))
        time.append(60.0 * (kept + 0.5))
        value.append(noisy + watch.limit / 4 * dice.standard_normal(len(kept)))
    return Readings(np.concatenate(node), np.concatenate(time), np.concatenate(value))
