"""What a sensor at each place of a zone would add."""

import numpy as np
from scipy.special import erf

from spatial.networks.network import Floats, Ints
from spatial.networks.sources.zones import Clock, Outlook, Zone, alike_in

_LARGE = 256
"""In zones of more nodes than this, places are compared by how many nodes lie above each."""
_NEAR_BEST = 0.8
_OF_ZONE = 0.25
_GRADES = 16
_LEAST_GAIN = 1e-9


def best_places(zone: Zone, outlook: Outlook) -> tuple[Ints, Floats]:
    """Return members at which sensors add most, none above another, and what each adds.

    One of a small zone, none where it would add nothing. In a large zone that has many about as
    good as the best these are chosen together, as long as they take no great part of it.
    """
    none = np.empty(0, np.int64), np.empty(0)
    if not len(zone.member):
        return none
    large = len(zone.member) > _LARGE
    end = np.searchsorted(zone.member, outlook.ways.end[zone.member])
    gain = _roughly(zone, end, outlook) if large else _exactly(zone, end, outlook)
    free = outlook.allowed[zone.member].copy()
    free[0] &= not zone.watched
    gain[~free] = -np.inf
    best = int(gain.argmax())
    if gain[best] <= _LEAST_GAIN:
        return none
    chosen = _several(gain, end) if large else np.array([best])
    return chosen, gain[chosen]


def _several(gain: Floats, end: Ints) -> Ints:
    """Return places nearly as good as the best that do not lie above one another."""
    near = np.flatnonzero(gain >= _NEAR_BEST * gain.max())
    best_first = near[np.argsort(-gain[near], kind="stable")]
    chosen, free, left = list[int](), np.ones(len(gain), np.bool_), _OF_ZONE * len(gain)
    taken = free & False
    for place in best_first.tolist():
        size = int(end[place]) - place
        if chosen and size > left:
            break
        if free[place] and not taken[place : end[place]].any():
            chosen.append(place)
            taken[place], free[place : end[place]], left = True, False, left - size
    return np.array(chosen)


def _exactly(zone: Zone, end: Ints, outlook: Outlook) -> Floats:
    """Return what a sensor at each member adds, by what looks alike above it and beside it."""
    clock, size = Clock.of(zone, outlook), np.arange(len(end))
    above = (size >= size[:, None]) & (size < end[:, None])
    weight = outlook.weight[zone.member]
    # Weight above each place of the nodes so near, to be read between two travel times.
    within = np.zeros((len(end), len(end) + 1))
    np.cumsum(above[:, clock.order] * weight[clock.order], axis=1, out=within[:, 1:])
    place, source = np.nonzero(above)
    first, past = clock.around(source, clock.away_s[source] - clock.away_s[place])
    found = outlook.found(within[place, past] - within[place, first])
    seen = outlook.visible(zone.member[source], zone.member[place])
    added = np.bincount(place, weight[source] * seen * found, len(end))
    if not zone.watched:
        return np.asarray(added)
    alike, known = alike_in(zone, outlook), weight * outlook.visible(zone.member, zone.member[0])
    first, past = clock.around(size, clock.away_s)
    fewer = outlook.found(alike - (within[:, past] - within[:, first]))
    left = (np.where(above, 0.0, fewer) * known).sum(axis=1)
    return np.asarray(added + left - (known * outlook.found(alike)).sum())


def _roughly(zone: Zone, end: Ints, outlook: Outlook) -> Floats:
    """Return about the same, as if the travel times on both sides were normally distributed."""
    weight, travel = outlook.weight[zone.member], outlook.ways.travel_s[zone.member]
    away = travel - travel[0]
    moments = np.stack([_above(weight * away**power, end) for power in range(3)])
    shown = _shown(zone, end, outlook)
    added = shown * outlook.found(_alike(moments, away, outlook))
    if not zone.watched:
        return np.asarray(added)
    known = weight * outlook.visible(zone.member, zone.member[0])
    rest = known.sum() - _above(known, end)
    beside = _alike(moments[:, :1] - moments, np.zeros(1), outlook)
    before = known.sum() * outlook.found(_alike(moments[:, :1], np.zeros(1), outlook))
    return np.asarray(added + rest * outlook.found(beside) - before)


def _alike(moments: Floats, sensor_s: Floats, outlook: Outlook) -> Floats:
    """Return about the weight that looks alike in the mean.

    Args:
        moments: float64[3, z], sums of weight, of travel times and of their squares.
        sensor_s: travel times from where they count.
        outlook: what is known.
    """
    size = np.maximum(moments[0], 1e-12)
    mean = moments[1] / size
    deviation = np.sqrt(np.maximum(moments[2] / size - mean**2, 1e-6))
    share = erf(outlook.tolerance(mean - sensor_s) / (2 * deviation))
    return np.asarray(np.maximum(size * share, np.minimum(size, 1.0)))


def _shown(zone: Zone, end: Ints, outlook: Outlook) -> Floats:
    """Return the weight that a sensor at each member would see, by a few grades of dilution."""
    dilution = outlook.ways.log_dilution[zone.member]
    weight, total = outlook.weight[zone.member], np.zeros(len(dilution))
    grade = np.digitize(dilution, np.linspace(dilution.min(), dilution.max(), _GRADES)[1:])
    for each in np.unique(grade).tolist():
        mine = grade == each
        seen = outlook.seen_at(dilution - dilution[mine].mean())
        total += _above(np.where(mine, weight, 0.0), end) * seen
    return total


def _above(value: Floats, end: Ints) -> Floats:
    """Return the sum over what drains to each member, itself included."""
    total = np.append(0.0, value.cumsum())
    return np.asarray(total[end] - total[:-1])
