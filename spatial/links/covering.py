"""What cameras see: objects that the polygon of a camera's view covers, and how much of each."""

import numpy as np
import shapely

from spatial.links.looking import FIT, OTHER_TIME, Candidates, Ground, apart, near
from spatial.links.rules import Bools, Floats, RuleBook, Shapes
from spatial.soundness import mended

LEAST_SHARE = 0.01
"""Of an object of which a camera sees less it does not see enough to watch it."""
_SHARE_DIGITS = 3
_AREAL = 2


def look_through(ground: Ground, book: RuleBook, views: Shapes) -> Candidates:
    """Return what each camera sees of the objects within the limits of the rules of covering.

    Args:
        ground: with n devices.
        book: the rules.
        views: object[n], polygons of what the devices see, None of what has no view.
    """
    found = []
    sighted = ~(shapely.is_missing(views) | shapely.is_empty(views))
    for number in np.flatnonzero(book.covers).tolist():
        classes = int(book.sensor[number]), int(book.target[number])
        for device, thing, distance in near(ground, *classes, float(book.limit_m[number])):
            kept = np.flatnonzero(sighted[device])
            mine, seen = device[kept], thing[kept]
            share = shares(views[mine], ground.objects.shape[seen])
            enough = share >= LEAST_SHARE
            mine, seen = mine[enough], seen[enough]
            found.append(
                Candidates(
                    mine,
                    np.full(len(mine), number),
                    seen,
                    distance[kept][enough],
                    share[enough],
                    np.where(apart(ground, mine, seen), OTHER_TIME, FIT),
                )
            )
    return Candidates.joined(found)


def shares(views: Shapes, shapes: Shapes) -> Floats:
    """Return how much of each shape (n) the view beside it covers: of area, length or points."""
    found = np.zeros(len(shapes))
    seen_from, things = mended(views), mended(shapes)
    met: Bools = shapely.intersects(seen_from, things)
    rows = np.flatnonzero(met)
    whole = things[rows]
    part = shapely.intersection(whole, seen_from[rows])
    areal = shapely.get_dimensions(whole) == _AREAL
    size = np.where(areal, shapely.area(whole), shapely.length(whole))
    seen = np.where(areal, shapely.area(part), shapely.length(part))
    # A point has no size: it is seen, or not.
    found[rows] = np.divide(seen, size, out=np.ones(len(rows)), where=size > 0)
    return found.round(_SHARE_DIGITS).clip(0, 1)
