"""Shapes that callers send: into the district's CRS, and the county that they lie in."""

from functools import lru_cache
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry

from data.reference.counties import county_boundaries
from data.tables import COORDINATE_DECIMALS
from spatial.counties import NOWHERE, CountyIndex
from spatial.crs import WGS84
from spatial.files.errors import RowRefusedError
from spatial.files.geojson_shapes import wkb_of
from spatial.files.placing import Target, place
from spatial.files.sieve import Sieve
from twin.api.problems import MalformedError

_ONE = np.array([1])


def placed(document: dict[str, Any] | None, srid: int) -> tuple[BaseGeometry | None, list[str]]:
    """Return a geometry object of GeoJSON in the district's CRS, as files are read too.

    Args:
        document: in WGS 84; None has no place.
        srid: EPSG code of the district's CRS.

    Returns:
        The shape in two dimensions, and sentences about what was mended or left out.

    Raises:
        MalformedError: it is no geometry, or lies outside the area of use of the CRS.
    """
    try:
        wkb = wkb_of(document)
    except (RowRefusedError, RecursionError) as error:
        raise MalformedError(f"geometry: {error}") from error
    if wkb is None:
        return None, []
    column = np.array([wkb], dtype=object)
    sieve = Sieve(_ONE)
    shapes, warnings = place(column, WGS84, Target(srid, COORDINATE_DECIMALS), sieve)
    if refused := sieve.refused():
        raise MalformedError(f"geometry: {refused[0].reason}")
    if shapes[0] is None:
        raise MalformedError("geometry: it is empty, expected null for no place")
    # Of one shape nobody needs to be told how many there are, and in which rows.
    return shapes[0], [f"geometry: {warning.rpartition(': ')[0]}" for warning in warnings]


def county_around(shape: object, srid: int) -> str:
    """Return the county that a shape lies in.

    Raises:
        MalformedError: it has no place, lies in none that is known, or too near to a boundary for
            the generalised outlines to tell.
    """
    if not isinstance(shape, BaseGeometry):
        raise MalformedError("county: expected one, for there is no geometry that tells it")
    index = _counties(f"EPSG:{srid}")
    shapes = np.array([shape], dtype=object)
    county = str(index.county_of_shapes(shapes)[0])
    if county == NOWHERE:
        raise MalformedError("county: expected one, for the place lies in none of our table")
    tolerance_m = max(row.tolerance_m for row in county_boundaries())
    if np.isfinite(index.boundary_distance_of_shapes_m(shapes, tolerance_m)[0]):
        raise MalformedError(
            f"county: expected one, for the place lies within {tolerance_m:g} m of the boundary "
            f"of {county}"
        )
    return county


@lru_cache(maxsize=2)
def _counties(crs: str) -> CountyIndex:
    rows = county_boundaries()
    return CountyIndex([row.county for row in rows], [row.outline for row in rows], crs)
