"""The pulse that each sensor saw, cut out of its readings."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.networks.network import Floats, Ints
from spatial.networks.sources.assumptions import Assumptions, Readings

_GAP = 3
"""So many readings below the limit may lie within one pulse."""
_SURE = 2.0
"""One reading alone counts from this many times the limit on; from the limit on, two in a row."""
_FEW = 2
_MOST_POINTS = 64
_LIMIT_SHARE = 0.02
_BEYOND = 1e12
"""No concentration and no instant is so far from zero; NaN is neither below nor above it."""
_LEAST_INTERVAL_S = 1.0


class Sensors(NamedTuple):
    """Sensors with a reading (s), and their readings (r) in the order of sensor and time.

    Attributes:
        node: int64[s], ascending.
        first: int64[s + 1], readings of sensor i are ``first[i]:first[i + 1]``.
        time_s: float64[r].
        value: float64[r].
        peak: float64[s], highest value.
        saw: bool[s], whether it saw anything.
        limit: detection limit.
        line: float64[r], ascending: the times of the sensors, each in a stretch of its own.
    """

    node: Ints
    first: Ints
    time_s: Floats
    value: Floats
    peak: Floats
    saw: NDArray[np.bool_]
    limit: float
    line: Floats

    def count_within(self, sensor: Ints, begin_s: Floats, end_s: Floats) -> Ints:
        """Return how many readings each sensor (position) has in a time, any shape."""
        span, origin = _stretch(self.time_s)

        def rank(time: Floats) -> Ints:
            after = (time - origin).clip(-span, 2 * span - 1)
            return np.asarray(np.searchsorted(self.line, 3 * span * sensor + after), np.int64)

        return np.asarray(rank(end_s) - rank(begin_s))


class Pulse(NamedTuple):
    """What one sensor saw.

    Attributes:
        sensor: position among the sensors.
        time_s: float64[w], readings of the pulse and a few beside it, averaged where many.
        value: float64[w].
        together: how many readings stand behind each point.
        interval_s: between two points.
        rise_s: when it first reached half of its height.
        fall_s: when it last had half of its height.
        whole: whether its beginning and its end were seen.
        peak: its height.
    """

    sensor: int
    time_s: Floats
    value: Floats
    together: int
    interval_s: float
    rise_s: float
    fall_s: float
    whole: bool
    peak: float

    @property
    def width_s(self) -> float:
        """How long it was at half of its height or above, one interval at least."""
        return max(self.fall_s - self.rise_s, self.interval_s)

    @property
    def centre_s(self) -> float:
        """Its centre of gravity."""
        if len(self.time_s) < _FEW:
            return float(self.time_s[0])
        area = float(np.trapezoid(self.value, self.time_s))
        if area <= 0:
            return float(self.time_s[self.value.argmax()])
        moment = np.trapezoid(self.value * (self.time_s - self.rise_s), self.time_s)
        return self.rise_s + float(moment) / area

    @property
    def area(self) -> float:
        """Concentration by time."""
        return self.peak * self.width_s


def read_sensors(readings: Readings, assumptions: Assumptions) -> Sensors:
    """Sort the readings by sensor and tell which sensors saw something."""
    node = np.asarray(readings.node, np.int64)
    time, value = (np.asarray(each, np.float64) for each in (readings.time_s, readings.value))
    known = (np.abs(value) < _BEYOND) & (np.abs(time) < _BEYOND)
    node, time, value = node[known], time[known], value[known]
    ahead = (np.diff(node) < 0) | ((np.diff(node) == 0) & (np.diff(time) < 0))
    if ahead.any():
        order = np.lexsort((time, node))
        node, time, value = node[order], time[order], value[order]
    start = np.flatnonzero(np.diff(node, prepend=-1))
    first = np.append(start, len(node))
    peak = np.maximum.reduceat(value, start) if len(start) else np.empty(0)
    limit = _limit(value, assumptions)
    saw = _saw(value, first, peak, limit)
    span, origin = _stretch(time)
    line = 3 * span * np.repeat(np.arange(len(start)), np.diff(first)) + (time - origin)
    return Sensors(node[start], first, time, value, peak, saw, limit, line)


def _stretch(time: Floats) -> tuple[float, float]:
    """Return how long all readings take together, a second at least, and when they begin."""
    if not len(time):
        return 1.0, 0.0
    return float(time.max() - time.min()) + 1.0, float(time.min())


def _limit(value: Floats, assumptions: Assumptions) -> float:
    if assumptions.detection_limit is not None:
        return assumptions.detection_limit
    return max(_LIMIT_SHARE * float(value.max(initial=0.0)), 1e-12)


def _saw(value: Floats, first: Ints, peak: Floats, limit: float) -> NDArray[np.bool_]:
    above = value >= limit
    count = np.diff(first)
    in_a_row = above[:-1] & above[1:]
    in_a_row[first[1:-1] - 1] = False
    rows = np.concatenate([[0], np.cumsum(in_a_row)])
    runs = rows[first[1:] - 1] - rows[first[:-1]] > 0
    lone = (peak >= limit) & (count <= _FEW)
    return np.asarray(runs | (peak >= _SURE * limit) | lone)


def pulse_of(sensors: Sensors, sensor: int) -> Pulse:
    """Cut the highest pulse out of what a sensor (position) read."""
    mine = slice(int(sensors.first[sensor]), int(sensors.first[sensor + 1]))
    time, value = sensors.time_s[mine], sensors.value[mine]
    begin, end = _run(value >= sensors.limit, int(np.argmax(value)))
    edges = slice(max(0, begin - 1), end + 1)
    rise, fall = _half_height(time[edges], value[edges])
    beside = max(_GAP, (end - begin) // 4)
    window = slice(max(0, begin - beside), end + beside)
    together = -(-(len(time[window])) // _MOST_POINTS)
    points = _averaged(np.stack([time[window], value[window]]), together)
    return Pulse(
        sensor=sensor,
        time_s=points[0],
        value=points[1],
        together=together,
        interval_s=_interval(points[0]),
        rise_s=rise,
        fall_s=fall,
        whole=begin > 0 and end < len(time),
        peak=_height(value[begin:end]),
    )


def _interval(time: Floats) -> float:
    usual = float(np.median(np.diff(time))) if len(time) > 1 else 60.0
    return max(usual, _LEAST_INTERVAL_S)


def _run(above: NDArray[np.bool_], top: int) -> tuple[int, int]:
    """Return where the readings above the limit around the highest one begin and end."""
    places = np.flatnonzero(above)
    if not len(places):
        return top, top + 1
    parts = np.split(places, np.flatnonzero(np.diff(places) > _GAP + 1) + 1)
    own = next(part for part in parts if part[0] <= top <= part[-1])
    return int(own[0]), int(own[-1]) + 1


def _height(value: Floats) -> float:
    highest = np.sort(value)[-max(1, len(value) // 5) :]
    return float(highest.mean())


def _half_height(time: Floats, value: Floats) -> tuple[float, float]:
    tall = np.flatnonzero(value >= _height(value) / 2)
    first, last = int(tall[0]), int(tall[-1])
    return _crossing(time, value, first, -1), _crossing(time, value, last, 1)


def _crossing(time: Floats, value: Floats, inner: int, side: int) -> float:
    """Return when the value crosses half of its height between a reading and the one beside it."""
    outer = inner + side
    if not 0 <= outer < len(time):
        return float(time[inner])
    half = _height(value) / 2
    share = (value[inner] - half) / max(value[inner] - value[outer], 1e-30)
    return float(time[inner] + share * (time[outer] - time[inner]))


def _averaged(points: NDArray[Any], together: int) -> Floats:
    if together == 1:
        return np.asarray(points, np.float64)
    count = points.shape[1] // together
    return np.asarray(points[:, : count * together].reshape(2, count, together).mean(axis=2))
