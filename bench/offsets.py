"""Converts places of China from and to GCJ-02 and BD-09 beside the published formula in numpy.

The plain formula takes every sine for itself, over the whole array at once, and its inverse of one
step is a metre off; what is measured here shares sines and comes back to a fraction of a
millimetre. One thread; each figure is the best of several runs, taken in turns.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import permutations

import numpy as np

from spatial.crs import Floats
from spatial.offsets import Offset, convert
from spatial.offsets.china import EAST, NORTH, SOUTH, WEST

_FORWARD_LIMIT_S, _INVERSE_LIMIT_S = 3_000_000, 1_000_000
_MILLIMETRES_A_DEG = 111_320_000.0


@dataclass(frozen=True)
class Report:
    """Points a second; ``ratio`` is ours by the plain formula, ``worst_mm`` after there and back.

    ``worst_mm`` is of places that are in China, for each of the two systems and between them.
    """

    points: int
    plain_forward_s: int
    wgs84_gcj02_s: int
    wgs84_bd09_s: int
    gcj02_bd09_s: int
    forward_limit_s: int
    gcj02_wgs84_s: int
    bd09_wgs84_s: int
    bd09_gcj02_s: int
    inverse_limit_s: int
    ratio: float
    worst_mm: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chance = np.random.default_rng(440311)
    x, y = chance.uniform((WEST, SOUTH), (EAST, NORTH), (options.points, 2)).T.copy()
    places = {system: convert(x, y, Offset.WGS84, system) for system in Offset}
    works: dict[str, Callable[[], object]] = {"plain": lambda: _plain(x, y)}
    for source, target in permutations(Offset, 2):
        works[f"{source}_{target}"] = _work(places[source], source, target)
    rates = _rates(works, options.points, options.runs)
    report = Report(
        points=options.points,
        plain_forward_s=rates["plain"],
        **{f"{way}_s": rate for way, rate in rates.items() if way != "plain"},
        forward_limit_s=_FORWARD_LIMIT_S,
        inverse_limit_s=_INVERSE_LIMIT_S,
        ratio=round(rates["wgs84_gcj02"] / rates["plain"], 2),
        worst_mm=round(_worst_mm(places), 5),
    )
    if options.json:
        print(json.dumps(asdict(report)))
        return
    for name, figure in asdict(report).items():
        print(f"{name:16} {figure:>14,}")


def _work(places: tuple[Floats, Floats], source: Offset, target: Offset) -> Callable[[], object]:
    return lambda: convert(*places, source, target)


def _rates(works: dict[str, Callable[[], object]], points: int, runs: int) -> dict[str, int]:
    """Return points a second of the best run of each."""
    best = dict.fromkeys(works, np.inf)
    for _ in range(runs):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - started)
    return {name: round(points / seconds) for name, seconds in best.items()}


def _worst_mm(places: dict[Offset, tuple[Floats, Floats]]) -> float:
    """Return the farthest that a place lies from where it came from, all six ways."""
    misses = [
        np.abs(np.subtract(convert(*convert(*places[a], a, b), b, a), places[a])).max()
        for a, b in permutations(Offset, 2)
    ]
    return float(max(misses)) * _MILLIMETRES_A_DEG


def _plain(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Return GCJ-02 as wandergis/coordtransform writes it, with numpy's sine."""
    x, y, pi, sin = longitude - 105, latitude - 35, np.pi, np.sin
    fast = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += (fast + 20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += (fast + 20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    axis, squared = 6378245.0, 0.006693421622965943
    magic = 1 - squared * sin(np.radians(latitude)) ** 2
    root = np.sqrt(magic)
    north = north * 180 / (axis * (1 - squared) / (magic * root) * pi)
    east = east * 180 / (axis / root * np.cos(np.radians(latitude)) * pi)
    return longitude + east, latitude + north


if __name__ == "__main__":
    main()
