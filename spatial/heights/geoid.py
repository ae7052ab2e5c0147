"""Geoid models: how high a datum's zero lies above the ellipsoid, from a grid of such heights."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from pyproj import Transformer
from pyproj.exceptions import ProjError

from spatial.crs import Floats
from spatial.heights.datum import HeightDatumError


class Geoid(NamedTuple):
    """A grid of undulations (GTX or GeoTIFF) that PROJ can read.

    Attributes:
        datum: of the heights that it leads to, e.g. ``yellow-sea-1985``.
        grid: the file.
        accuracy_m: as its maker says; None if nobody does.
    """

    datum: str
    grid: Path
    accuracy_m: float | None = None

    def undulation_m(self, longitude: ArrayLike, latitude: ArrayLike) -> Floats:
        """Return how high the datum's zero lies above the ellipsoid.

        Args:
            longitude: degrees, any shape.
            latitude: degrees, same shape.

        Returns:
            Metres, same shape.

        Raises:
            HeightDatumError: there is no such grid, or it does not reach a place.
        """
        x, y = np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
        _, _, found = self._transformer().transform(x, y, np.zeros_like(x))
        heights = np.asarray(found, np.float64)
        if not np.isfinite(heights).all():
            at = np.flatnonzero(~np.isfinite(heights))[0]
            place = float(x.ravel()[at]), float(y.ravel()[at])
            raise HeightDatumError(
                f"grid {self.grid.name!r} does not reach {place!r}: expected a place inside it"
            )
        return heights

    def _transformer(self) -> Transformer:
        if not self.grid.is_file() or '"' in str(self.grid):
            raise HeightDatumError(f"there is no grid {str(self.grid)!r}: expected GTX or GeoTIFF")
        try:
            return Transformer.from_pipeline(
                "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
                f'+step +proj=vgridshift +grids="{self.grid.absolute()}" +multiplier=1 '
                "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
            )
        except ProjError as error:
            raise HeightDatumError(
                f"grid {self.grid.name!r} cannot be read: expected GTX or GeoTIFF"
            ) from error
