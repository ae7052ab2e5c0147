"""How well every release that spread in every way fits one pulse."""

from typing import NamedTuple

import numpy as np

from spatial.networks.network import Floats, Ints
from spatial.networks.sources.assumptions import Assumptions
from spatial.networks.sources.cloud import SKEWNESS, passed_quickly
from spatial.networks.sources.pulses import Pulse

_SPREADS = np.concatenate([[0.01, 0.04, 0.08], np.linspace(0.12, 0.9, 12)])
"""Standard deviations by the width of the pulse."""
_DURATIONS = np.concatenate([np.arange(0.1, 0.7, 0.1), np.arange(0.71, 1.13, 0.015), [1.25, 1.4]])
"""Alike; a release is seldom much shorter than the pulse that it makes, and hardly longer."""
_OFFSETS = np.linspace(-1, 1, 5)
_STEPS = 3
_TAIL = 4.0
"""Degrees of freedom of Student's t: a reading far off counts little."""
_LEAST_POINTS = 2
"""A pulse of fewer readings above the limit has no shape, only a time."""
_TALL = 5.0
_TRUST = 0.6
_UNEVEN = 0.08
"""How much a fit counts, and by what a model is off: neither flow nor mixing is even."""


class Shapes(NamedTuple):
    """Fits of one pulse, by spread (p), skewness (q) and duration of the release (d).

    Attributes:
        spread_s: float64[p], standard deviation that the way adds.
        fit: float64[p, q, d], logarithm of the likelihood; 0 for the best.
        centre_s: float64[p, q, d], when half of the pulse has passed, about.
        centre_error_s: one standard deviation of that.
        area: concentration by time, of the best fit.
    """

    spread_s: Floats
    fit: Floats
    centre_s: Floats
    centre_error_s: float
    area: float

    @property
    def best_centre_s(self) -> float:
        """When the pulse passed, by the best fit."""
        return float(self.centre_s.ravel()[self.fit.argmax()])

    def at(self, spread_s: Floats, skewness: Floats) -> Floats:
        """Return the fit for spreads and skewnesses (float64[k] each): float64[k, d]."""
        return self._within(self.fit, spread_s, skewness)

    def centre_at(self, spread_s: Floats, skewness: Floats) -> Floats:
        """Return the centres for spreads and skewnesses (float64[k] each): float64[k, d]."""
        return self._within(self.centre_s, spread_s, skewness)

    def _within(self, table: Floats, spread_s: Floats, skewness: Floats) -> Floats:
        row, above = _between(self.spread_s, spread_s)
        column, right = _between(SKEWNESS, skewness)
        above, right = above[:, None], right[:, None]
        low = (1 - right) * table[row, column] + right * table[row, column + 1]
        high = (1 - right) * table[row + 1, column] + right * table[row + 1, column + 1]
        return np.asarray((1 - above) * low + above * high)


def durations_of(pulses: list[Pulse], limit: float, assumptions: Assumptions) -> Floats:
    """Return the durations that the release can have had, judged by the narrowest pulse: [d].

    Of a pulse hardly above the limit only a part was seen; it counts where there is no other.
    """
    tall = [pulse for pulse in pulses if pulse.peak >= _TALL * limit]
    narrowest = min(tall or pulses, key=lambda pulse: pulse.width_s)
    shortest, longest = assumptions.shortest_s, assumptions.longest_s
    if narrowest.whole:
        durations = narrowest.width_s * _DURATIONS
    else:
        durations = np.geomspace(shortest, longest, len(_DURATIONS))
    # Two at least, however narrow the pulse.
    return np.unique(np.append(durations, 1.1 * shortest).clip(shortest, longest))


def fit_shapes(pulse: Pulse, durations_s: Floats, limit: float, noise: float) -> Shapes:
    """Fit a pulse with every spread, skewness and duration, each at its best time and height."""
    spread = pulse.width_s * _SPREADS
    if int((pulse.value >= limit).sum()) < _LEAST_POINTS:
        return shapeless(pulse, durations_s)
    trial = _Trial(
        pulse, spread, durations_s, limit, np.hypot(noise / np.sqrt(pulse.together), _UNEVEN)
    )
    centre = trial.refined(trial.roughly())
    model, area = trial.best_height(centre)
    misfit = trial.misfit(model)
    best = np.unravel_index(misfit.argmin(), misfit.shape)
    # Where even the best shape does not fit, none of them is known so well.
    excess = max(1.0, trial.mean_square(model[best]))
    fit = -_TRUST * (misfit - misfit.min()) / excess
    error = trial.centre_error(centre, area)[best] * np.sqrt(excess)
    return Shapes(spread, fit, centre, float(error), float(area[best]))


def shapeless(pulse: Pulse, durations_s: Floats) -> Shapes:
    """Return what is known of a pulse of which no more than its time counts."""
    spread = pulse.width_s * _SPREADS
    flat = np.zeros((len(spread), len(SKEWNESS), len(durations_s)))
    error = 0.3 * max(pulse.width_s, pulse.interval_s)
    return Shapes(spread, flat, flat + pulse.centre_s, error, pulse.area)


class _Trial(NamedTuple):
    """All shapes (p, q, d) against the readings of one pulse (w)."""

    pulse: Pulse
    spread_s: Floats
    durations_s: Floats
    limit: float
    noise: float

    @property
    def _shape(self) -> tuple[int, int, int]:
        return len(self.spread_s), len(SKEWNESS), len(self.durations_s)

    def passing(self, centre: Floats) -> Floats:
        """Return the concentration by total area: float64[p, q, d, w]."""
        half = self.durations_s[:, None] / 2
        since = self.pulse.time_s - centre[..., None]
        spread = self.spread_s[:, None, None, None]
        row = np.broadcast_to(np.arange(len(SKEWNESS))[:, None, None], since.shape)
        begun = passed_quickly((since + half) / spread, row)
        return (begun - passed_quickly((since - half) / spread, row)) / (2 * half)

    def roughly(self) -> Floats:
        """Return the best of a few centres for each shape: float64[p, q, d]."""
        pulse = self.pulse
        after_rise = pulse.rise_s + self.durations_s / 2
        middle = np.full_like(self.durations_s, pulse.centre_s) if pulse.whole else after_rise
        first = np.broadcast_to(middle, self._shape)
        reach = (0.04 if pulse.whole else 0.3) * pulse.width_s
        tried = [first + reach * offset for offset in _OFFSETS]
        misfits = np.stack([self.misfit(self.best_height(each)[0]) for each in tried])
        best = misfits.argmin(axis=0)[None]
        return np.asarray(np.take_along_axis(np.stack(tried), best, axis=0)[0])

    def refined(self, centre: Floats) -> Floats:
        """Return the centres after a few steps of Gauss and Newton."""
        most = 0.1 * self.pulse.width_s
        for _ in range(_STEPS):
            model, area = self.best_height(centre)
            slope = self._slope(centre) * area[..., None]
            weight = self._weight(model)
            step = (weight * slope * (self.pulse.value - model)).sum(-1)
            step /= np.maximum((weight * slope**2).sum(-1), 1e-30)
            centre = centre + step.clip(-most, most)
        return centre

    def centre_error(self, centre: Floats, area: Floats) -> Floats:
        """Return one standard deviation of the centres."""
        slope = self._slope(centre) * area[..., None]
        weight = self._weight(self.passing(centre) * area[..., None])
        return np.asarray(1 / np.sqrt(np.maximum((weight * slope**2).sum(-1), 1e-12)))

    def best_height(self, centre: Floats) -> tuple[Floats, Floats]:
        """Return the concentrations (p, q, d, w) and areas (p, q, d) that fit best."""
        form, value = self.passing(centre), self.pulse.value
        weight = self._weight(np.broadcast_to(np.maximum(value, 0.0), form.shape))
        for _ in range(2):
            weighted = weight * form
            area = (weighted * value).sum(-1) / np.maximum((weighted * form).sum(-1), 1e-30)
            area = np.maximum(area, 1e-12)
            weight = self._weight(form * area[..., None])
        return form * area[..., None], area

    def misfit(self, model: Floats) -> Floats:
        """Return the negative logarithm of the likelihood of each shape."""
        off = (_TAIL + 1) / 2 * np.log1p(self._off(model) ** 2 / _TAIL)
        return np.asarray((off - np.log(self._weight(model)) / 2).sum(-1))

    def mean_square(self, model: Floats) -> float:
        """Return how far a fit (w) is off, by what the noise explains."""
        return float(np.mean(self._off(model) ** 2))

    def _off(self, model: Floats) -> Floats:
        low = self.pulse.value < self.limit
        above = np.where(low, np.maximum(model - self.limit, 0.0), model - self.pulse.value)
        return np.asarray(above * np.sqrt(self._weight(model)))

    def _slope(self, centre: Floats) -> Floats:
        near = 0.1 * np.maximum(self.spread_s, self.pulse.interval_s / 4)[:, None, None]
        ahead, behind = self.passing(centre + near), self.passing(centre - near)
        return (ahead - behind) / (2 * near[..., None])

    def _weight(self, model: Floats) -> Floats:
        return 1 / ((self.noise * model) ** 2 + (self.limit / 3) ** 2)


def _between(grid: Floats, values: Floats) -> tuple[Ints, Floats]:
    """Return the position below each value, and how far it is on the way to the next."""
    place = np.interp(values, grid, np.arange(len(grid)))
    lower = np.minimum(place.astype(np.int64), len(grid) - 2)
    return lower, place - lower
