"""Inspects and reads models of IFC, beside what ifcopenshell alone needs for less.

To inspect is to open the file, count its products by class and say where it stands; the library
only opens it and walks its products. To read is to hand over every element with its outline,
heights and properties; the library only runs its geometry iterator, with as many threads and its
own settings. The two take turns on the same files, and the median of each is compared.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import ifcopenshell
from ifcopenshell import geom

from spatial.models import silent
from spatial.models.ifc.format import IFC
from spatial.models.ifc.reading import open_model

_FOLDER = Path(__file__).parents[2] / "shared/data/bim"
_FILES = ("Office_A_20110811.ifc", "AC20-FZK-Haus.ifc")
_LIMIT_INSPECT = 1.5
_LIMIT_READ = 1.3
_THREADS = 2


class Report(NamedTuple):
    """Figures of one file; a ratio is ours by the library's, in the same run."""

    file: str
    products: int
    walk_s: float
    inspect_s: float
    inspect_ratio: float
    inspect_limit: float
    iterator_s: float
    read_s: float
    read_ratio: float
    read_limit: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=[_FOLDER / name for name in _FILES])
    parser.add_argument("--inspections", type=int, default=9)
    parser.add_argument("--readings", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    reports = [measure(path, options.inspections, options.readings) for path in options.files]
    if options.json:
        print(json.dumps([report._asdict() for report in reports]))
        return
    for report in reports:
        for name, figure in report._asdict().items():
            print(f"{name:16} {figure:>24}")
        print()


def measure(path: Path, inspections: int, readings: int) -> Report:
    """Return the figures of one file."""
    walk_s, inspect_s = _in_turns(_walk, _inspect, path, inspections)
    iterator_s, read_s = _in_turns(_iterate, _read, path, readings)
    return Report(
        file=path.name,
        products=_walk(path),
        walk_s=round(walk_s, 3),
        inspect_s=round(inspect_s, 3),
        inspect_ratio=round(inspect_s / walk_s, 2),
        inspect_limit=_LIMIT_INSPECT,
        iterator_s=round(iterator_s, 2),
        read_s=round(read_s, 2),
        read_ratio=round(read_s / iterator_s, 2),
        read_limit=_LIMIT_READ,
    )


def _in_turns(
    plain: Callable[[Path], int], ours: Callable[[Path], int], path: Path, times: int
) -> tuple[float, float]:
    """Return the median seconds of two ways to do a work; the first turn only warms up."""
    measured: tuple[list[float], list[float]] = ([], [])
    for _ in range(times + 1):
        for work, seconds in zip((plain, ours), measured, strict=True):
            started = time.perf_counter()
            work(path)
            seconds.append(time.perf_counter() - started)
    return statistics.median(measured[0][1:]), statistics.median(measured[1][1:])


def _walk(path: Path) -> int:
    file = ifcopenshell.open(path)
    names = [(product.is_a(), product.GlobalId) for product in file.by_type("IfcProduct")]  # type: ignore[no-untyped-call]
    return len(names)


def _inspect(path: Path) -> int:
    return sum(IFC.inspect(path, silent).counts.values())


def _iterate(path: Path) -> int:
    settings = geom.settings()  # type: ignore[no-untyped-call]
    settings.set("use-world-coords", True)  # noqa: FBT003 - the library's way
    file = ifcopenshell.open(path)
    if not isinstance(file, ifcopenshell.file):
        raise TypeError(f"{path} opens as {type(file).__name__}, expected a STEP file")
    return sum(1 for _ in geom.iterator(settings, file, _THREADS))


def _read(path: Path) -> int:
    return sum(1 for _ in open_model(path).elements(silent))


if __name__ == "__main__":
    main()
