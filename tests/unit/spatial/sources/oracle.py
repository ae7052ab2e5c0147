"""The best that anybody could do: whoever knows all but where, and when within what is known.

Every node that the same sensor sees first is simulated as the release itself was. What that sensor
and the next two read is then compared with all of them, for all begins that are possible and all
durations, by the very noise that the readings were made with. What this does not tell apart, hardly
anything does: sensors further down only see the same once more, later and weaker.
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
_CLOSELY_S = np.arange(-80.0, 81.0, 8.0)
"""Around the best of these it looks again: pulses are so steep that 10 s count."""
_BEFORE_S, _AFTER_S = 1200.0, 5400.0
_SENSORS = 3
_LONGEST_S, _SHORTEST_S = 5400.0, 300.0
_HALF_MINUTE_S = 30.0


class _Zone(NamedTuple):
    """Nodes (z) that one sensor sees first, and what it and the next ones (s) see of each.

    Attributes:
        node: int64[z].
        sensor: the nodes where they stand, the first first.
        rising: float64[z, s, t], a release of 1 g in an instant, integrated twice over time.
    """

    node: Ints
    sensor: list[int]
    rising: Floats


class Oracle:
    """Ranks the nodes above the sensor that saw a release first."""

    def __init__(self, network: Network, truth: Truth, watch: Watch) -> None:
        self._network, self._truth, self._watch = network, truth._replace(swing=0.0), watch
        self._below = _below(network)
        self._first = _first_of(self._below, watch.node)
        self._zones: dict[int, _Zone] = {}

    def rank(self, node: int, readings: Readings, window: tuple[float, float] | None) -> int:
        """Return the rank of the true node, from 1 on; ties count against it by half."""
        zone = self._zone(int(self._first[node]))
        seen = [readings.of(readings.node == sensor) for sensor in zone.sensor]
        if not len(seen[0].node):
            return 0
        score = np.array([self._score(rising, seen, window) for rising in zone.rising])
        own = score[zone.node == node]
        return 1 + int((score > own).sum() + ((score == own).sum() - 1) // 2)

    def _zone(self, first: int) -> _Zone:
        if first not in self._zones:
            network, inside = self._network, self._first == first
            node = np.flatnonzero(inside & (network.node_kind == "junction"))
            sensor, way = self._onward(first)
            inside[way] = True
            keep = inside[network.link_from] & (network.link_from != way[-1])
            part = replace(
                network, link_from=network.link_from[keep], link_to=network.link_to[keep]
            )
            truth = self._truth._replace(
                travel_s=self._truth.travel_s[keep], share=self._truth.share[keep]
            )
            each = np.ones(len(node))
            releases = Releases(node, 0 * each, STEP_S * each, each)
            seen = simulate(part, truth, releases, _UNTIL_S, STEP_S)
            passing = np.stack([np.stack([one[place] for place in sensor]) for one in seen])
            rising = passing.cumsum(axis=2).cumsum(axis=2) * STEP_S**2
            self._zones[first] = _Zone(node, sensor, rising)
        return self._zones[first]

    def _onward(self, first: int) -> tuple[list[int], list[int]]:
        """Return a sensor and the next ones below it, and all nodes on the way to the last."""
        sensor, way = [first], [first]
        while len(sensor) < _SENSORS and self._below[way[-1]] != way[-1]:
            way.append(int(self._below[way[-1]]))
            if way[-1] in self._watch.node:
                sensor.append(way[-1])
        return sensor, way

    def _score(
        self, rising: Floats, seen: list[Readings], window: tuple[float, float] | None
    ) -> float:
        """Return the logarithm of the likelihood of a node, over begins and durations."""
        high = np.flatnonzero(seen[0].value > seen[0].value.max() / 3)
        onset, end = seen[0].time_s[high[[0, -1]]]
        durations = (end - onset + _DURATIONS_S).clip(_SHORTEST_S, _LONGEST_S)
        pace = np.diff(rising[0])
        delay = STEP_S * int(np.searchsorted(pace, pace[-1] / 100))
        bounds = (-np.inf, np.inf) if window is None else window
        begins = onset - delay + _AROUND_S if window is None else np.linspace(*window, _BEGINS)
        seen = [
            each.of((each.time_s > onset - _BEFORE_S) & (each.time_s < end + _AFTER_S))
            for each in seen
        ]
        rough = self._likelihoods(rising, seen, begins, durations)
        begin, duration = np.unravel_index(int(rough.argmax()), rough.shape)
        near = begins[begin] + _CLOSELY_S
        near = near[(near >= bounds[0]) & (near <= bounds[1])]
        lasting = (durations[duration] + _CLOSELY_S).clip(_SHORTEST_S, _LONGEST_S)
        return float(logsumexp(self._likelihoods(rising, seen, near, lasting)))

    def _likelihoods(
        self, rising: Floats, seen: list[Readings], begins_s: Floats, durations_s: Floats
    ) -> Floats:
        """Return the logarithms of the likelihoods of all begins and durations: [b, d]."""
        each = [
            sum(
                self._likelihood(one, readings, begin, durations_s)
                for one, readings in zip(rising, seen, strict=True)
                if len(readings.node)
            )
            for begin in begins_s
        ]
        return np.stack([np.asarray(one, np.float64) for one in each])

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
        mass = value.max() / np.maximum(form.max(axis=1), 1e-30)
        for _ in range(4):
            weight = 1 / ((self._watch.noise * mass[:, None] * form) ** 2 + floor)
            fitting = (weight * form * value).sum(axis=1)
            mass = np.maximum(fitting / np.maximum((weight * form**2).sum(axis=1), 1e-30), 1e-9)
        model = mass[:, None] * form
        variance = (self._watch.noise * model) ** 2 + floor
        return np.asarray(-((value - model) ** 2 / variance + np.log(variance)).sum(axis=1) / 2)


def _at(rising: Floats, time_s: Floats) -> Floats:
    """Return what was integrated twice at any instant, on in a straight line after its end."""
    grid = STEP_S * (1 + np.arange(len(rising)))
    beyond = np.maximum(time_s - grid[-1], 0.0) * (rising[-1] - rising[-2]) / STEP_S
    return np.asarray(np.interp(time_s, grid, rising, left=0.0) + beyond)


def _below(network: Network) -> Ints:
    """Return the node below each, itself where its water ends: int64[n]."""
    below = np.arange(len(network.node_key))
    below[network.link_from] = network.link_to
    return below


def _first_of(below: Ints, sensors: Ints) -> Ints:
    """Return the first sensor at or below each node, or where its water ends: int64[n]."""
    jump = below.copy()
    jump[sensors] = sensors
    for _ in range(len(jump).bit_length()):
        jump = jump[jump]
    return jump
