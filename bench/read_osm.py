"""Counts the features of an OSM extract and hands them over, beside libosmium walking over it.

The bare library reads the file, looks up the places of nodes and assembles the areas, and nothing
is done with what comes. The reader also looks through the blocks, tells features from the rest and
makes their shapes. GDAL's driver reads its five layers beside them. Each is timed in a process of
its own, so that the memory of one is not counted for the other. The extract is made of streets
and houses of a grid, numbered like real ones, far apart.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import osmium
import pyogrio
from osmium.osm.mutable import Node, Relation, Way

from spatial.models import Element, inspect, silent
from spatial.models.osm.format import OSM_PBF

_LIMIT = 4.0
_STEP_DEG = 0.0005
_HOUSE_DEG = 0.0001
_STRIDE = 997
_CORNERS = 8
"""Of an L-shaped house; the last one is the first."""
_OUTLINE = ((0, 0), (3, 0), (3, 1), (2, 1), (2, 2), (1, 2), (0, 2))


class Report(NamedTuple):
    """Figures of one run; ratios are to the bare library. Memory is above that of the start."""

    houses: int
    file_mb: float
    osmium_s: float
    inspect_s: float
    inspect_mb: int
    open_s: float
    open_mb: int
    gdal_s: float
    gdal_mb: int
    inspect_ratio: float
    open_ratio: float
    limit: float


class _Member(NamedTuple):
    type: str
    ref: int
    role: str


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--houses", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "city.osm.pbf"
        _apart(write_city, path, options.houses)
        report = _report(path, options.houses)
    if options.json:
        print(json.dumps(report._asdict()))
        return
    for name, figure in report._asdict().items():
        print(f"{name:14} {figure:>12,}")


def _report(path: Path, houses: int) -> Report:
    bare_s, _ = _apart(_bare, path)
    inspect_s, inspect_mb = _apart(_inspect, path)
    open_s, open_mb = _apart(_open, path)
    gdal_s, gdal_mb = _apart(_gdal, path)
    return Report(
        houses=houses,
        file_mb=round(path.stat().st_size / 1024**2, 1),
        osmium_s=round(bare_s, 2),
        inspect_s=round(inspect_s, 2),
        inspect_mb=inspect_mb,
        open_s=round(open_s, 2),
        open_mb=open_mb,
        gdal_s=round(gdal_s, 2),
        gdal_mb=gdal_mb,
        inspect_ratio=round(inspect_s / bare_s, 2),
        open_ratio=round(open_s / bare_s, 2),
        limit=_LIMIT,
    )


def write_city(path: Path, houses: int) -> None:
    """Write houses in rows of a thousand, with a street before each ten and some courtyards."""
    with osmium.SimpleWriter(str(path)) as writer:
        for each in (*_nodes(houses), *_ways(houses), *_courtyards(houses)):
            writer.add(each)


def _nodes(houses: int) -> Iterator[Node]:
    # No two houses of a city stand alike, and GDAL refuses what packs as well as that.
    apart = np.random.default_rng(440311).uniform(0, _HOUSE_DEG / 2, (houses, _CORNERS, 2))
    for house, shifts in enumerate(apart.tolist()):
        west = 113.8 + house % 1000 * _STEP_DEG
        south = 22.4 + house // 1000 * _STEP_DEG
        for corner, (x, y) in enumerate(_OUTLINE):
            east, north = shifts[corner]
            place = (west + x * _HOUSE_DEG + east, south + y * _HOUSE_DEG + north)
            yield Node(id=_node(house, corner), location=place)
        tags = {"natural": "tree"} if house % 3 == 0 else {}
        place = (west + shifts[-1][0], south - _HOUSE_DEG)
        yield Node(id=_node(house, len(_OUTLINE)), location=place, tags=tags)


def _ways(houses: int) -> Iterator[Way]:
    for house in range(houses):
        ring = [_node(house, corner) for corner in (*range(len(_OUTLINE)), 0)]
        levels = str(house % 30 + 1)
        tags = {"building": "yes", "building:levels": levels, "name": f"光明 {house} 栋"}
        yield Way(id=house * 2 + 1, nodes=ring, tags=tags if house % 50 else {})
        if house % 10 == 0:
            street = [_node(each, len(_OUTLINE)) for each in range(house, min(house + 11, houses))]
            yield Way(id=house * 2 + 2, nodes=street, tags={"highway": "residential"})


def _courtyards(houses: int) -> Iterator[Relation]:
    for house in range(0, houses, 50):
        member: Any = _Member("w", house * 2 + 1, "outer")
        tags = {"type": "multipolygon", "building": "yes"}
        yield Relation(id=house + 1, members=[member], tags=tags)


def _node(house: int, corner: int) -> int:
    return (house * _CORNERS + corner) * _STRIDE + 1


def _apart(work: Callable[..., None], path: Path, *options: int) -> tuple[float, int]:
    """Return seconds and MB of memory that the work needed in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, path, *options))


def _measured(work: Callable[..., None], path: Path, *options: int) -> tuple[float, int]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    work(path, *options)
    elapsed = time.perf_counter() - started
    return elapsed, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024


def _bare(path: Path) -> None:
    for _ in osmium.FileProcessor(str(path)).with_areas():
        pass


def _inspect(path: Path) -> None:
    found = inspect(path)
    if found.error is not None or not found.counts:
        raise RuntimeError(f"{asdict(found)}: expected counts")


def _open(path: Path) -> None:
    if OSM_PBF.open is None:
        raise RuntimeError("nothing opens an extract")
    for each in OSM_PBF.open(path).elements(silent):
        if not isinstance(each, Element):
            raise RuntimeError(f"{each!r}: expected an element")  # noqa: TRY004 - a broken bench


def _gdal(path: Path) -> None:
    warnings.simplefilter("ignore")
    for layer, _ in pyogrio.list_layers(path):
        pyogrio.raw.read(path, layer=layer)


if __name__ == "__main__":
    main()
