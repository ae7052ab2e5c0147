"""Coordinates of a file as metres to measure in, and as the plan in which outlines are drawn.

A file writes x before y; files in a CRS that puts north first write either order (CityJSON does not
say which). The order that lies in the CRS's area of use is taken, that of the CRS first where
places are degrees, east first where they are metres.
"""

from typing import NamedTuple

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from spatial import crs
from spatial.files.inspection import Bounds
from spatial.models.frames.reference_system import ReferenceSystem
from spatial.models.surfaces.layout import Floats

_METRES_A_DEGREE = 111_320.0
_SMALLEST_COSINE = 1e-9


class Extent(NamedTuple):
    """Lowest and highest x, y, z as the file writes them."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    def joined(self, other: "Extent") -> "Extent":
        """Return the extent of both."""
        x, y, z = map(min, self.low, other.low)
        right, far, up = map(max, self.high, other.high)
        return Extent((x, y, z), (right, far, up))


class Frame(NamedTuple):
    """How coordinates of the file become places.

    Attributes:
        system: CRS; None where the file says none that can be used: metres are assumed.
        swapped: whether the file writes north before east.
        warnings: sentences.
    """

    system: ReferenceSystem | None
    swapped: bool
    warnings: tuple[str, ...] = ()

    def plan(self, written: Floats) -> Floats:
        """Return float64[v, 2], east and north in the CRS."""
        return np.asarray(written[:, 1::-1] if self.swapped else written[:, :2])

    def metres(self, written: Floats) -> Floats:
        """Return float64[v, 3], coordinates to measure in.

        Degrees become a transverse Mercator grid around their middle, which is true to 1 in 10,000
        for 90 km to both sides.
        """
        if self.system is None:
            return written
        plan, heights = self.plan(written), written[:, 2] * self.system.height_unit_m
        if self.system.geographic:
            return np.column_stack([*_on_grid(self.system.horizontal, plan), heights])
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


def frame_of(system: ReferenceSystem | None, extent: Extent | None) -> Frame:
    """Return how coordinates are read, by what the CRS says and where they lie."""
    if system is None:
        return Frame(None, swapped=False)
    official = system.geographic and system.north_first
    if extent is None:
        return Frame(system, swapped=official)
    for swapped in (official, not official):
        if _inside(system, extent, swapped=swapped):
            told = () if swapped == official else (_about_order(system, swapped=swapped),)
            return Frame(system, swapped, told)
    x, y, _ = ((low + high) / 2 for low, high in zip(*extent, strict=True))
    area = crs.area_of_use(system.horizontal)
    outside = f"({x:.10g}, {y:.10g}) lies outside the area of use of {system.name}"
    return Frame(system, official, (f"{outside}: expected {area}",))


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
    if not np.isfinite(bounds).all():
        return None
    west, south, east, north = (round(float(edge), 7) for edge in bounds)
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


def _about_order(system: ReferenceSystem, *, swapped: bool) -> str:
    order = "north before east" if swapped else "east before north"
    return f"coordinates in {system.name} are written {order}: read in that order"


def _on_grid(system: str, plan: Floats) -> tuple[Floats, Floats]:
    if not len(plan):
        return plan[:, 0], plan[:, 1]
    east, north = ((plan.min(axis=0) + plan.max(axis=0)) / 2).tolist()
    grid = f"+proj=tmerc +lat_0={north!r} +lon_0={east!r} +ellps=GRS80 +units=m"
    x, y = Transformer.from_crs(CRS(system), CRS(grid), always_xy=True).transform(
        plan[:, 0], plan[:, 1]
    )
    return np.asarray(x), np.asarray(y)
