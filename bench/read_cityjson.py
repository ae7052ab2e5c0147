"""Reads CityJSON and CityJSONSeq into elements, beside what orjson needs to parse the same bytes.

The files are made of the real ones beside the checkout, their members repeated under new keys.
orjson only parses; the reader also puts parts under their wholes, checks every corner, measures
volumes, areas and heights, and unites the outlines. Each is timed in a process of its own.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from spatial.models.cityjson.opening import opened
from spatial.models.model import Element, silent

_SOURCES = Path(__file__).parents[2] / "shared/data/cim"
_MB = 1_000_000
_LEAST_MB_S = 15.0
_LEAST_BUILDINGS_S = 3_000.0
_BUILDINGS = ("Building", "BuildingPart")


@dataclass(frozen=True)
class Report:
    """Figures of one file; ``ratio`` is the reader by orjson. Memory is above that of the start.

    Buildings are Buildings and BuildingParts that have a geometry of LoD 2 themselves.
    """

    file: str
    file_mb: float
    elements: int
    buildings: int
    orjson_s: float
    orjson_mb: int
    reader_s: float
    reader_cpu_s: float
    reader_mb: int
    ratio: float
    mb_s: float
    least_mb_s: float
    buildings_s: float
    least_buildings_s: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=float, default=40.0, help="size of each file")
    parser.add_argument("--sources", type=Path, default=_SOURCES)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for source in ("vienna.jsonl", "zurich_subset_lod2.json", "delft.json", "multi_lod.json"):
            path = Path(folder) / source
            write_repeated(options.sources / source, path, options.mb)
            _print(_measure(path), as_json=options.json)
            path.unlink()


def write_repeated(source: Path, target: Path, megabytes: float) -> None:
    """Write a file of about this size of what another holds, again and again under new keys."""
    with target.open("wb") as file:
        if source.suffix == ".jsonl":
            header, *features = source.read_bytes().splitlines()
            file.write(header + b"\n")
            parsed = [orjson.loads(feature) for feature in features]
            for turn in range(max(1, round(megabytes * _MB / source.stat().st_size))):
                file.writelines(orjson.dumps(each) + b"\n" for each in _renamed(parsed, turn))
        else:
            file.write(orjson.dumps(_repeated(orjson.loads(source.read_bytes()), megabytes)))


def _renamed(features: list[dict[str, Any]], turn: int) -> Iterator[dict[str, Any]]:
    for feature in features:
        yield {**feature, "CityObjects": _objects(feature["CityObjects"], turn, 0)}


def _repeated(document: dict[str, Any], megabytes: float) -> dict[str, Any]:
    turns = max(1, round(megabytes * _MB / len(orjson.dumps(document))))
    vertices = document["vertices"]
    objects: dict[str, Any] = {}
    for turn in range(turns):
        objects |= _objects(document["CityObjects"], turn, turn * len(vertices))
    return {**document, "CityObjects": objects, "vertices": vertices * turns}


def _objects(objects: dict[str, Any], turn: int, shift: int) -> dict[str, Any]:
    renamed = {}
    for key, thing in objects.items():
        links = {
            name: [f"{other}-{turn}" for other in thing[name]]
            for name in ("parents", "children")
            if name in thing
        }
        drawn = [
            {**geometry, "boundaries": _shifted(geometry["boundaries"], shift)}
            for geometry in thing.get("geometry", [])
        ]
        renamed[f"{key}-{turn}"] = {**thing, **links, "geometry": drawn}
    return renamed


def _shifted(boundaries: list[Any], shift: int) -> list[Any]:
    return [
        _shifted(each, shift) if isinstance(each, list) else each + shift for each in boundaries
    ]


def _measure(path: Path) -> Report:
    plain_s, _, plain_mb, _ = _apart(_plain, path)
    reader_s, cpu_s, reader_mb, (elements, buildings) = _apart(_reader, path)
    size = path.stat().st_size / _MB
    return Report(
        file=path.name,
        file_mb=round(size, 1),
        elements=elements,
        buildings=buildings,
        orjson_s=round(plain_s, 2),
        orjson_mb=plain_mb,
        reader_s=round(reader_s, 2),
        reader_cpu_s=round(cpu_s, 2),
        reader_mb=reader_mb,
        ratio=round(reader_s / plain_s, 2),
        mb_s=round(size / reader_s, 1),
        least_mb_s=_LEAST_MB_S,
        buildings_s=round(buildings / reader_s),
        least_buildings_s=_LEAST_BUILDINGS_S,
    )


def _apart(
    work: Callable[[Path], tuple[int, int]], path: Path
) -> tuple[float, float, int, tuple[int, int]]:
    """Return seconds, those of the processor, MB of memory and what was found, apart."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, path))


def _measured(
    work: Callable[[Path], tuple[int, int]], path: Path
) -> tuple[float, float, int, tuple[int, int]]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, busy = time.perf_counter(), time.process_time()
    found = work(path)
    elapsed, busy = time.perf_counter() - started, time.process_time() - busy
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    return elapsed, busy, memory, found


def _plain(path: Path) -> tuple[int, int]:
    if path.suffix == ".jsonl":
        with path.open("rb") as file:
            return sum(1 for line in file if orjson.loads(line)), 0
    return len(orjson.loads(path.read_bytes())["CityObjects"]), 0


def _reader(path: Path) -> tuple[int, int]:
    elements = buildings = 0
    for element in opened(path).elements(silent):
        if not isinstance(element, Element):
            raise RuntimeError(f"{element.key!r} refused: {element.reason}")  # noqa: TRY004
        elements += 1
        lod = str(element.properties.get("measured.lod", ""))
        buildings += lod.startswith("2") and element.native_class in _BUILDINGS
    return elements, buildings


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(report)))
        return
    for name, figure in asdict(report).items():
        print(f"{name:18} {figure:>24,}" if not isinstance(figure, str) else f"\n{figure}")


if __name__ == "__main__":
    main()
