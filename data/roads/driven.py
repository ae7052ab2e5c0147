"""Driving times from spots, or to them: a shortest-path tree by pgRouting, and its edges."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import psycopg
import shapely
from psycopg.sql import SQL, Composed, Literal
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from data.registry import srid_of
from data.roads.boxes import Box
from data.roads.closures import Closure
from data.roads.spots import Spot, is_open

Connection = psycopg.Connection[tuple[Any, ...]]
Interval = tuple[float, float]

# Everywhere is 'b': a spot is reached from both sides of its road. The driving side then has no
# effect, but a directed graph must have one.
_TREE = """
    SELECT node, pred, edge, agg_cost
    FROM pgr_withPointsDD({edges}, {points}, {depot}::int8, {within}::float8, 'r',
                          directed => true, details => true)"""
# From a node of its own all roots are come to at no cost, and whichever is nearest counts. (With
# equicost, pgRouting 3.7 leaves some nodes to a root that is farther away.)
_DEPOT, _NO_EDGE = 0, -1
_FROM_DEPOT = """
    UNION ALL SELECT -row_number() OVER () - 1, {depot}::int8, root, 0::float8, -1::float8
    FROM unnest({roots}::int8[]) AS root"""
_EDGES = """
    SELECT id, source, target, {there} AS cost, {back} AS reverse_cost FROM road_edge
    WHERE {inside} AND """
_AROUND = """
    SELECT id, source, target, ST_AsBinary(geom), length_m, cost_s, reverse_cost_s, section, road
    FROM road_edge WHERE {open} AND {where} ORDER BY id"""


class Step(NamedTuple):
    """How a node of a tree is come to; the root's ``before`` is itself.

    Attributes:
        before: the node before it, seen from the root.
        edge: that is driven along.
        seconds: from the root, or to it.
    """

    before: int
    edge: int
    seconds: float


class Edge(NamedTuple):
    """An edge of the network; a negative time is a way that may not be driven."""

    id: int
    source: int
    target: int
    shape: LineString
    length_m: float
    seconds: float
    back_s: float
    section: int | None
    road: int | None


class Tree(NamedTuple):
    """Driving times from the nearest of some spots, or to it.

    Attributes:
        roots: fractions of the spots that it grows from, by edge.
        step: by node; spots are nodes below 0, ``-1`` the first one that was given.
        number: node of each spot, roots and others.
        backwards: seconds are to the roots.
    """

    roots: dict[int, list[float]]
    step: dict[int, Step]
    number: dict[tuple[int, float], int]
    backwards: bool

    def node_of(self, spot: Spot) -> int:
        """Return the node of a spot that was given."""
        return self.number[spot.edge, spot.fraction]

    def seconds_at(self, edge: Edge, fraction: float) -> float:
        """Return the driving time at a place of an edge; infinite where nobody comes."""
        ways = [self._from_root(edge, at, fraction) for at in self.roots.get(edge.id, ())]
        ahead, back = self.ways(edge)
        ways.append(self._at(edge.source) + (ahead * fraction if ahead >= 0 else math.inf))
        ways.append(self._at(edge.target) + (back * (1 - fraction) if back >= 0 else math.inf))
        return min(ways)

    def driven(self, edge: Edge, within_s: float) -> list[Interval]:
        """Return which parts of an edge are driven in a time, as fractions from its source."""
        ahead, back = self.ways(edge)
        parts = [
            (0.0, _share(within_s - self._at(edge.source), ahead)),
            (1 - _share(within_s - self._at(edge.target), back), 1.0),
        ]
        for at in self.roots.get(edge.id, ()):
            parts.append((at, at + _share(within_s, ahead)))
            parts.append((at - _share(within_s, back), at))
        return _united([(max(low, 0.0), min(high, 1.0)) for low, high in parts])

    def ways(self, edge: Edge) -> tuple[float, float]:
        """Return the times along an edge and against it, as the tree grows."""
        return (edge.back_s, edge.seconds) if self.backwards else (edge.seconds, edge.back_s)

    def _at(self, node: int) -> float:
        return self.step[node].seconds if node in self.step else math.inf

    def _from_root(self, edge: Edge, root: float, fraction: float) -> float:
        if fraction == root:
            return 0.0
        ahead, back = self.ways(edge)
        seconds = ahead if fraction > root else back
        return abs(fraction - root) * seconds if seconds >= 0 else math.inf


def grow(  # noqa: PLR0913 - each says what may be driven
    connection: Connection,
    roots: Sequence[Spot],
    closed: Sequence[Closure],
    within_s: float,
    others: Sequence[Spot] = (),
    *,
    backwards: bool = False,
    box: Box | None = None,
) -> Tree:
    """Return the driving times from the nearest root.

    Args:
        connection: to a store whose network is ready.
        roots: where driving begins.
        closed: what nobody drives on.
        within_s: how long, seconds.
        others: further spots that are to be nodes of the tree.
        backwards: times to the roots, and not from them.
        box: edges outside of it are not read; None reads all.
    """
    numbers: dict[tuple[int, float], int] = {}
    for spot in (*roots, *others):
        numbers.setdefault((spot.edge, spot.fraction), -1 - len(numbers))
    if not roots:
        return Tree({}, {}, numbers, backwards)
    there, back = ("reverse_cost_s", "cost_s") if backwards else ("cost_s", "reverse_cost_s")
    inside = SQL("true") if box is None else box.meets(srid_of(connection))
    edges = SQL(_EDGES).format(there=SQL(there), back=SQL(back), inside=inside) + is_open(closed)
    starts = sorted({numbers[root.edge, root.fraction] for root in roots})
    edges += SQL(_FROM_DEPOT).format(depot=Literal(_DEPOT), roots=Literal(starts))
    query = SQL(_TREE).format(
        edges=Literal(edges.as_string(connection)),
        points=Literal(_points(numbers).as_string(connection)),
        depot=Literal(_DEPOT),
        within=Literal(within_s),
    )
    rows = connection.execute(query).fetchall()
    step = {
        node: Step(node, _NO_EDGE, 0.0) if before == _DEPOT else Step(before, edge, seconds)
        for node, before, edge, seconds in rows
        if node != _DEPOT
    }
    on: dict[int, list[float]] = {}
    for root in roots:
        on.setdefault(root.edge, []).append(root.fraction)
    return Tree(on, step, numbers, backwards)


def open_edges(connection: Connection, closed: Sequence[Closure], wkb: bytes) -> list[Edge]:
    """Return the open edges that meet the box around a shape, EWKB in the store's CRS."""
    query = SQL(_AROUND).format(open=is_open(closed), where=SQL("geom && %s::geometry"))
    return [_edge(row) for row in connection.execute(query, (wkb,))]


def edges_by_id(connection: Connection, ids: Iterable[int]) -> dict[int, Edge]:
    """Return edges by their ids."""
    query = SQL(_AROUND).format(open=SQL("true"), where=SQL("id = ANY (%s)"))
    return {row[0]: _edge(row) for row in connection.execute(query, (sorted(set(ids)),))}


def ewkb(connection: Connection, shape: BaseGeometry) -> bytes:
    """Return a shape in the store's CRS as the store takes it."""
    return shapely.to_wkb(shapely.set_srid(shape, srid_of(connection)), include_srid=True)


def part(line: LineString, low: float, high: float) -> LineString:
    """Return a stretch of a line between two fractions, turned round where the first is higher."""
    if (low, high) == (0.0, 1.0):
        return line
    return LineString(substring(line, low, high, normalized=True).coords)


def _edge(row: tuple[Any, ...]) -> Edge:
    return Edge._make((*row[:3], shapely.from_wkb(row[3]), *row[4:]))


def _points(numbers: dict[tuple[int, float], int]) -> Composed:
    rows = SQL(", ").join(
        SQL("({pid}::int8, {edge}::int8, {fraction}::float8, 'b'::char)").format(
            pid=Literal(-number), edge=Literal(edge), fraction=Literal(fraction)
        )
        for (edge, fraction), number in numbers.items()
    )
    return SQL("SELECT * FROM (VALUES {rows}) AS p (pid, edge_id, fraction, side)").format(
        rows=rows
    )


def _share(seconds: float, whole_s: float) -> float:
    """Return how much of an edge is driven in a time; less than nothing where nobody comes."""
    if whole_s < 0 or seconds < 0:
        return -1.0
    return 1.0 if whole_s == 0 else min(seconds / whole_s, 1.0)


def _united(parts: list[Interval]) -> list[Interval]:
    united: list[Interval] = []
    for low, high in sorted(part for part in parts if part[0] < part[1]):
        if united and low <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], high))
        else:
            united.append((low, high))
    return united
