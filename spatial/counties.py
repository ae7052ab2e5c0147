"""Which county a place lies in, and how near its boundary it is.

A generalised outline decides nothing within its tolerance: ask for the distance to the boundary,
and let a person look at what lies nearer than that.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from spatial.crs import DISTRICT, WGS84, Floats, transform, transform_shapes
from spatial.soundness import stands

Codes: TypeAlias = NDArray[np.str_]
Shapes: TypeAlias = NDArray[Any]

NOWHERE = ""


class CountyIndex:
    """Outlines of counties, ready to be asked about many places at once; pure and unchanging."""

    def __init__(
        self, codes: Sequence[str], outlines: Sequence[BaseGeometry], crs: str = DISTRICT
    ) -> None:
        """Index the outlines.

        Args:
            codes: one for each outline; of two outlines that share a place the lower code wins.
            outlines: polygons or multipolygons, longitude and latitude in degrees (WGS 84).
            crs: metric CRS in which distances are measured.
        """
        order = np.argsort(codes)
        self._crs = crs
        self._codes: Codes = np.asarray(codes, dtype=str)[order]
        moved = transform_shapes(np.asarray(outlines, dtype=object)[order], WGS84, crs)
        shapely.prepare(moved)
        self._outlines = shapely.STRtree(moved)
        self._edges = shapely.STRtree(_edges(moved))

    def county_of(self, longitude: ArrayLike, latitude: ArrayLike) -> Codes:
        """Return the county of each place, empty where it lies in none.

        Args:
            longitude: degrees (WGS 84), shape (n,).
            latitude: degrees, shape (n,).

        Returns:
            Codes, shape (n,).
        """
        return self.county_of_shapes(self._points(longitude, latitude))

    def county_of_shapes(self, shapes: Shapes) -> Codes:
        """Return the county of each shape by a point of it, empty where it lies in none.

        Args:
            shapes: any geometries in the metric CRS of this index, shape (n,); None and empty lie
                in no county.

        Returns:
            Codes, shape (n,).
        """
        places = stands(shapes)
        # A tree's own predicate would prepare each point instead of each outline.
        place, outline = self._outlines.query(places)
        held = shapely.intersects(self._outlines.geometries[outline], places[place])
        place, outline = place[held], outline[held]
        found = np.full(len(places), NOWHERE, dtype=self._codes.dtype)
        # Written from the last to the first, so that the lowest code stays.
        order = np.argsort(-outline, kind="stable")
        found[place[order]] = self._codes[outline[order]]
        return found

    def boundary_distance_m(
        self, longitude: ArrayLike, latitude: ArrayLike, within_m: float
    ) -> Floats:
        """Return the distance of each place to the nearest outline, inside or outside.

        Args:
            longitude: degrees (WGS 84), shape (n,).
            latitude: degrees, shape (n,).
            within_m: farther away nobody needs to know.

        Returns:
            Metres, shape (n,); infinite beyond ``within_m``.
        """
        return self.boundary_distance_of_shapes_m(self._points(longitude, latitude), within_m)

    def boundary_distance_of_shapes_m(self, shapes: Shapes, within_m: float) -> Floats:
        """Return the same for the point by which ``county_of_shapes`` decides."""
        places = stands(shapes)
        found = np.full(len(places), np.inf)
        (place, _), distance = self._edges.query_nearest(
            places, max_distance=within_m, return_distance=True, all_matches=False
        )
        found[place] = distance
        return found

    def _points(self, longitude: ArrayLike, latitude: ArrayLike) -> Shapes:
        x, y = transform(longitude, latitude, WGS84, self._crs, anywhere=True)
        places = np.asarray(shapely.points(np.atleast_1d(x), np.atleast_1d(y)), dtype=object)
        places[~np.isfinite(shapely.get_x(places) + shapely.get_y(places))] = None
        return places


def _edges(outlines: Shapes) -> Shapes:
    """Return every edge as a line of its own; a whole outline would make a useless box."""
    places, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(outlines)), return_index=True
    )
    joined = ring[:-1] == ring[1:]
    pairs = np.stack([places[:-1][joined], places[1:][joined]], axis=1)
    return np.asarray(shapely.linestrings(pairs), dtype=object)
