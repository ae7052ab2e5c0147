"""Reads a large CityGML file made by repeating real members, beside what lxml needs for less.

The bare library goes through the file with ``iterparse``, member by member, and lets them go;
it looks at no coordinate. The reader also turns coordinates into numbers, follows references,
measures solids and surfaces, draws outlines and flattens attributes. Each is timed in a process of
its own, in seconds of the processor; memory is all that the process ever had, interpreter and
libraries included.
"""

import argparse
import json
import multiprocessing
import re
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

from lxml import etree

from spatial.models.citygml import reader
from spatial.models.model import RefusedElement, silent

_SOURCES = Path(__file__).parents[2] / "shared" / "data" / "cim"
_FILES = (
    "52397519_bldg_6697_op.gml",
    "sewer_53403039_unf_6697.gml",
    "52397519_bldg_6697_op.gml",
    "523857_lsld_6668_op.gml",
    "hodokyo_51324378_brid_6697.gml",
)
_MEMBER = re.compile(rb"<core:cityObjectMember>.*</core:cityObjectMember>", re.DOTALL)
_MEGABYTE = 1024**2
_LIMIT_MB = 300


@dataclass(frozen=True)
class Report:
    """Figures of one run; ``ratio`` is the reader by iterparse, memory that of the reader."""

    file_mb: int
    objects: int
    iterparse_s: float
    inspect_s: float
    inspect_mb: int
    elements_s: float
    elements_mb: int
    limit_mb: int
    megabytes_a_second: float
    ratio: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--gigabytes", type=float, help="instead of --megabytes")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    size = int((options.gigabytes * 1024 if options.gigabytes else options.megabytes) * _MEGABYTE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "district.gml"
        write_repeated(path, size)
        report = _report(path)
    if options.json:
        print(json.dumps(asdict(report)))
        return
    for name, figure in asdict(report).items():
        print(f"{name:20} {figure:>12,}")


def _report(path: Path) -> Report:
    plain_s, _, _ = _apart(_plain, path)
    inspect_s, inspect_mb, objects = _apart(_inspect, path)
    elements_s, elements_mb, _ = _apart(_elements, path)
    megabytes = path.stat().st_size / _MEGABYTE
    return Report(
        file_mb=int(megabytes),
        objects=objects,
        iterparse_s=round(plain_s, 2),
        inspect_s=round(inspect_s, 2),
        inspect_mb=inspect_mb,
        elements_s=round(elements_s, 2),
        elements_mb=elements_mb,
        limit_mb=_LIMIT_MB,
        megabytes_a_second=round(megabytes / elements_s, 1),
        ratio=round(elements_s / plain_s, 2),
    )


def write_repeated(path: Path, size: int) -> None:
    """Write a file of ``size`` bytes or a little more; every copy has identifiers of its own."""
    first = (_SOURCES / _FILES[0]).read_bytes()
    with path.open("wb") as opened:
        # uro 2.0 and 3.0 stand in one file here: the reader goes by family, not by address.
        opened.write(first[: first.index(b"<core:cityObjectMember>")])
        for number, members in enumerate(_members()):
            if opened.tell() >= size:
                break
            own = members.replace(b'gml:id="', b'gml:id="c%d_' % number)
            opened.write(own.replace(b'href="#', b'href="#c%d_' % number))
        opened.write(b"</core:CityModel>")


def _members() -> Iterator[bytes]:
    found = [_MEMBER.search((_SOURCES / name).read_bytes()) for name in _FILES]
    return cycle([each[0] for each in found if each])


def _apart(work: Callable[[Path], int], path: Path) -> tuple[float, int, int]:
    """Return seconds, MB of memory and what the work returned, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, path))


def _measured(work: Callable[[Path], int], path: Path) -> tuple[float, int, int]:
    started = time.process_time()
    count = work(path)
    elapsed = time.process_time() - started
    return elapsed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, count


def _plain(path: Path) -> int:
    count = 0
    for _, member in etree.iterparse(path, events=("end",), tag="{*}cityObjectMember"):
        count += 1
        above = member.getparent()
        member.clear()
        if above is not None:
            del above[:-1]
    return count


def _inspect(path: Path) -> int:
    return sum(reader.inspect(path, silent).counts.values())


def _elements(path: Path) -> int:
    count = 0
    for element in reader.open_model(path).elements(silent):
        if isinstance(element, RefusedElement):
            raise TypeError(f"{element.key!r} was refused: {element.reason}")
        count += 1
    return count


if __name__ == "__main__":
    main()
