"""The best that anybody could do: whoever knows all but where, and when within what is known.

Every node that the same sensor sees first is simulated as the release itself was. Readings are then
compared with all of them, for all begins that are possible and all durations, by the very noise
that they were made with. Only the first sensor below counts: those further down see the same of all
these nodes. What this does not tell apart, nothing does.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from spatial.networks.network import Floats, Ints, Network
from spatial.networks.sources import Readings
from tests.unit.spatial.sources.plug_flow import STEP_S, Releases, Truth, Watch, simulate

_UNTIL_S = 6 * 3600.0
_BEGINS = 9
_AROUND_S = np.arange(-600.0, 601.0, 60.0)
_DURATIONS_S = np.arange(-600.0, 601.0, 30.0)
_BESIDE_S = (1200.0, 2400.0)
_LONGEST_S, _SHORTEST_S = 5400.0, 300.0
_HALF_MINUTE_S = 30.0
_IMPOSSIBLE = -1e9


class _Zone(NamedTuple):
    """Nodes (z) that one sensor sees first, and what it sees of each.

    Attributes:
        node: int64[z].
        rising: float64[z, t], a release of 1 g in an instant, integrated twice over time.
    """

    node: Ints
    rising: Floats


class Oracle:
    """Ranks the nodes above the sensor that saw a release first."""

    def __init__(self, network: Network, truth: Truth, watch: Watch) -> None:
        self._network, self._truth, self._watch = network, truth._replace(swing=0.0), watch
        self._first = _first_below(network, watch.node)
        self._zones: dict[int, _Zone] = {}

    def rank(self, node: int, readings: Readings, window: tuple[float, float] | None) -> int:
        """Return the rank of the true node, from 1 on; ties count against it by half."""
        sensor = int(self._first[node])
        mine = readings.of(readings.node == sensor)
        if not len(mine.node):
            return 0
        zone = self._zone(sensor)
        score = np.array([self._score(rising, mine, window) for rising in zone.rising])
        own = score[zone.node == node]
        return 1 + int((score > own).sum() + ((score == own).sum() - 1) // 2)

    def _zone(self, sensor: int) -> _Zone:
        if sensor not in self._zones:
            network = self._network
            inside = self._first == sensor
            node = np.flatnonzero(inside & (network.node_kind == "junction"))
            keep = inside[network.link_from] & (network.link_from != sensor)
            part = replace(
                network, link_from=network.link_from[keep], link_to=network.link_to[keep]
            )
            truth = self._truth._replace(
                travel_s=self._truth.travel_s[keep], share=self._truth.share[keep]
            )
            each = np.ones(len(node))
            releases = Releases(node, 0 * each, STEP_S * each, each)
            seen = simulate(part, truth, releases, _UNTIL_S, STEP_S)
            passing = np.stack([one[sensor] for one in seen])
            self._zones[sensor] = _Zone(node, passing.cumsum(1).cumsum(1) * STEP_S**2)
        return self._zones[sensor]

    def _score(
        self, rising: Floats, readings: Readings, window: tuple[float, float] | None
    ) -> float:
        """Return the logarithm of the likelihood of a node, over all begins and durations."""
        high = np.flatnonzero(readings.value > readings.value.max() / 3)
        onset, end = readings.time_s[high[[0, -1]]]
        near = (readings.time_s > onset - _BESIDE_S[0]) & (readings.time_s < end + _BESIDE_S[1])
        readings = readings.of(near)
        durations = (end - onset + _DURATIONS_S).clip(_SHORTEST_S, _LONGEST_S)
        delay = STEP_S * int(np.searchsorted(np.diff(rising), np.diff(rising)[-1] / 100))
        begins = onset - delay + _AROUND_S
        if window is not None:
            begins = np.linspace(*window, _BEGINS)
        each = [self._likelihood(rising, readings, begin, durations) for begin in begins]
        return float(logsumexp(np.concatenate(each)))

    def _likelihood(
        self, rising: Floats, readings: Readings, begin_s: float, durations_s: Floats
    ) -> Floats:
        """Return that of one begin and all durations, each with the mass that fits best: [d]."""
        since = readings.time_s - begin_s
        before, after = since - _HALF_MINUTE_S, since + _HALF_MINUTE_S
        ended = durations_s[:, None]
        passed = _at(rising, after) - _at(rising, before)
        form = passed - _at(rising, after - ended) + _at(rising, before - ended)
        form /= 2 * _HALF_MINUTE_S * ended
        value, floor = readings.value, (self._watch.limit / 4) ** 2
        height = form.max(axis=1)
        mass = value.max() / np.maximum(height, 1e-30)
        for _ in range(4):
            weight = 1 / ((self._watch.noise * mass[:, None] * form) ** 2 + floor)
            fitting = (weight * form * value).sum(axis=1)
            mass = np.maximum(fitting / np.maximum((weight * form**2).sum(axis=1), 1e-30), 1e-9)
        model = mass[:, None] * form
        variance = (self._watch.noise * model) ** 2 + floor
        found = -((value - model) ** 2 / variance + np.log(variance)).sum(axis=1) / 2
        return np.where(height > 0, found, _IMPOSSIBLE)


def _at(rising: Floats, time_s: Floats) -> Floats:
    """Return what was integrated twice at any instant, on in a straight line after its end."""
    grid = STEP_S * (1 + np.arange(len(rising)))
    beyond = np.maximum(time_s - grid[-1], 0.0) * (rising[-1] - rising[-2]) / STEP_S
    return np.asarray(np.interp(time_s, grid, rising, left=0.0) + beyond)


def _first_below(network: Network, sensors: Ints) -> Ints:
    """Return the first sensor at or below each node, or where its water ends: int64[n]."""
    below = np.arange(len(network.node_key))
    below[network.link_from] = network.link_to
    below[sensors] = sensors
    for _ in range(len(below).bit_length()):
        below = below[below]
    return below
