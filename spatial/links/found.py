"""Links as arrays: of the candidates that were taken, and of what people said."""

from typing import NamedTuple, Self

import numpy as np
import shapely

from spatial.links import along
from spatial.links.choosing import Choice
from spatial.links.confidence import confidence
from spatial.links.entities import NO_END, NO_START, Entities
from spatial.links.looking import Candidates, Ground
from spatial.links.rules import METHODS, Bools, Floats, Ints, Method, RuleBook, Shapes

_DIGITS = 3
_AREAL = 2
_NUMBER = {method: number for number, method in enumerate(METHODS)}


class Found(NamedTuple):
    """Links (k), in no order that would matter.

    Attributes:
        device: int64[k], code.
        relation: int64[k], position in ``RuleBook.relations``.
        target: int64[k], code.
        method: int64[k], position in ``METHODS``.
        distance_m: float64[k], seen from above, to the millimetre; NaN where one has no place.
        confidence: float64[k], 0 to 1.
        limit_m: float64[k], of the rule; NaN of what a person said.
        rival: int64[k], code of the next best object, 0 where there is none in reach.
        rival_m: float64[k], how far away that is; NaN where there is none.
        along_m: float64[k], distance from the start of a line; NaN where it is not asked.
        side: int64[k], a key of ``along.SIDES``.
        share: float64[k], of the object that a view covers; NaN of other links.
        valid_from: int64[k], microseconds since 2000-01-01 UTC, ``NO_START`` for none.
        valid_to: int64[k], alike, ``NO_END`` for none.
    """

    device: Ints
    relation: Ints
    target: Ints
    method: Ints
    distance_m: Floats
    confidence: Floats
    limit_m: Floats
    rival: Ints
    rival_m: Floats
    along_m: Floats
    side: Ints
    share: Floats
    valid_from: Ints
    valid_to: Ints

    def taken(self, rows: Ints | Bools) -> Self:
        """Return some of them."""
        return type(self)._make(column[rows] for column in self)

    def joined(self, more: Self) -> Self:
        """Return these links and ``more`` behind them."""
        return type(self)._make(np.concatenate(pair) for pair in zip(self, more, strict=True))


def taken(ground: Ground, book: RuleBook, candidates: Candidates, choice: Choice) -> Found:
    """Return the links to the candidates that were taken."""
    won, rival = candidates.taken(choice.won), choice.rival
    shapes = ground.objects.shape[won.target]
    methods = _methods(book, won, shapes)
    lines = shapes.copy()
    lines[methods != _NUMBER[Method.AT]] = None
    spot = along.locate(ground.places[won.device], lines)
    rival_m = np.where(rival >= 0, candidates.distance_m[rival], np.nan)
    limit_m = book.limit_m[won.rule]
    sure = confidence(won.distance_m, limit_m, rival_m, book.inside[won.rule])
    return Found(
        ground.devices.code[won.device],
        book.relation[won.rule],
        ground.objects.code[won.target],
        methods,
        won.distance_m.round(_DIGITS),
        np.where(book.covers[won.rule], won.share, sure),
        limit_m,
        np.where(rival >= 0, ground.objects.code[candidates.target[rival]], 0),
        rival_m.round(_DIGITS),
        spot.distance_m,
        spot.side,
        won.share,
        *_validity(ground, won.device, won.target),
    )


def said(ground: Ground, device: Ints, relation: Ints, target: Ints) -> Found:
    """Return the links that people said.

    Args:
        ground: with the devices, and with the objects where they have a place.
        device: int64[s], codes.
        relation: int64[s], positions of the relations.
        target: int64[s], codes.
    """
    mine, things = _positions(ground.devices, device), _positions(ground.objects, target)
    kept = np.flatnonzero((mine >= 0) & (things >= 0))
    mine, things = mine[kept], things[kept]
    count, unknown = len(kept), np.full(len(kept), np.nan)
    distance = shapely.distance(ground.places[mine], ground.objects.shape[things])
    return Found(
        device[kept],
        relation[kept],
        target[kept],
        np.full(count, _NUMBER[Method.PERSON]),
        np.where(np.isfinite(distance), distance, np.nan).round(_DIGITS),
        np.ones(count),
        unknown,
        np.zeros(count, np.int64),
        unknown,
        unknown,
        np.full(count, along.NO_SIDE),
        unknown,
        *_validity(ground, mine, things),
    )


def _methods(book: RuleBook, won: Candidates, shapes: Shapes) -> Ints:
    """Return how each link was found, as positions in ``METHODS``."""
    inside = (won.distance_m == 0) & (shapely.get_dimensions(shapes) == _AREAL)
    at = book.at[won.rule] & along.is_line(shapes)
    return np.select(
        [book.covers[won.rule], inside, at],
        [_NUMBER[Method.COVERS], _NUMBER[Method.INSIDE], _NUMBER[Method.AT]],
        _NUMBER[Method.NEAREST],
    ).astype(np.int64)


def _validity(ground: Ground, device: Ints, target: Ints) -> tuple[Ints, Ints]:
    """Return since when and until when both are there; for ever where they never are together."""
    devices, objects = ground.devices, ground.objects
    start = np.maximum(devices.valid_from[device], objects.valid_from[target])
    end = np.minimum(devices.valid_to[device], objects.valid_to[target])
    together: Bools = start < end
    return np.where(together, start, NO_START), np.where(together, end, NO_END)


def _positions(entities: Entities, code: Ints) -> Ints:
    """Return where each code stands, -1 where it does not."""
    if not len(code):
        return code
    place = {each: at for at, each in enumerate(entities.code.tolist())}
    return np.array([place.get(each, -1) for each in code.tolist()], np.int64)
