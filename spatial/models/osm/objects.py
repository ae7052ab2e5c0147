"""Objects of an extract as libosmium reads them: features with their shape, the others passed by.

An object is a feature if its tags say something (``tags.says_something``). Of features, a node is
a point; a way is a line, or an area where it is closed and its tags say so
(``tags.encloses_area``); a relation ``multipolygon`` or ``boundary`` is an area; any other relation
has no shape.
"""

from array import array
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import osmium
from numpy.typing import NDArray
from osmium.geom import WKBFactory
from osmium.osm import Area, Node, Relation, Way

from spatial.models.model import RefusedElement
from spatial.models.osm.cut_ways import Line, known_parts
from spatial.models.osm.tags import encloses_area, says_something

Feature: TypeAlias = Node | Way | Relation | Area
Outcome: TypeAlias = "Draft | RefusedElement | None"

_AREA_RELATIONS = ("multipolygon", "boundary")
_NETWORK_KEYS = {"highway", "railway", "waterway"}
_KINDS = {"n": "node", "w": "way", "r": "relation"}
_CROSSED = "its rings cross themselves or do not close: expected an area"
_LACKING = "some nodes of its ring are not in the file: expected an area"
_FEWEST_CORNERS = 4


class Draft(NamedTuple):
    """A feature before its shape is made.

    Attributes:
        key: ``node/1``, ``way/2``, ``relation/3``.
        tags: all of them; when features are only counted, perhaps none.
        wkb: shape as hexadecimal WKB, longitude and latitude; None where it has none.
        nodes: numbers of the nodes of a line that makes a network, for each part of it; ways that
            share one are joined.
        members: key and role of each member of a relation without a shape.
        cut: how many nodes of a line are not in the file.
    """

    key: str
    tags: dict[str, str]
    wkb: str | None = None
    nodes: tuple[tuple[int, ...], ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    cut: int = 0


class Sorter:
    """Takes objects in the order of libosmium and knows which areas never came."""

    def __init__(self, *, count_only: bool) -> None:
        """Start a reading.

        Args:
            count_only: leave out what is not needed to count features and to place them.
        """
        self._count_only = count_only
        self._wkb = WKBFactory()
        self._ways = array("q")  # a set by the number of the way takes 4 MiB for one of them
        self._rings: set[int] = set()
        self._relations: dict[int, tuple[int, ...]] = {}
        self._assembled: set[int] = set()
        self._take: dict[type, Callable[[Any], Outcome]] = {
            Node: self._node,
            Way: self._way,
            Relation: self._relation,
            Area: self._area,
        }

    def take(self, found: Feature) -> Outcome:
        """Return what becomes of an object; None where it is no feature, or its area follows."""
        try:
            return self._take[type(found)](found)
        except UnicodeDecodeError:
            return _unreadable(found)

    def missing(self) -> Iterator[RefusedElement]:
        """Yield the areas that could not be assembled."""
        for number in sorted(self._rings):
            yield RefusedElement(f"way/{number}", _LACKING)
        ways = np.sort(np.frombuffer(self._ways, np.int64)) if self._ways else np.empty(0, np.int64)
        for number, members in sorted(self._relations.items()):
            yield RefusedElement(f"relation/{number}", _why_no_area(members, ways))

    def _node(self, node: Node) -> Outcome:
        tags = self._tags(node)
        if not says_something(tags):
            return None
        key = f"node/{node.id}"
        if not node.location.valid():
            return RefusedElement(key, "its place is not on the globe: expected degrees")
        return Draft(key, tags, self._wkb.create_point(node))

    def _way(self, way: Way) -> Outcome:
        self._ways.append(way.id)
        closed = way.is_closed()
        tags = dict(way.tags) if closed else self._tags(way)
        if not says_something(tags):
            return None
        if closed and encloses_area(tags):
            if len(way.nodes) < _FEWEST_CORNERS:
                return RefusedElement(f"way/{way.id}", _CROSSED)
            self._rings.add(way.id)
            return None
        return self._line(way, tags)

    def _line(self, way: Way, tags: dict[str, str]) -> Outcome:
        key = f"way/{way.id}"
        line = self._drawn(way)
        if line.wkb is None:
            return RefusedElement(key, _no_line(len(way.nodes), line.cut))
        if self._count_only or _NETWORK_KEYS.isdisjoint(tags):
            return Draft(key, tags, line.wkb, cut=line.cut)
        nodes = line.nodes or (tuple(node.ref for node in way.nodes),)
        return Draft(key, tags, line.wkb, nodes, cut=line.cut)

    def _drawn(self, way: Way) -> Line:
        # libosmium passes over nodes without a place at the start of a way and says nothing.
        if len(way.nodes) and way.nodes[0].location.valid():
            try:
                return Line(self._wkb.create_linestring(way))
            except (RuntimeError, osmium.InvalidLocationError):
                return known_parts(way)
        return known_parts(way)

    def _relation(self, relation: Relation) -> Outcome:
        tags = dict(relation.tags)
        if not _relation_says_something(tags):
            return None
        if tags.get("type") not in _AREA_RELATIONS:
            members = () if self._count_only else _members(relation)
            return Draft(f"relation/{relation.id}", tags, members=members)
        if relation.id not in self._assembled:
            ways = tuple(member.ref for member in relation.members if member.type == "w")
            self._relations[relation.id] = ways
        return None

    def _area(self, area: Area) -> Outcome:
        number = area.orig_id()
        if area.from_way():
            if number not in self._rings:
                return None
            self._rings.discard(number)
            return self._polygon(f"way/{number}", area, self._tags(area))
        self._assembled.add(number)
        self._relations.pop(number, None)
        tags = dict(area.tags)
        if not _relation_says_something(tags):
            return None
        return self._polygon(f"relation/{number}", area, tags)

    def _polygon(self, key: str, area: Area, tags: dict[str, str]) -> Outcome:
        try:
            return Draft(key, tags, self._wkb.create_multipolygon(area))
        except (RuntimeError, osmium.InvalidLocationError):
            return RefusedElement(key, _CROSSED)

    def _tags(self, found: Node | Way | Area) -> dict[str, str]:
        if not self._count_only:
            return dict(found.tags)
        for key, value in found.tags:
            tag = {key: value}
            if says_something(tag):
                return tag
        return {}


def _why_no_area(members: tuple[int, ...], ways: NDArray[np.int64]) -> str:
    """Return why the ways (k) of a relation made no area, of the ways (n) in the file, sorted."""
    if not members:
        return "has no way among its members: expected the rings of an area"
    missing = np.array(members)[~np.isin(members, ways)].tolist()
    if missing:
        return f"{len(missing)} of its {len(members)} ways are not in the file, e.g. {missing[0]}"
    return _CROSSED


def _unreadable(found: Feature) -> Outcome:
    if isinstance(found, Area):
        return None  # was refused as a way or relation
    return RefusedElement(f"{type(found).__name__.lower()}/{found.id}", "its tags are not UTF-8")


def _no_line(nodes: int, missing: int) -> str:
    if missing:
        return f"{missing} of its {nodes} nodes are not in the file: too few are left for a line"
    return f"its {nodes} nodes are at one place: expected a line"


def _relation_says_something(tags: dict[str, str]) -> bool:
    return says_something({key: value for key, value in tags.items() if key != "type"})


def _members(relation: Relation) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{_KINDS.get(member.type, member.type)}/{member.ref}", member.role)
        for member in relation.members
    )
