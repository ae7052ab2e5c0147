"""The vertices of one or many documents as one array of coordinates."""

from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from spatial.models.cityjson.header import FARTHEST, Transform
from spatial.models.frames.wording import shown
from spatial.models.surfaces.layout import Flags, Floats

_TRIPLE = 3


class Vertices(NamedTuple):
    """Vertices (v) as the CRS has them.

    Attributes:
        places: float64[v, 3]; zeros where a vertex is none.
        bad: bool[v], which vertices are none; None where all are good.
        written: how the file writes each; nothing where all are good.
    """

    places: Floats
    bad: Flags | None
    written: Sequence[Any] = ()


def vertices_of(written: Sequence[Any], transform: Transform | None) -> Vertices:
    """Return the vertices; what is not three numbers is marked bad.

    Args:
        written: triples, whole numbers where there is a transform.
        transform: scale and translate; None where the numbers are coordinates themselves.
    """
    numbers = _numbers(written, float if transform is None else int)
    if numbers is not None:
        places = _scaled(numbers, transform)
        bad = _too_far(places)
    else:
        places, bad = _one_by_one(written, transform)
    if not bad.any():
        return Vertices(places, None)
    places[bad] = 0.0
    return Vertices(places, bad, written)


def complaint(vertices: Vertices, at: int) -> str:
    """Return what is wrong with a bad vertex."""
    written = vertices.written[at]
    if isinstance(written, list) and len(written) == _TRIPLE and all(map(_is_whole, written)):
        return f"vertex {shown(written)} lies farther out than {FARTHEST:.0e} by the transform"
    return f"a vertex is {shown(written)}: expected three numbers of the file's kind"


def _numbers(written: Sequence[Any], kind: type) -> Floats | None:
    """Return float64[v, 3] where every vertex is three numbers of the kind, None otherwise."""
    if not set(map(type, written)) <= {list} or not set(map(len, written)) <= {_TRIPLE}:
        return None
    flat = list(chain.from_iterable(written))
    numbers = _whole_numbers(flat) if kind is int else _any_numbers(flat)
    return None if numbers is None else numbers.reshape(-1, _TRIPLE)


def _whole_numbers(flat: list[Any]) -> Floats | None:
    try:
        numbers = np.frombuffer(array("q", flat), np.int64)
    except (TypeError, OverflowError):
        return None
    # True and False count as 1 and 0.
    if ((numbers == 0) | (numbers == 1)).any() and bool in set(map(type, flat)):
        return None
    return numbers.astype(np.float64)


def _any_numbers(flat: list[Any]) -> Floats | None:
    if not set(map(type, flat)) <= {int, float}:
        return None
    try:
        return np.fromiter(flat, np.float64, len(flat))
    except OverflowError:
        return None


def _one_by_one(written: Sequence[Any], transform: Transform | None) -> tuple[Floats, Flags]:
    suits: Callable[[Any], bool] = _is_float if transform is None else _is_whole
    places = np.zeros((len(written), _TRIPLE))
    bad = np.ones(len(written), bool)
    for at, vertex in enumerate(written):
        if isinstance(vertex, list) and len(vertex) == _TRIPLE and all(map(suits, vertex)):
            places[at] = vertex
            bad[at] = False
    places = _scaled(places, transform)
    return places, bad | _too_far(places)


def _too_far(places: Floats) -> Flags:
    return np.asarray(~(np.abs(places) <= FARTHEST).all(axis=1))


def _scaled(numbers: Floats, transform: Transform | None) -> Floats:
    if transform is None:
        return numbers
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(numbers * np.array(transform.scale) + np.array(transform.translate))


def _is_float(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FARTHEST


def _is_whole(value: object) -> bool:
    return isinstance(value, int | float) and _is_float(value) and float(value).is_integer()
