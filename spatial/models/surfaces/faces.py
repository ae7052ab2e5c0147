"""Area, direction and cone of every polygon, for all polygons at once."""

from typing import NamedTuple

import numpy as np

from spatial.models.surfaces.layout import Floats, Ints, Surfaces, totals


class Faces(NamedTuple):
    """What is known of each corner, ring and polygon.

    Attributes:
        following: int64[k], position of the next corner of the ring.
        cones_m3: float64[r], signed volume between a ring and the first corner of its drawing.
        areas_m2: float64[p], holes taken away.
        upward_m2: float64[p], area of the boundary seen from above: positive where the face looks
            up, negative where it looks down.
    """

    following: Ints
    cones_m3: Floats
    areas_m2: Floats
    upward_m2: Floats


def faces_of(surfaces: Surfaces) -> Faces:
    """Measure all faces.

    A ring is taken as a fan of triangles around its first corner; their vector areas add up to half
    the sum of the cross products of neighbours, and their cones to its product with that corner.
    """
    rings = surfaces.rings
    following = _following(rings)
    x, y, z = (_local(along, surfaces.drawing_corners) for along in surfaces.corner_places)
    next_x, next_y, next_z = x[following], y[following], z[following]
    east = totals(y * next_z - z * next_y, rings) / 2
    north = totals(z * next_x - x * next_z, rings) / 2
    up = totals(x * next_y - y * next_x, rings) / 2
    cones = np.zeros(len(up))
    filled = np.diff(rings) > 0
    first = rings[:-1][filled]
    cones[filled] = x[first] * east[filled] + y[first] * north[filled] + z[first] * up[filled]
    sizes = np.sqrt(east * east + north * north + up * up)
    bounding = np.zeros(len(sizes), bool)
    bounding[surfaces.polygons[:-1][np.diff(surfaces.polygons) > 0]] = True
    areas = totals(np.where(bounding, sizes, -sizes), surfaces.polygons)
    upward = totals(np.where(bounding, up, 0.0), surfaces.polygons)
    return Faces(following, cones / 3, np.maximum(areas, 0.0), upward)


def _following(rings: Ints) -> Ints:
    following = np.arange(1, rings[-1] + 1)
    filled = rings[:-1] < rings[1:]
    following[rings[1:][filled] - 1] = rings[:-1][filled]
    return following


def _local(along: Floats, starts: Ints) -> Floats:
    """Return coordinates (k) from the first corner of their drawing.

    Millions of metres from the origin the products would lose the square centimetres.
    """
    sizes = np.diff(starts)
    filled = sizes > 0
    return along - np.repeat(along[starts[:-1][filled]], sizes[filled])
