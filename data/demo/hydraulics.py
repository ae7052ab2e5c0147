"""Sizes and levels of the rain sewers, designed as an engineer would: rational method, Manning."""

from dataclasses import dataclass

import numpy as np
import shapely

from data.demo.arrays import Floats, Ints, dice, points, scaled
from data.demo.rivers import Rivers, ground_level
from data.demo.sewers import Sewers

MANNING_N = 0.013
DIAMETERS_M = np.array(
    [
        *(0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.35, 1.5, 1.65, 1.8, 2.0),
        *(2.2, 2.4, 2.6, 2.8, 3.0, 3.5, 4.0, 4.5, 5.0),
    ]
)
_COVER_M = 1.1
_DESIGN_YEARS = 20.0
_UNDERPASS_YEARS = 1.0
_OUTFALL_ABOVE_BED_M = 1.0
_UNDERPASS_FLOW = (0.45, 0.75)
"""Between which quantiles of all flows an underpass's pipe lies."""
_WALK_M_S = 1.3
"""Speed of water in a sewer by which the time of concentration is estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hydraulics:
    """Levels of each manhole and size of the pipe that leaves it, arrays of n.

    Attributes:
        ground_m: cover level, metres above datum.
        invert_m: bottom level.
        diameter_m: of the pipe downstream (a box of the same capacity above 3 m).
        slope: fall of that pipe, metres per metre.
        length_m: of that pipe.
        capacity_m3s: its discharge when full.
        runoff_coefficient: share of rain that runs off.
        underpass: indices of the low places whose pipe is too small for a rare storm.
    """

    ground_m: Floats
    invert_m: Floats
    diameter_m: Floats
    slope: Floats
    length_m: Floats
    capacity_m3s: Floats
    runoff_coefficient: Floats
    underpass: Ints


def rain_intensity(years: float, minutes: Floats) -> Floats:
    """Return the design rain of Shenzhen's storm formula in m/s.

    Args:
        years: return period.
        minutes: duration, float64[n].
    """
    litres_per_hectare = 1450.239 * (1 + 0.594 * np.log10(years)) / (minutes + 11.13) ** 0.555
    return np.asarray(litres_per_hectare * 1e-7, np.float64)


def full_bore(diameter_m: Floats, slope: Floats) -> Floats:
    """Return the discharge of full pipes by Manning, m3/s."""
    area, radius = np.pi * diameter_m**2 / 4, diameter_m / 4
    return np.asarray(area * radius ** (2 / 3) * np.sqrt(slope) / MANNING_N, np.float64)


def design(sewers: Sewers, rivers: Rivers, area_m2: Floats, seed: int, size: int) -> Hydraulics:
    """Size all pipes for a 20-year storm, but those of a few underpasses for a yearly one.

    Args:
        sewers: the lay-out.
        rivers: where it ends.
        area_m2: float64[n], catchment of each manhole.
        seed: of the district.
        size: of the district.
    """
    rng = dice(seed, "hydraulics")
    runoff = rng.uniform(0.55, 0.8, len(area_m2))
    length = np.hypot(*(sewers.pipe_end - sewers.place).T)
    terrain = ground_level(sewers.place, rivers)
    flow = _design_flow(sewers, area_m2 * runoff)
    diameter = _diameters(sewers, flow, np.full(len(flow), 0.003))
    invert = _inverts(sewers, rivers, terrain - diameter - _COVER_M, length)
    slope = (invert - _invert_below(sewers, rivers, invert)) / length
    diameter = _diameters(sewers, flow, slope)
    ground = np.maximum(terrain, invert + diameter + _COVER_M)
    low = _low_places(sewers, flow, rng, scaled(size, 12, 0.6))
    ground[low] = (invert + diameter)[low] + 0.6
    diameter[low] = _too_small(flow[low], slope[low])
    return Hydraulics(
        ground_m=ground,
        invert_m=invert,
        diameter_m=diameter,
        slope=slope,
        length_m=length,
        capacity_m3s=full_bore(diameter, slope),
        runoff_coefficient=runoff,
        underpass=low,
    )


def _design_flow(sewers: Sewers, running_m2: Floats) -> Floats:
    gathered, longest = running_m2.copy(), np.zeros(len(running_m2))
    way = sewers.to_outfall_m
    for index in sewers.downstream_order.tolist():
        below = int(sewers.following[index])
        if below >= 0:
            gathered[below] += gathered[index]
            longest[below] = max(longest[below], longest[index] + way[index] - way[below])
    minutes = 10.0 + longest / _WALK_M_S / 60.0
    return np.asarray(gathered * rain_intensity(_DESIGN_YEARS, minutes), np.float64)


def _diameters(sewers: Sewers, flow: Floats, slope: Floats) -> Floats:
    diameter = _standard((flow / full_bore(np.ones(len(flow)), slope)) ** (3 / 8))
    for index in sewers.downstream_order.tolist():
        below = int(sewers.following[index])
        if below >= 0:
            diameter[below] = max(diameter[below], diameter[index])
    return diameter


def _standard(diameter: Floats) -> Floats:
    rank = np.searchsorted(DIAMETERS_M, diameter)
    return np.asarray(DIAMETERS_M[np.clip(rank, 0, len(DIAMETERS_M) - 1)], np.float64)


def _too_small(flow: Floats, slope: Floats) -> Floats:
    years = np.array([_UNDERPASS_YEARS, _DESIGN_YEARS])
    yearly, designed = 1 + 0.594 * np.log10(years)
    needed = (flow * yearly / designed / full_bore(np.ones(len(flow)), slope)) ** (3 / 8)
    rank = np.searchsorted(DIAMETERS_M, needed, side="right") - 1
    return np.asarray(DIAMETERS_M[np.maximum(rank, 0)], np.float64)


def _outfall_inverts(sewers: Sewers, rivers: Rivers) -> Floats:
    line = rivers.reach_line[sewers.outfall_reach]
    river = rivers.reach_river[sewers.outfall_reach]
    left = shapely.length(line) - shapely.line_locate_point(line, points(sewers.outfall_place))
    bed = rivers.bed_m[sewers.outfall_reach] + rivers.slope[river] * left
    return np.asarray(bed + _OUTFALL_ABOVE_BED_M, np.float64)


def _inverts(sewers: Sewers, rivers: Rivers, wanted: Floats, length: Floats) -> Floats:
    # From the outfall upwards: as deep as wanted, but never flatter than 2 nor steeper than 60 ‰.
    invert = np.zeros(len(wanted))
    lower = _outfall_inverts(sewers, rivers)
    for index in sewers.downstream_order[::-1].tolist():
        below = int(sewers.following[index])
        base = invert[below] if below >= 0 else lower[sewers.tree[index]]
        flat, steep = base + 0.002 * length[index], base + 0.06 * length[index]
        invert[index] = min(max(wanted[index], flat), steep)
    return invert


def _invert_below(sewers: Sewers, rivers: Rivers, invert: Floats) -> Floats:
    below = invert[sewers.following]
    below[sewers.chamber] = _outfall_inverts(sewers, rivers)
    return below


def _low_places(sewers: Sewers, flow: Floats, rng: np.random.Generator, count: int) -> Ints:
    on_road = np.flatnonzero(sewers.amid_section)
    least, most = np.quantile(flow[on_road], _UNDERPASS_FLOW)
    trunk = on_road[(flow[on_road] > least) & (flow[on_road] < most)]
    shuffled = rng.permutation(trunk)
    _, first = np.unique(sewers.tree[shuffled], return_index=True)
    return np.sort(shuffled[np.sort(first)][:count])
