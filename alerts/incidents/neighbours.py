"""Which rain gauges have no other one between them."""

import numpy as np
from scipy.spatial import Delaunay, QhullError

from alerts.incidents.linking import Neighbours
from alerts.incidents.members import Floats, Ints

_LEAST_GAUGES = 3


def neighbours(places: Floats) -> Neighbours:
    """Return which places have no other one between them: the edges of their Gabriel graph.

    Two are neighbours where the circle over the line between them holds no third one (Gabriel and
    Sokal, 1969). So a gauge that stays dry between two storms keeps them apart.

    Args:
        places: float64[n, 2], metres.
    """
    count = len(places)
    if count < _LEAST_GAUGES:
        pairs = np.array([(a, b) for a in range(count) for b in range(count) if a != b], np.int64)
        return Neighbours(count, np.sort(pairs.reshape(-1, 2) @ np.array([count, 1])))
    try:
        edges = _edges(Delaunay(places).simplices.astype(np.int64))
    except QhullError:  # all on one line
        order = np.lexsort(places.T)
        edges = np.column_stack([order[:-1], order[1:]])
    centre = (places[edges[:, 0]] + places[edges[:, 1]]) / 2
    radius = np.hypot(*(places[edges[:, 0]] - centre).T)
    free = np.array(
        [
            np.hypot(*(places - middle).T).min() >= reach * (1 - 1e-9)
            for middle, reach in zip(centre, radius, strict=True)
        ],
        np.bool_,
    )
    kept = edges[free]
    both = np.concatenate([kept, kept[:, ::-1]])
    return Neighbours(count, np.unique(both[:, 0].astype(np.int64) * count + both[:, 1]))


def _edges(triangles: Ints) -> Ints:
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    return np.unique(np.sort(sides, axis=1), axis=0).astype(np.int64)
