"""How likely each node is the source, by when, how broad and how strong the pulses were."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, log_softmax, logsumexp, ndtr, softmax

from spatial.networks.network import Floats, Ints
from spatial.networks.sources.assumptions import Assumptions
from spatial.networks.sources.pulses import Pulse, Sensors
from spatial.networks.sources.shapes import Shapes
from spatial.networks.transport import Arrivals, Passage, Transport

_REACHES = 1e-6
_TAIL = 4.0
_LOCAL_SHARE = 0.5
"""Error of the travel time on one way by that of all together."""
_GUESSED_FLOW_ERROR = 1.0
_ABOVE_LIMIT = 1.5
"""A sensor should see a pulse of this many times its limit or more."""
_CONTRADICTS = 0.7
"""How sure a sensor should have seen what it did not, or the other way round."""
_FAR_OFF = 3.0
_MOST_COST = 9.0
_STRANGE = 4.0
"""A pulse that no shape fits counts so much at most, as a logarithm."""


class Evidence(NamedTuple):
    """What the sensors say: t that saw a pulse, and u that read and saw nothing.

    Attributes:
        sensors: all of them.
        pulses: what was seen, t.
        shapes: fits of the pulses, t.
        durations_s: float64[d], of the release, for which the fits stand.
        silent: int64[u], positions of sensors that saw nothing.
        node: int64[t + u], where they stand; those that saw something first.
    """

    sensors: Sensors
    pulses: list[Pulse]
    shapes: list[Shapes]
    durations_s: Floats
    silent: Ints
    node: Ints


class Weighed(NamedTuple):
    """Candidates (k) against sensors (t + u).

    Attributes:
        log_likelihood: float64[k].
        mixing_weight: float64[k, h], how likely each way of mixing is if this is the source.
        begin_s: float64[k], when the release began.
        begin_error_s: float64[k], one standard deviation of that.
        duration_s: float64[k], of the release.
        mass: float64[k], unit of the readings times cubic metres.
        travel_s: float64[k, t + u], as they were fitted; NaN where nothing ever comes by.
        stand: int8[k, t + u], 1 where a sensor agrees, -1 where it contradicts, 0 where it says
            nothing.
    """

    log_likelihood: Floats
    mixing_weight: Floats
    begin_s: Floats
    begin_error_s: Floats
    duration_s: Floats
    mass: Floats
    travel_s: Floats
    stand: NDArray[np.int8]


class _Seen(NamedTuple):
    """What was seen, as arrays over the sensors that saw it (t)."""

    centre_s: Floats
    error_s: Floats
    area: Floats
    peak: Floats
    width_s: Floats


class _Timing(NamedTuple):
    """How pulses and travel times go together, for k candidates.

    Attributes:
        nearest: int64[k], position of the first sensor below that saw something.
        middle_s: float64[k], the middle of the release.
        error_s: float64[k], one standard deviation of that.
        stretch: float64[k], factor on all travel times.
        off: float64[k, t], how far each pulse is from its time, in standard deviations.
    """

    nearest: Ints
    middle_s: Floats
    error_s: Floats
    stretch: Floats
    off: Floats


class _Outcome(NamedTuple):
    """What comes of one way of mixing, for k candidates.

    Attributes:
        joint: float64[k], logarithm of the likelihood.
        lasting: float64[k, d], how likely each duration of the release is.
        timing: see there.
        mass: float64[k].
        travel_s: float64[k, t + u].
        stand: int8[k, t + u].
    """

    joint: Floats
    lasting: Floats
    timing: _Timing
    mass: Floats
    travel_s: Floats
    stand: NDArray[np.int8]


class _Case(NamedTuple):
    """Candidates (k) and sensors under one way of mixing."""

    transport: Transport
    passage: Passage
    evidence: Evidence
    known: Assumptions
    seen: _Seen

    @property
    def rows(self) -> Ints:
        return np.arange(len(self.passage.share))

    @property
    def reached(self) -> NDArray[np.bool_]:
        return self.passage.share[:, : len(self.evidence.pulses)] > _REACHES

    @property
    def flow_error(self) -> float:
        return self.known.flow_error if self.transport.flow_known else _GUESSED_FLOW_ERROR

    def outcome(self) -> _Outcome:
        """Weigh the candidates."""
        timing = self._timing()
        mass, mass_off = self._masses(timing)
        missed = self._silence(timing)
        off = _student(timing.off) + _student(mass_off)
        lost = -self._strength() * ~self.reached
        common = (np.where(self.reached, off, 0.0) + lost).sum(axis=1)
        common += np.log(missed).sum(axis=1)
        fit, full = self._fits(timing)
        prior = _duration_prior(self.evidence.durations_s)
        # Whatever makes a pulse strange, the release has lasted as long as it says.
        lasting = log_softmax(full + prior, axis=1) + self._begins(timing)
        common += logsumexp(fit + prior, axis=1) + logsumexp(lasting, axis=1)
        stretched = timing.stretch[:, None] * self.passage.travel_s
        travel = np.where(self.passage.share > _REACHES, stretched, np.nan)
        stand = self._stands(timing, missed)
        return _Outcome(common, softmax(lasting, axis=1), timing, mass, travel, stand)

    def _timing(self) -> _Timing:
        """Fit the release's middle and one factor on all travel times to the pulses' centres."""
        travel = self.passage.travel_s[:, : len(self.evidence.pulses)]
        nearest = np.where(self.reached, travel, np.inf).argmin(axis=1)
        first, expected = travel[self.rows, nearest], self.known.travel_error
        way = np.where(self.reached, travel - first[:, None], 0.0)
        later = self.seen.centre_s - self.seen.centre_s[nearest][:, None]
        own = self.seen.error_s
        local = _LOCAL_SHARE * expected * np.abs(way)
        variance = own**2 + own[nearest][:, None] ** 2 + local**2
        weight = way / variance
        precision = 1 / expected**2 + (weight * way).sum(axis=1)
        stretch = (1 / expected**2 + (weight * later).sum(axis=1)) / precision
        stretch = stretch.clip(1 / 3, 3.0)
        off = (later - stretch[:, None] * way) / np.sqrt(variance)
        off[self.rows, nearest] = (stretch - 1) / expected
        doubt = 1 / precision + (_LOCAL_SHARE * expected) ** 2
        error = np.sqrt(own[nearest] ** 2 + first**2 * doubt)
        return _Timing(nearest, self.seen.centre_s[nearest] - stretch * first, error, stretch, off)

    def _masses(self, timing: _Timing) -> tuple[Floats, Floats]:
        """Return the mass released (k), and how far each sensor is from it (k, t)."""
        count = len(self.evidence.pulses)
        load = self.seen.area * self.transport.node_flow_m3s[self.evidence.node[:count]]
        mass = load / np.maximum(self.passage.share[:, :count], _REACHES)
        nearest = mass[self.rows, timing.nearest]
        error = np.sqrt(2) * self.flow_error + self.known.noise
        return nearest, np.log(mass / nearest[:, None]) / error

    def _silence(self, timing: _Timing) -> Floats:
        """Return how likely each silent sensor would have seen nothing: float64[k, u]."""
        count = len(self.evidence.pulses)
        share, travel = self.passage.share[:, count:], self.passage.travel_s[:, count:]
        flow = self.transport.node_flow_m3s[self.evidence.node]
        half = self.seen.width_s[timing.nearest][:, None] / 2
        load = (self.seen.peak * flow[:count])[timing.nearest]
        load /= self.passage.share[self.rows, timing.nearest].clip(_REACHES)
        expected = load[:, None] * share / flow[count:]
        limit = _ABOVE_LIMIT * self.evidence.sensors.limit
        error = self.flow_error + 2 * self.known.noise
        visible = ndtr(np.log(expected.clip(1e-30) / limit) / error)
        middle = timing.middle_s[:, None] + timing.stretch[:, None] * travel
        reads = self.evidence.sensors.count_within(
            self.evidence.silent, middle - half, middle + half
        )
        should = np.where((reads > 0) & (share > _REACHES), visible, 0.0)
        return np.asarray(1 - (1 - self.known.faulty) * should)

    def _strength(self) -> Floats:
        """Return what it costs that a sensor saw what cannot come from a candidate: [t]."""
        above = self.seen.peak / self.evidence.sensors.limit
        cost = -np.log(self.known.faulty) * (0.5 + np.log1p(above) / 2)
        return np.asarray(np.minimum(cost, _MOST_COST))

    def _fits(self, timing: _Timing) -> tuple[Floats, Floats]:
        """Return the fit of all pulses for each duration, bounded and in full: float64[k, d]."""
        fit = np.zeros((len(self.reached), len(self.evidence.durations_s)))
        full = fit.copy()
        for at, shapes in enumerate(self.evidence.shapes):
            if not shapes.fit.any():
                continue
            mine = np.flatnonzero(self.reached[:, at])
            spread = self.passage.deviation_s[mine, at] * timing.stretch[mine]
            own = shapes.at(spread, self.passage.skewness[mine, at])
            full[mine] += own
            fit[mine] += np.logaddexp(own, -_STRANGE)
        return fit, full

    def _begins(self, timing: _Timing) -> Floats:
        """Return how well the begin goes with what is known of it, as logarithm: float64[k, d]."""
        durations = self.evidence.durations_s
        if self.known.released is None:
            return np.zeros((len(self.rows), len(durations)))
        begin = timing.middle_s[:, None] + self._moved(timing) - durations / 2
        error = np.maximum(timing.error_s, 1.0)[:, None]
        earliest, latest = ((bound - begin) / error for bound in self.known.released)
        return _log_between(earliest, latest)

    def _moved(self, timing: _Timing) -> Floats:
        """Return how far the nearest pulse's centre lies off its best for each duration: [k, d].

        A pulse that rose at a certain time has its centre the later, the longer it is.
        """
        moved = np.zeros((len(self.rows), len(self.evidence.durations_s)))
        for at, shapes in enumerate(self.evidence.shapes):
            mine = np.flatnonzero(timing.nearest == at)
            spread = self.passage.deviation_s[mine, at] * timing.stretch[mine]
            centre = shapes.centre_at(spread, self.passage.skewness[mine, at])
            moved[mine] = centre - shapes.best_centre_s
        return moved

    def _stands(self, timing: _Timing, missed: Floats) -> NDArray[np.int8]:
        agrees = np.where(self.reached & (np.abs(timing.off) < _FAR_OFF), 1, -1)
        silent = np.where(missed < 1 - _CONTRADICTS, -1, 0)
        return np.hstack([agrees, silent]).astype(np.int8)


def weigh(transport: Transport, come: Arrivals, evidence: Evidence, known: Assumptions) -> Weighed:
    """Weigh candidates (k), of whose loads ``come`` says what comes by the sensors (t + u)."""
    seen = _seen(evidence)
    outcomes = [
        _Case(transport, come.passage(mixing), evidence, known, seen).outcome()
        for mixing in known.mixings
    ]
    joint = np.stack([outcome.joint for outcome in outcomes], axis=1) + known.log_weights()
    mixing = softmax(joint, axis=1)
    lasting = np.stack([outcome.lasting for outcome in outcomes], axis=1)
    duration, spread = _mean(evidence.durations_s, (lasting * mixing[:, :, None]).sum(axis=1))
    middle, moved = _mean(np.stack([each.timing.middle_s for each in outcomes], 1), mixing)
    error, _ = _mean(np.stack([each.timing.error_s for each in outcomes], 1), mixing)
    best, rows = mixing.argmax(axis=1), np.arange(len(mixing))
    return Weighed(
        log_likelihood=logsumexp(joint, axis=1),
        mixing_weight=mixing,
        begin_s=middle - duration / 2,
        begin_error_s=np.sqrt(error**2 + moved + spread / 4),
        duration_s=duration,
        mass=np.stack([each.mass for each in outcomes])[best, rows],
        travel_s=np.stack([each.travel_s for each in outcomes])[best, rows],
        stand=np.stack([each.stand for each in outcomes])[best, rows],
    )


def _seen(evidence: Evidence) -> _Seen:
    pulses, shapes = evidence.pulses, evidence.shapes
    error = [
        shape.centre_error_s + 0.2 * pulse.interval_s
        for shape, pulse in zip(shapes, pulses, strict=True)
    ]
    return _Seen(
        centre_s=np.array([shape.best_centre_s for shape in shapes]),
        error_s=np.array(error),
        area=np.array([shape.area for shape in shapes]),
        peak=np.array([pulse.peak for pulse in pulses]),
        width_s=np.array([pulse.width_s for pulse in pulses]),
    )


def _duration_prior(durations_s: Floats) -> Floats:
    """Return the logarithm of how likely each duration is beforehand: alike on a log scale."""
    weight = np.gradient(durations_s) / durations_s
    return np.asarray(np.log(weight / weight.sum()))


def _mean(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the weighted mean and variance over the last axis."""
    mean = (values * weight).sum(axis=1)
    return mean, np.maximum((values**2 * weight).sum(axis=1) - mean**2, 0.0)


def _log_between(low: Floats, high: Floats) -> Floats:
    """Return the logarithm of what a normal distribution has between two bounds."""
    turned = low + high > 0
    low, high = np.where(turned, -high, low), np.where(turned, -low, high)
    top = log_ndtr(high)
    return np.asarray(top + np.log1p(-np.exp(np.minimum(log_ndtr(low) - top, -1e-12))))


def _student(off: Floats) -> Floats:
    return np.asarray(-(_TAIL + 1) / 2 * np.log1p(off**2 / _TAIL))
