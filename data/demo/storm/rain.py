"""The design storm: a Chicago hyetograph that falls from a moving cell.

The shape is Keifer and Chu's (1957). The constants have the layout of Shenzhen's storm intensity
formula, ``i = A (1 + C lg P) / (t + b)^n`` in mm/min; they are defaults of this project for a
demonstration, not checked against the issued text, and not for design.
"""

from dataclasses import dataclass
from math import log10

import numpy as np

from data.demo.storm.basin import Floats

_MINUTES_PER_HOUR = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyetograph:
    """How hard it rains in the course of the storm, at its centre.

    Attributes:
        start_min: minute in which rain starts.
        peak_min: minute of the highest intensity.
        end_min: minute in which rain ends.
        return_period_a: years between storms as strong as this one.
        a_mm_min: A of the intensity formula, mm/min.
        c: C of the formula.
        b_min: b of the formula, minutes.
        n: exponent of the formula, 0 to 1.
    """

    start_min: float = 5.0
    peak_min: float = 35.0
    end_min: float = 100.0
    return_period_a: float = 50.0
    a_mm_min: float = 8.7
    c: float = 0.594
    b_min: float = 11.13
    n: float = 0.555

    def intensity(self, minute: float) -> float:
        """Return the intensity at an instant, mm/h; 0 outside the storm."""
        if not self.start_min <= minute <= self.end_min:
            return 0.0
        before = minute < self.peak_min
        limb = self.peak_min - self.start_min if before else self.end_min - self.peak_min
        scaled = abs(minute - self.peak_min) * (self.end_min - self.start_min) / limb
        strength = self.a_mm_min * (1 + self.c * log10(self.return_period_a))
        rate = (
            strength * ((1 - self.n) * scaled + self.b_min) / (scaled + self.b_min) ** (1 + self.n)
        )
        return float(rate * _MINUTES_PER_HOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class RainCell:
    """Where the storm stands: a bell over a weaker rain, crossing the district from the south-west.

    Attributes:
        from_xy: place of the centre when rain starts, metres.
        to_xy: place of the centre when rain ends.
        radius_m: standard deviation of the bell.
        floor: share of the centre's intensity that falls everywhere, 0 to 1.
    """

    from_xy: tuple[float, float]
    to_xy: tuple[float, float]
    radius_m: float
    floor: float = 0.45

    @classmethod
    def crossing(cls, x: Floats, y: Floats) -> "RainCell":
        """Return a cell that crosses the box around the places x, y (metres)."""
        west, east, south, north = x.min(), x.max(), y.min(), y.max()
        diagonal = float(np.hypot(east - west, north - south))
        return cls(
            from_xy=(float(west), float(south)),
            to_xy=(float(east), float(north)),
            radius_m=max(0.35 * diagonal, 1.0),
        )

    def share(self, x: Floats, y: Floats, progress: float) -> Floats:
        """Return the share of the centre's intensity at each place.

        Args:
            x: float64[k], metres.
            y: float64[k], metres.
            progress: 0 when rain starts, 1 when it ends.
        """
        centre_x, centre_y = (
            a + (b - a) * progress for a, b in zip(self.from_xy, self.to_xy, strict=True)
        )
        squared = ((x - centre_x) ** 2 + (y - centre_y) ** 2) / (2 * self.radius_m**2)
        return self.floor + (1 - self.floor) * np.exp(-squared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """A hyetograph and the cells that it falls from; where two overlap the stronger one rains."""

    hyetograph: Hyetograph
    cell: RainCell
    more: tuple[RainCell, ...] = ()

    def rain_mm_h(self, minute: float, x: Floats, y: Floats) -> Floats:
        """Return the rain intensity at each place, float64[k] in mm/h."""
        falling = [self.of_cell(cell, minute, x, y) for cell in (self.cell, *self.more)]
        return np.asarray(np.maximum.reduce(falling), np.float64)

    def of_cell(self, cell: RainCell, minute: float, x: Floats, y: Floats) -> Floats:
        """Return the rain intensity from one cell at each place, float64[k] in mm/h."""
        shape = self.hyetograph
        intensity = shape.intensity(minute)
        if intensity <= 0:
            return np.zeros_like(x)
        progress = (minute - shape.start_min) / (shape.end_min - shape.start_min)
        return intensity * cell.share(x, y, progress)
