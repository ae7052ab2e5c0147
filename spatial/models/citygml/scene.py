"""How the numbers of a file are read: CRS, order of its axes, metres to measure in."""

from typing import NamedTuple

import numpy as np
from pyproj.exceptions import ProjError

from spatial import crs
from spatial.models.citygml.references import defines_order, reference_of
from spatial.models.frames.placing import Extent, Frame, frame_of
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
        low, high = written.min(axis=0).tolist(), written.max(axis=0).tolist()
        frame = frame_of(other, Extent(tuple(low), tuple(high)), bound=defines_order(srs_name))
        east, north = frame.plan(written).T
        try:
            x, y = crs.transform(east, north, other.horizontal, system.horizontal)
        except (ProjError, crs.CheckCoordinatesError) as error:
            raise ValueError(str(error)) from error
        plan = (y, x) if self.frame.swapped else (x, y)
        return np.column_stack(
            [*plan, written[:, 2] * (other.height_unit_m / system.height_unit_m)]
        )
