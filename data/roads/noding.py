"""Lines cut where they join: edges between nodes."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import LineString

from data.roads.joints import GAP_M, Floats, Ints, distances_along, joints


class Edges(NamedTuple):
    """Edges between nodes; ``m`` of each, and ``n`` nodes.

    Attributes:
        line: index of the line that each edge is a part of.
        source: node where it begins, in the direction of its line.
        target: node where it ends; never the one where it begins.
        shape: LineString from node to node.
        length_m: along the line.
        node: float64[n, 2], places of the nodes.
    """

    line: Ints
    source: Ints
    target: Ints
    shape: list[LineString]
    length_m: Floats
    node: Floats

    def parts(self) -> int:
        """Return how many islands there are, whichever way their edges may be driven."""
        return _components(self.source, self.target, len(self.node))[0] if len(self.node) else 0


class _Marks(NamedTuple):
    """Places on lines in their order; ``node`` is the same for places that are one."""

    line: Ints
    at_m: Floats
    node: Ints


class _Piece(NamedTuple):
    line: int
    source: int
    target: int
    start_m: float
    end_m: float


def edges_of(lines: list[LineString], level: Ints, cut: tuple[Ints, Floats]) -> Edges:
    """Cut lines where they join.

    Args:
        lines: LineString[n], metres.
        level: int64[n]: lines of different levels cross without joining.
        cut: further places at which to cut: index of the line, metres from its start.
    """
    if not lines:
        nothing, nowhere = np.empty(0, np.int64), np.empty(0)
        return Edges(nothing, nothing, nothing, [], nowhere, np.empty((0, 2)))
    marks = _marks(lines, level, cut)
    shapes = np.array(lines, dtype=object)
    places = shapely.get_coordinates(shapely.line_interpolate_point(shapes[marks.line], marks.at_m))
    nodes = _means(places, marks.node)
    pieces, middles = _without_circles(list(_pieces(marks)), len(nodes))
    added = [shapely.get_coordinates(lines[line].interpolate(at_m)) for line, at_m in middles]
    nodes = np.concatenate([nodes, *added])
    return Edges(
        line=np.array([piece.line for piece in pieces], np.int64),
        source=np.array([piece.source for piece in pieces], np.int64),
        target=np.array([piece.target for piece in pieces], np.int64),
        shape=list(_drawn(lines, pieces, nodes)),
        length_m=np.array([piece.end_m - piece.start_m for piece in pieces]),
        node=nodes,
    )


def _marks(lines: list[LineString], level: Ints, cut: tuple[Ints, Floats]) -> _Marks:
    found = joints(lines, level)
    every = np.arange(len(lines))
    length = shapely.length(np.array(lines, dtype=object))
    line = np.concatenate([found.line, found.other, every, every, cut[0]])
    at_m = np.concatenate([found.at_m, found.other_at_m, 0 * length, length, cut[1]])
    at_m = np.clip(at_m, 0.0, length[line])
    pairs = np.arange(len(found.line))
    order = np.lexsort((at_m, line))
    near = (np.diff(line[order]) == 0) & (np.diff(at_m[order]) <= GAP_M)
    one = np.concatenate([pairs, order[:-1][near]])
    other = np.concatenate([pairs + len(pairs), order[1:][near]])
    _, node = _components(one, other, len(line))
    return _Marks(line[order], at_m[order], node[order])


def _components(one: Ints, other: Ints, count: int) -> tuple[int, Ints]:
    joined = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(count, count))
    number, component = connected_components(joined, directed=False)
    return int(number), component.astype(np.int64)


def _means(places: Floats, node: Ints) -> Floats:
    count = np.bincount(node)
    columns = [np.bincount(node, places[:, axis]) / count for axis in (0, 1)]
    return np.column_stack(columns)


def _pieces(marks: _Marks) -> Iterator[_Piece]:
    line, at_m, node = (column.tolist() for column in marks)
    for here in range(len(line) - 1):
        after = here + 1
        length = at_m[after] - at_m[here]
        if line[here] == line[after] and (node[here] != node[after] or length > GAP_M):
            yield _Piece(line[here], node[here], node[after], at_m[here], at_m[after])


def _without_circles(
    pieces: list[_Piece], nodes: int
) -> tuple[list[_Piece], list[tuple[int, float]]]:
    """Halve pieces that come back to where they begin, so that its ends tell a direction."""
    whole: list[_Piece] = []
    middles: list[tuple[int, float]] = []
    for piece in pieces:
        if piece.source != piece.target:
            whole.append(piece)
            continue
        middle, at_m = nodes + len(middles), (piece.start_m + piece.end_m) / 2
        middles.append((piece.line, at_m))
        whole.append(piece._replace(target=middle, end_m=at_m))
        whole.append(piece._replace(source=middle, start_m=at_m))
    return whole, middles


def _drawn(lines: list[LineString], pieces: list[_Piece], nodes: Floats) -> Iterator[LineString]:
    """Yield each piece as a stretch of its line, bent to the nodes at its ends."""
    course = [shapely.get_coordinates(line) for line in lines]
    along = [distances_along(places) for places in course]
    for piece in pieces:
        at = along[piece.line]
        first = np.searchsorted(at, piece.start_m + GAP_M, "right")
        after = np.searchsorted(at, piece.end_m - GAP_M, "left")
        inner = course[piece.line][first : max(first, after)]
        yield LineString(np.vstack([nodes[[piece.source]], inner, nodes[[piece.target]]]))
