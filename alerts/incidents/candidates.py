"""Pairs of alerts that a relation of places holds between, time aside."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from alerts.incidents.members import Flags, Ints, Members

Candidates = Iterator[tuple[Ints, Ints]]
Finding = Callable[[Members, float, Ints, Ints], Candidates]
"""Members, the longest distance in metres, rows of possible causes and of possible effects."""

_MOST_PAIRS = 2_000_000
"""Looked at in one go: some hundred megabytes."""
_CHUNK = 512


def _by_key(name: str) -> Finding:
    def candidates(members: Members, _distance_m: float, first: Ints, second: Ints) -> Candidates:
        key: Ints = getattr(members, name)
        return _same_key((key, key), first, second)

    return candidates


def _under(members: Members, _distance_m: float, first: Ints, second: Ints) -> Candidates:
    """Yield effects to which no other gauge is nearer than that of the cause (Thiessen, 1911)."""
    return _same_key((members.gauge, members.nearest), first, second)


def _same_key(keys: tuple[Ints, Ints], first: Ints, second: Ints) -> Candidates:
    """Yield pairs of which both have the same key, which is not below 0."""
    first, second = first[keys[0][first] >= 0], second[keys[1][second] >= 0]
    second = second[np.argsort(keys[1][second], kind="stable")]
    sorted_keys = keys[1][second]
    start = np.searchsorted(sorted_keys, keys[0][first], "left")
    many = np.searchsorted(sorted_keys, keys[0][first], "right") - start
    for rows in _portions(many):
        count = many[rows]
        past = np.cumsum(count)
        offset = np.arange(past[-1] if len(past) else 0) - np.repeat(past - count, count)
        yield np.repeat(first[rows], count), second[np.repeat(start[rows], count) + offset]


def _portions(many: Ints) -> Iterator[slice]:
    """Yield runs of rows that together have about as many pairs as are looked at in one go."""
    total = np.cumsum(many)
    begin = 0
    while begin < len(many):
        before = int(total[begin - 1]) if begin else 0
        end = int(np.searchsorted(total, before + _MOST_PAIRS, "right"))
        end = max(end, begin + 1)
        yield slice(begin, end)
        begin = end


def _nearby(members: Members, distance_m: float, first: Ints, second: Ints) -> Candidates:
    placed = np.isfinite(members.x) & np.isfinite(members.y)
    first, second = first[placed[first]], second[placed[second]]
    tree = shapely.STRtree(_points(members, second))
    for begin in range(0, len(first), _CHUNK):
        some = first[begin : begin + _CHUNK]
        at, found = tree.query(_points(members, some), predicate="dwithin", distance=distance_m)
        yield some[at], second[found]


def _below(members: Members, distance_m: float, first: Ints, second: Ints) -> Candidates:
    """Yield effects that lie on the causes' way down, or at the same node."""
    del distance_m
    for cause, effect in _same_key((members.root, members.root), first, second):
        inside = _upstream_of(members, cause, effect)
        yield cause[inside], effect[inside]


def _above(members: Members, distance_m: float, first: Ints, second: Ints) -> Candidates:
    """Yield effects whose way down comes to the causes."""
    del distance_m
    for cause, effect in _same_key((members.root, members.root), first, second):
        inside = _upstream_of(members, effect, cause)
        yield cause[inside], effect[inside]


def _upstream_of(members: Members, upper: Ints, lower: Ints) -> Flags:
    place = members.enter[upper]
    return np.asarray((members.enter[lower] <= place) & (place <= members.leave[lower]), np.bool_)


def _points(members: Members, rows: Ints) -> NDArray[Any]:
    return np.asarray(shapely.points(members.x[rows], members.y[rows]), object)


FINDING: Mapping[str, Finding] = {
    "entity": _by_key("entity"),
    "building": _by_key("building"),
    "catchment": _by_key("catchment"),
    "near": _nearby,
    "cell": _nearby,
    "network": _nearby,
    "gauge": _under,
    "downstream": _below,
    "upstream": _above,
}
"""How pairs of each relation are found."""
