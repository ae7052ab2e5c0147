"""How the numbers of a file are read: CRS, order of its axes, metres to measure in."""

from typing import NamedTuple

import numpy as np
from pyproj import Proj
from pyproj.exceptions import ProjError

from spatial import crs
from spatial.models.citygml.references import reference_of
from spatial.models.frames.placing import Frame
from spatial.models.surfaces.layout import Floats


class Scene(NamedTuple):
    """How the numbers of a file are read.

    Attributes:
        frame: its CRS and the order of its axes.
        srs_name: what it calls its CRS.
        dimension: how many numbers a place has where the geometry does not say.
    """

    frame: Frame
    srs_name: str | None
    dimension: int

    def metres(self, written: Floats) -> Floats:
        """Return float64[v, 3], coordinates to measure in.

        Degrees become a transverse Mercator grid around their middle on the ellipsoid of the CRS,
        which is true to 1 in 10,000 for 90 km to both sides.
        """
        system = self.frame.system
        if system is None or not len(written):
            return written
        plan, heights = self.frame.plan(written), written[:, 2] * system.height_unit_m
        if not system.geographic:
            return np.column_stack([plan * system.plan_unit_m, heights])
        return np.column_stack([_on_grid(plan), heights])

    def rewritten(self, written: Floats, srs_name: str | None) -> Floats:
        """Return places of a geometry that names another CRS as the file would write them.

        Raises:
            ValueError: the CRS is unknown, or the places do not lie in it.
        """
        system = self.frame.system
        if srs_name is None or srs_name == self.srs_name or system is None:
            return written
        other = reference_of(srs_name)
        if other is None:
            raise ValueError(f"unknown srsName {srs_name[:80]!r}")
        if other.horizontal == system.horizontal:
            return written
        swapped = other.geographic and other.north_first
        east, north = (1, 0) if swapped else (0, 1)
        try:
            x, y = crs.transform(
                written[:, east], written[:, north], other.horizontal, system.horizontal
            )
        except (ProjError, crs.CheckCoordinatesError) as error:
            raise ValueError(str(error)) from error
        plan = (y, x) if self.frame.swapped else (x, y)
        return np.column_stack([*plan, written[:, 2]])


def _on_grid(plan: Floats) -> Floats:
    good = plan[np.isfinite(plan).all(axis=1)]
    east, north = np.median(good, axis=0).tolist() if len(good) else (0.0, 0.0)
    if not (abs(east) <= 360 and abs(north) <= 90):  # noqa: PLR2004 - degrees
        return np.full(plan.shape, np.inf)
    grid = Proj(proj="tmerc", lat_0=north, lon_0=east, ellps="GRS80", units="m")
    return np.column_stack(grid(plan[:, 0], plan[:, 1]))
