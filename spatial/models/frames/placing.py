"""Coordinates of a file as metres to measure in, and as the plan in which outlines are drawn.

A file writes x before y; files in a CRS that puts north first write either order (CityJSON does not
say which). The order that lies in the CRS's area of use is taken. Where both do it is that of the
CRS for degrees, and for metres of a file that is bound to it; else east first.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError, ProjError

from spatial import crs
from spatial.files.inspection import Bounds
from spatial.models.frames.reference_system import ReferenceSystem
from spatial.models.surfaces.layout import Floats

_METRES_A_DEGREE = 111_320.0
_SMALLEST_COSINE = 1e-9
_GRS80 = (6_378_137.0, 298.257222101)
_MOST_FIGURES = 64


class Extent(NamedTuple):
    """Lowest and highest x, y, z as the file writes them."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    def joined(self, other: "Extent") -> "Extent":
        """Return the extent of both."""
        x, y, z = map(min, self.low, other.low)
        right, far, up = map(max, self.high, other.high)
        return Extent((x, y, z), (right, far, up))


class _Figure(NamedTuple):
    """Ellipsoid of a CRS in degrees, metres and as 1 in ``rf``, and what its unit is in degrees."""

    a: float
    rf: float
    unit_deg: float


class Frame(NamedTuple):
    """How coordinates of the file become places.

    Attributes:
        system: CRS; None where the file says none that can be used: metres are assumed.
        swapped: whether the file writes north before east.
        warnings: sentences.
        astray: whether the file lies outside the CRS's area of use in either order.
    """

    system: ReferenceSystem | None
    swapped: bool
    warnings: tuple[str, ...] = ()
    astray: bool = False

    @property
    def plan_unit_m(self) -> float | None:
        """Length of the plan's unit; None where it is degrees."""
        if self.system is None:
            return 1.0
        return None if self.system.geographic else self.system.plan_unit_m

    def plan(self, written: Floats) -> Floats:
        """Return float64[v, 2], east and north in the CRS."""
        return np.asarray(written[:, 1::-1] if self.swapped else written[:, :2])

    def metres(self, written: Floats) -> Floats:
        """Return float64[v, 3], coordinates to measure in.

        Degrees become a transverse Mercator grid around their middle, which is true to 1 in 10,000
        for 90 km to both sides; what are no degrees has no place there and is infinite.
        """
        if self.system is None:
            return written
        plan, heights = self.plan(written), written[:, 2] * self.system.height_unit_m
        if self.system.geographic:
            return np.column_stack([_on_grid(self.system.horizontal, plan), heights])
        return np.column_stack([plan * self.system.plan_unit_m, heights])

    def steps(self, offsets: Floats, at: Floats) -> tuple[Floats, Floats]:
        """Return float64[v, 3] and [v, 2]: how far offsets (v, 3) lead in metres and in the plan.

        Offsets are in the unit of the CRS, in metres where that is degrees.
        """
        if self.system is None:
            return offsets, offsets[:, :2]
        if self.system.geographic:
            east = _METRES_A_DEGREE * max(float(np.cos(np.radians(at[1]))), _SMALLEST_COSINE)
            return offsets, offsets[:, :2] / np.array([east, _METRES_A_DEGREE])
        return offsets * self.system.plan_unit_m, offsets[:, :2]


def frame_of(
    system: ReferenceSystem | None, extent: Extent | None, *, bound: bool = False
) -> Frame:
    """Return how coordinates are read, by what the CRS says and where they lie.

    Args:
        system: CRS of the file.
        extent: of its coordinates, or some of them.
        bound: whether the file has to write metres in the order of the CRS's axes, too.
    """
    if system is None:
        return Frame(None, swapped=False)
    official = system.north_first and (system.geographic or bound)
    if extent is None:
        return Frame(system, swapped=official)
    orders = [each for each in (official, not official) if _inside(system, extent, swapped=each)]
    if orders:
        either = len(orders) > 1 and system.north_first and not system.geographic
        told = orders[0] != official or either
        about = _about_order(system, swapped=orders[0], either=either)
        return Frame(system, orders[0], (about,) if told else ())
    x, y, _ = ((low + high) / 2 for low, high in zip(*extent, strict=True))
    area = crs.area_of_use(system.horizontal)
    outside = f"({x:.10g}, {y:.10g}) lies outside the area of use of {system.name}"
    return Frame(system, official, (f"{outside}: expected {area}",), astray=True)


def bounds_of(frame: Frame, extent: Extent | None) -> Bounds | None:
    """Return west, south, east and north in WGS 84; None where that is not known."""
    if frame.system is None or extent is None:
        return None
    low, high = frame.plan(np.array(extent)).tolist()
    try:
        to_degrees = Transformer.from_crs(CRS(frame.system.horizontal), crs.WGS84, always_xy=True)
        bounds = to_degrees.transform_bounds(low[0], low[1], high[0], high[1], errcheck=False)
    except (CRSError, ProjError):
        return None
    west, south, east, north = (round(float(edge), 7) for edge in bounds)
    if not (max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90):  # noqa: PLR2004 - degrees
        return None
    return west, south, east, north


def _inside(system: ReferenceSystem, extent: Extent, *, swapped: bool) -> bool:
    x, y, _ = zip(*extent, strict=True)
    east, north = (y, x) if swapped else (x, y)
    try:
        inside = crs.within_area_of_use(
            sum(east) / 2, sum(north) / 2, system.horizontal, system.horizontal
        )
    except (CRSError, ProjError):  # a local CRS lies nowhere that is known
        return True
    return bool(inside)


def _about_order(system: ReferenceSystem, *, swapped: bool, either: bool) -> str:
    order = "north before east" if swapped else "east before north"
    if either:
        return f"coordinates in {system.name} lie in its area of use in either order: read {order}"
    return f"coordinates in {system.name} are written {order}: read in that order"


def _on_grid(system: str, plan: Floats) -> Floats:
    figure = _figure(system)
    degrees = plan * figure.unit_deg
    good = degrees[np.isfinite(degrees).all(axis=1)]
    if not len(good):
        return np.full(plan.shape, np.inf)
    # The middle of most places: one that is astray does not move it.
    east, north = np.median(good, axis=0).tolist()
    if not (abs(east) <= 360 and abs(north) <= 90):  # noqa: PLR2004 - degrees
        return np.full(plan.shape, np.inf)
    grid = Proj(proj="tmerc", lat_0=north, lon_0=east, a=figure.a, rf=figure.rf, units="m")
    return np.column_stack(grid(degrees[:, 0], degrees[:, 1]))


@lru_cache(_MOST_FIGURES)
def _figure(system: str) -> _Figure:
    crs_of_it = CRS(system)
    ellipsoid = crs_of_it.ellipsoid
    unit = math.degrees(crs_of_it.axis_info[0].unit_conversion_factor)
    if ellipsoid is None:
        return _Figure(_GRS80[0], _GRS80[1], unit)
    return _Figure(ellipsoid.semi_major_metre, ellipsoid.inverse_flattening, unit)
