"""Coordinates of a file, taken out of the tree as soon as they are read.

A polygon costs a tree hundreds of bytes a place; here it costs 24. What stays in the tree is one
node whose text is the number of the piece, or the first number of several and the one after them.
"""

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from lxml import etree

from spatial.models.citygml.tables import name_of

Node: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for its elements

SURFACES = frozenset({"Polygon", "PolygonPatch", "Triangle", "Rectangle"})
LINES = frozenset({"LineString", "LineStringSegment", "Arc", "ArcString", "Circle"})
POINTS = frozenset({"Point"})
PIECES = SURFACES | LINES | POINTS

_RINGS = frozenset({"exterior", "interior", "outerBoundaryIs", "innerBoundaryIs"})
_DOUBLE = 8
_WIDTHS = ({2}, {3})
_SHOWN = 40


class Pieces:
    """Polygons, lines and points of the objects that are being read, by number."""

    def __init__(self) -> None:
        self._first = 0
        self._rings: list[tuple[bytes, ...]] = []
        self._widths: dict[int, int] = {}
        self._srs_names: dict[int, str] = {}
        self._faults: dict[int, str] = {}

    @property
    def end(self) -> int:
        """Number that the next piece will have."""
        return self._first + len(self._rings)

    @property
    def held(self) -> int:
        """How many pieces are kept."""
        return len(self._rings)

    def take(self, node: Node) -> None:
        """Take the coordinates out of a polygon, line or point; its node keeps their number."""
        number = self.end
        try:
            self._hear(node, number)
            rings = tuple(self._ring(part, number) for part in _parts(node))
        except ValueError as error:
            rings = ()
            self._faults[number] = str(error)
        if not (rings and rings[0]):
            self._faults.setdefault(number, "a surface, line or point has no coordinates")
        self._rings.append(rings)
        del node[:]
        node.text = str(number)
        _join(node, number)

    def rings(self, number: int) -> tuple[bytes, ...]:
        """Return float64 numbers of each ring, the boundary first; of a line or point the only one.

        Raises:
            ValueError: the piece has no coordinates, or they are no numbers.
        """
        if number in self._faults:
            raise ValueError(self._faults[number])
        if not self._first <= number < self.end:
            raise ValueError("a surface refers to coordinates that are gone")
        return self._rings[number - self._first]

    def fault(self, numbers: Iterable[int]) -> str | None:
        """Return what is wrong with the first bad one of some pieces, None where all are good."""
        if not self._faults:
            return None
        return next((self._faults[each] for each in numbers if each in self._faults), None)

    def width(self, number: int) -> int | None:
        """Return how many numbers a place has, None where the piece itself does not say."""
        return self._widths.get(number)

    def srs_name(self, number: int) -> str | None:
        """Return the CRS that a piece itself names, None where it does not."""
        return self._srs_names.get(number)

    def forget(self, before: int) -> None:
        """Let go of all pieces with smaller numbers."""
        del self._rings[: max(before - self._first, 0)]
        self._first = max(before, self._first)
        kept: dict[int, Any]
        for kept in (self._widths, self._srs_names, self._faults):
            for number in [each for each in kept if each < before]:
                del kept[number]

    def _ring(self, part: Node, number: int) -> bytes:
        inner = part[0] if len(part) == 1 else part
        self._hear(inner, number)
        only = inner[0] if len(inner) == 1 else inner
        if name_of(str(only.tag)).local == "posList":
            return self._listed(only, number).tobytes()
        numbers = array("d")
        for node in part.iterdescendants():
            numbers.extend(self._places(node, number))
        return numbers.tobytes()

    def _places(self, node: Node, number: int) -> "array[float]":
        local = name_of(str(node.tag)).local
        if local == "posList":
            return self._listed(node, number)
        if local in PIECES:
            return self._borrowed(node, number)
        tuples = _tuples(node, local)
        if tuples:
            if {len(each) for each in tuples} not in _WIDTHS:
                raise ValueError(f"place {_shown(node)}: expected 2 or 3 numbers, of all alike")
            self._widths[number] = len(tuples[0])
        return array("d", [value for each in tuples for value in each])

    def _borrowed(self, node: Node, number: int) -> "array[float]":
        """Return the places of points or lines of which another piece is made."""
        for each in numbers_of(node):
            if each in self._widths:
                self._widths[number] = self._widths[each]
            if each in self._srs_names:
                self._srs_names[number] = self._srs_names[each]
        return array("d", b"".join(b"".join(self.rings(each)) for each in numbers_of(node)))

    def _listed(self, node: Node, number: int) -> "array[float]":
        self._hear(node, number)
        return _floats(node, (node.text or "").split())

    def _hear(self, node: Node, number: int) -> None:
        """Take what a node of a piece says of its numbers; the innermost is right."""
        if not node.attrib:
            return
        width, srs_name = node.get("srsDimension"), node.get("srsName")
        if width is not None:
            self._widths[number] = dimension_of(width)
        if srs_name:
            self._srs_names[number] = sys.intern(srs_name)


def numbers_of(node: Node) -> range:
    """Return the numbers of the pieces that a node stands for."""
    first, _, end = (node.text or "").partition(" ")
    return range(int(first), int(end) if end else int(first) + 1)


def dimension_of(text: str) -> int:
    """Return what ``srsDimension`` says.

    Raises:
        ValueError: it is neither 2 nor 3.
    """
    if text.strip() not in ("2", "3"):
        raise ValueError(f"srsDimension {text[:_SHOWN]!r}: expected 2 or 3")
    return int(text)


def _parts(node: Node) -> Iterator[Node]:
    """Give what each ring of a surface is made of; a line or a point is its own part."""
    if name_of(str(node.tag)).local not in SURFACES:
        yield node
        return
    for child in node:
        if name_of(str(child.tag)).local in _RINGS:
            yield child


def _tuples(node: Node, local: str) -> list[list[float]]:
    """Return the places of elements that GML used before and beside ``posList``."""
    text = node.text or ""
    if local == "pos":
        return [_floats(node, text.split()).tolist()]
    if local == "coord":
        return [_floats(node, [each.text or "" for each in node]).tolist()]
    if local == "coordinates":
        between, after = node.get("cs") or ",", (node.get("ts") or "").strip()
        point = node.get("decimal") or "."
        places = text.split(after) if after else text.split()
        return [
            _floats(node, place.replace(point, ".").split(between)).tolist()
            for place in places
            if place.strip()
        ]
    return []


def _floats(node: Node, words: Sequence[str]) -> "array[float]":
    text = node.text or ""
    # Python takes more for a number than XML does.
    if "_" in text or not text.isascii():
        raise _no_numbers(node)
    try:
        return array("d", map(float, words))
    except ValueError as error:
        raise _no_numbers(node) from error


def _join(node: Node, number: int) -> None:
    """Let one node stand for neighbours of its kind that nothing can refer to.

    Terrain is a million triangles in one element, and a tree of them would not fit.
    """
    if node.keys():
        return
    holder, before = node, node.getprevious()
    if before is None:
        parent = node.getparent()
        if parent is None or len(parent) > 1 or name_of(str(parent.tag)).family != "gml":
            return
        holder, before = parent, parent.getprevious()
    if before is None or before.tag != holder.tag or before.keys() or holder.keys():
        return
    other = before if holder is node else _only(before)
    if other is None or other.tag != node.tag or other.keys():
        return
    taken = numbers_of(other)
    above = holder.getparent()
    if taken.stop == number and above is not None:
        node.text = f"{taken.start} {number + 1}"
        above.remove(before)


def _only(node: Node) -> Node | None:
    return node[0] if len(node) == 1 else None


def _no_numbers(node: Node) -> ValueError:
    return ValueError(f"coordinates {_shown(node)} are no numbers")


def _shown(node: Node) -> str:
    text = " ".join((node.text or "").split())
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
