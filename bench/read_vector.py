"""Reads buildings from a GeoPackage into the district's CRS, beside what pyogrio needs for less.

pyogrio only reads the rows and parses their shapes; the reader also transforms every coordinate,
checks areas of use, mends or refuses shapes and settles the types of the columns. Each is timed in
a process of its own, so that the memory of one is not counted for the other.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import shapely
from pyogrio import raw

from spatial.crs import CGCS2000, DISTRICT, transform
from spatial.files import Target, read

_SRID = 4547
_CORNERS = np.array([(0, 0), (24, 0), (24, 9), (15, 9), (15, 16), (0, 16), (0, 0)], float)
"""Metres: an L-shaped block, as many buildings are."""


@dataclass(frozen=True)
class Report:
    """Figures of one run; ``ratio`` is the reader by pyogrio. Memory is above that of the start."""

    polygons: int
    file_mb: int
    pyogrio_s: float
    pyogrio_mb: int
    reader_s: float
    reader_mb: int
    ratio: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polygons", type=int, default=300_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "buildings.gpkg"
        _apart(write_buildings, path, options.polygons)
        plain_s, plain_mb = _apart(_plain, path, options.polygons)
        reader_s, reader_mb = _apart(_reader, path, options.polygons)
        size = path.stat().st_size
    report = Report(
        polygons=options.polygons,
        file_mb=size // 1024**2,
        pyogrio_s=round(plain_s, 2),
        pyogrio_mb=plain_mb,
        reader_s=round(reader_s, 2),
        reader_mb=reader_mb,
        ratio=round(reader_s / plain_s, 2),
    )
    if options.json:
        print(json.dumps(asdict(report)))
        return
    for name, figure in asdict(report).items():
        print(f"{name:12} {figure:>12,}")


def _apart(work: Callable[[Path, int], None], path: Path, count: int) -> tuple[float, int]:
    """Return seconds and MB of memory that the work needed in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, path, count))


def _measured(work: Callable[[Path, int], None], path: Path, count: int) -> tuple[float, int]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    work(path, count)
    elapsed = time.perf_counter() - started
    return elapsed, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024


def write_buildings(path: Path, count: int) -> None:
    """Write a GeoPackage of ``count`` L-shaped buildings, longitude and latitude of CGCS2000."""
    chance = np.random.default_rng(440311)
    corners = chance.uniform((485_000, 2_505_000), (500_000, 2_525_000), (count, 2))
    places = (corners[:, None, :] + _CORNERS).reshape(-1, 2)
    shapes = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON,
        np.column_stack(transform(places[:, 0], places[:, 1], DISTRICT, CGCS2000)),
        (np.arange(count + 1) * len(_CORNERS), np.arange(count + 1)),
    )
    numbers = np.arange(count)
    columns = {
        "house": np.array([f"44031100{n:017}" for n in numbers], object),
        "name": np.array([f"光明街道 {n} 栋" for n in numbers], object),
        "height_m": chance.uniform(3, 100, count).round(1),
        "storeys": numbers % 33 + 1,
    }
    raw.write(
        path,
        shapely.to_wkb(shapes),
        list(columns.values()),
        list(columns),
        driver="GPKG",
        geometry_type="Polygon",
        crs=CGCS2000,
    )


def _plain(path: Path, count: int) -> None:
    _, _, wkb, _ = raw.read(path)
    if len(shapely.from_wkb(wkb)) != count:
        raise RuntimeError(f"{len(wkb)} shapes read, expected {count}")


def _reader(path: Path, count: int) -> None:
    table = read(path, to=Target(_SRID))
    if len(table.rows) != count:
        raise RuntimeError(f"{len(table.rows)} rows read, expected {count}: {table.refused[:3]}")


if __name__ == "__main__":
    main()
