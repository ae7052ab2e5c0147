"""Imports buildings from a GeoPackage into an empty register, twice, beside a plain COPY of them.

The plain COPY only puts the same codes, names, shapes, heights and properties into one table
without an index; the import reads the file, checks every row, issues codes, writes entities, places
and names with their indexes, and the second one compares all of it with what stands. Each import
is timed in a process of its own. Needs private services: scripts/services up with
CITYTWIN_STATE_DIR set, and an empty register.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from bench.read_vector import write_buildings
from data.migrations import migrate
from twin.app import settings as app_settings
from twin.app.importing import ImportOrder, import_file

_MAP = """
model = "bench-buildings"
source = "bench"
key = { scheme = "house", column = "house" }
class = { value = "8101" }
fields = { name = "name", height_m = "height_m" }
properties = { storeys = "storeys" }
"""
_FIRST_S, _AGAIN_S, _PEAK_MB = 30.0, 10.0, 1024


@dataclass(frozen=True)
class Report:
    """Figures of one run; ``ratio`` is the first import by the plain COPY."""

    buildings: int
    first_s: float
    first_peak_mb: int
    again_s: float
    again_peak_mb: int
    plain_copy_s: float
    ratio: float


def main() -> None:
    """Measure, print, and warn of what is slower or larger than it shall be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, default=300_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    store_url = app_settings.load().store_url
    migrate(store_url)
    _require_empty(store_url)
    with tempfile.TemporaryDirectory() as folder:
        _apart(_make, Path(folder), options.buildings)
        first_s, first_mb = _apart(_import_all, Path(folder), options.buildings)
        again_s, again_mb = _apart(_import_nothing, Path(folder), options.buildings)
    plain_s = _plain_copy_s(store_url)
    report = Report(
        buildings=options.buildings,
        first_s=round(first_s, 1),
        first_peak_mb=first_mb,
        again_s=round(again_s, 1),
        again_peak_mb=again_mb,
        plain_copy_s=round(plain_s, 1),
        ratio=round(first_s / plain_s, 1),
    )
    if options.json:
        print(json.dumps(asdict(report)))
    else:
        for name, figure in asdict(report).items():
            print(f"{name:14} {figure:>10,}")
    _warn(report)


def _require_empty(store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        if connection.execute("SELECT FROM entity LIMIT 1").fetchone():
            sys.exit("the register holds entities: expected an empty one, of private services")


def _apart(work: Callable[[Path, int], None], folder: Path, count: int) -> tuple[float, int]:
    """Return seconds and peak MB of a process that does nothing else."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, folder, count))


def _measured(work: Callable[[Path, int], None], folder: Path, count: int) -> tuple[float, int]:
    started = time.perf_counter()
    work(folder, count)
    elapsed = time.perf_counter() - started
    return elapsed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _make(folder: Path, count: int) -> None:
    write_buildings(folder / "buildings.gpkg", count)
    (folder / "map.toml").write_text(_MAP, encoding="utf-8")


def _import_all(folder: Path, count: int) -> None:
    _import(folder, "created", count)


def _import_nothing(folder: Path, count: int) -> None:
    _import(folder, "unchanged", count)


def _import(folder: Path, outcome: str, count: int) -> None:
    order = ImportOrder(
        file=folder / "buildings.gpkg",
        mapping=folder / "map.toml",
        county="440311",
        dry_run=False,
        strict=True,
        actor="bench",
    )
    found = import_file(app_settings.load(), order, lambda *_: None, print).counts()
    if found[outcome] != count:
        raise RuntimeError(f"{found!r}: expected {count} {outcome}")


def _plain_copy_s(store_url: str) -> float:
    with psycopg.connect(store_url) as connection:
        rows = connection.execute(
            "SELECT code, name, ST_AsEWKB(geom), height_m, properties::text FROM entity"
        ).fetchall()
        connection.execute(
            "CREATE TEMP TABLE plain (code int8, name text, geom geometry, height_m float8,"
            " properties jsonb)"
        )
        started = time.perf_counter()
        with connection.cursor().copy("COPY plain FROM STDIN") as copy:
            for code, name, shape, height_m, properties in rows:
                copy.write_row((code, name, shape.hex(), height_m, properties))
        return time.perf_counter() - started


def _warn(report: Report) -> None:
    if report.first_s > _FIRST_S:
        print(f"warning: the first import took longer than {_FIRST_S:g} s", file=sys.stderr)
    if report.again_s > _AGAIN_S:
        print(f"warning: the second import took longer than {_AGAIN_S:g} s", file=sys.stderr)
    if max(report.first_peak_mb, report.again_peak_mb) > _PEAK_MB:
        print(f"warning: an import needed more than {_PEAK_MB} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
