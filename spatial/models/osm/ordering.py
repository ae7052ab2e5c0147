"""Extracts whose objects stand in another order than their reader needs, or count below zero.

Overpass writes ways before the nodes that they run along, and neither by number; editors and
converters number what was never uploaded -1, -2, ... Both are written once more in order, with
numbers that the reader takes.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias

import osmium
from osmium.osm import Node, Relation, Way

from spatial.files.errors import refuse
from spatial.models.model import Progress, RefusedElement
from spatial.models.osm.objects import Draft
from spatial.models.osm.source import Source

Object: TypeAlias = Node | Way | Relation

MAX_SORTED_BYTES = 512 * 1024**2
"""Of an unpacked file that is held in memory to be sorted."""
_BELOW_ZERO = 2**60
"""Numbers below zero go above this one; the largest of OpenStreetMap has 11 digits."""
_MOVED = re.compile(r"\b1\d{18}\b")
_RANKS: dict[type, int] = {Node: 0, Way: 1, Relation: 2}
_LETTERS = ("node", "way", "relation")
_REPORT_EVERY = 100_000


class Ordered(NamedTuple):
    """A file with nodes before ways before relations, all numbered from 1.

    Attributes:
        file: as libosmium opens it.
        moved: whether numbers below zero have become others.
    """

    file: osmium.io.File
    moved: bool

    def restored(self, outcome: Draft | RefusedElement) -> Draft | RefusedElement:
        """Return a feature with the numbers that its file gives."""
        if not self.moved:
            return outcome
        if isinstance(outcome, RefusedElement):
            return RefusedElement(_restored(outcome.key), _restored(outcome.reason))
        return outcome._replace(
            key=_restored(outcome.key),
            nodes=tuple(tuple(map(_original, part)) for part in outcome.nodes),
            members=tuple((_restored(key), role) for key, role in outcome.members),
        )


class _Found(NamedTuple):
    in_order: bool = True
    below_zero: bool = False


@contextmanager
def ordered(path: Path, source: Source, progress: Progress) -> Iterator[Ordered]:
    """Give the objects of a file in order; written once more if they are not.

    Raises:
        FileRefusedError: it holds an object in several states.
    """
    # The format is said, so that no name of a file chooses another reader.
    file = osmium.io.File(str(path.resolve()), source.reads_as)
    found = _Found() if source.in_order else _look(path, file, progress)
    if found.in_order and not found.below_zero:
        yield Ordered(file, moved=False)
        return
    with tempfile.TemporaryDirectory(prefix="citytwin-") as folder:
        copy = Path(folder) / "copy.osm.pbf"
        progress("putting objects in order", 0, 0)
        _write(file, copy)
        if not found.in_order:
            copy = _sorted(path, source, copy)
        yield Ordered(osmium.io.File(str(copy), "pbf"), moved=found.below_zero)


def _look(path: Path, file: osmium.io.File, progress: Progress) -> _Found:
    in_order, below_zero, largest = True, False, 0
    last, state = (0, 0, 0), 0
    for count, each in enumerate(_objects(file)):
        if count % _REPORT_EVERY == 0:
            progress("looking at the order of objects", count, 0)
        # libosmium takes them by number, those above zero first once they are moved.
        here = _RANKS[type(each)], each.id <= 0, abs(each.id)
        if here == last and each.version != state:
            raise refuse(
                path,
                f"holds {_LETTERS[here[0]]}/{each.id} in several states: expected an extract of "
                "one moment",
            )
        in_order &= here >= last
        below_zero |= each.id <= 0
        largest = max(largest, each.id)
        last, state = here, each.version
    if below_zero and largest >= _BELOW_ZERO:
        raise refuse(path, f"numbers objects below zero and up to {largest}: expected one of both")
    return _Found(in_order, below_zero)


def _objects(file: osmium.io.File) -> Iterator[Object]:
    for each in osmium.FileProcessor(file):
        if isinstance(each, Node | Way | Relation):
            yield each


def _write(file: osmium.io.File, copy: Path) -> None:
    with osmium.SimpleWriter(str(copy)) as writer:
        for each in _objects(file):
            if each.visible:
                writer.add(_renumbered(each))


def _sorted(path: Path, source: Source, copy: Path) -> Path:
    if source.unpacked_bytes > MAX_SORTED_BYTES:
        raise refuse(
            path,
            f"its objects are not in the order of their numbers, and {source.unpacked_bytes:,} "
            f"bytes are too many to sort them: expected at most {MAX_SORTED_BYTES:,}; put them in "
            "order with osmium sort",
        )
    everything, target = osmium.MergeInputReader(), copy.with_name("sorted.osm.pbf")
    everything.add_file(str(copy))
    with osmium.SimpleWriter(str(target)) as writer:
        everything.apply(writer)
    return target


def _renumbered(found: Object) -> object:
    number = _moved(found.id)
    if isinstance(found, Node):
        return found if number == found.id else found.replace(id=number)
    if isinstance(found, Way):
        return found.replace(id=number, nodes=[_moved(node.ref) for node in found.nodes])
    members = [(member.type, _moved(member.ref), member.role) for member in found.members]
    return found.replace(id=number, members=members)


def _moved(number: int) -> int:
    return number if number > 0 else _BELOW_ZERO - number


def _original(number: int) -> int:
    return number if number < _BELOW_ZERO else _BELOW_ZERO - number


def _restored(text: str) -> str:
    return _MOVED.sub(lambda found: str(_original(int(found[0]))), text)
