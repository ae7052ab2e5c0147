"""Which nodes are worth weighing: those that explain most of what was seen and what was not."""

import numpy as np

from spatial.networks.network import Floats, Ints
from spatial.networks.sources.main_ways import widest_ways
from spatial.networks.transport import Transport

_MARGIN = 14.0
"""How much less likely than the best a node may look at first, as a logarithm."""
_ROUNDS = 3
_LEAST_GAIN = 1e-9


def promising(transport: Transport, worth: Floats, at_most: int) -> Ints:
    """Return the nodes whose water passes what speaks for it, best first: int64[k].

    Args:
        transport: how water moves.
        worth: float64[n], what a sensor at each node says of a release above it, as a logarithm:
            positive where it saw one, negative where it read and saw nothing.
        at_most: how many.
    """
    total, travel = _along(transport, worth)
    best = total.max(initial=0.0)
    if best <= 0:
        return np.empty(0, np.int64)
    near = np.flatnonzero(total > best - _MARGIN)
    order = np.lexsort((travel[near], -total[near].round(6)))
    return near[order[:at_most]]


def _along(transport: Transport, worth: Floats) -> tuple[Floats, Floats]:
    """Return the worth of each node and all below it, on the best way, and the time of that way."""
    count = len(worth)
    # The last node is where water has left the network; nothing is there.
    value, time = np.append(worth, 0.0), np.append(transport.travel_s, 0.0)
    most = worth.clip(0).sum()
    way = widest_ways(transport)
    parting = np.flatnonzero(np.bincount(transport.tail, minlength=count)[transport.tail] > 1)
    for _ in range(_ROUNDS):
        below = np.append(transport.head, count)[np.append(way, -1)]
        total = _summed(below, np.column_stack([value, time[np.append(way, -1)]]))
        better = _better(transport, way, parting, total[:, 0])
        if not len(better):
            break
        way[transport.tail[better]] = better
    return np.minimum(total[:-1, 0], most), total[:-1, 1]


def _better(transport: Transport, way: Ints, parting: Ints, total: Floats) -> Ints:
    gain = total[transport.head[parting]] - total[transport.head[way[transport.tail[parting]]]]
    better = parting[gain > _LEAST_GAIN]
    return better[np.argsort(gain[gain > _LEAST_GAIN], kind="stable")]


def _summed(below: Ints, value: Floats) -> Floats:
    """Return the sum from each node down to the end, doubling the stride each time."""
    total, jump = value.copy(), below.copy()
    for _ in range(len(below).bit_length()):
        total += total[jump]
        jump = jump[jump]
        if (jump == len(below) - 1).all():
            break
    return total
