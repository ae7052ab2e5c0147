"""Outlines of counties, generalised: good for telling a county from a place, and for no more."""

from functools import cache
from typing import NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from data.reference.tables import table_rows


class CountyBoundary(NamedTuple):
    """One row of ``county_boundaries.csv``.

    Within ``tolerance_m`` of the outline (metres) the table decides nothing: its line may be that
    far from the real one. Neighbours share their edges. The arcs between the points where counties
    meet were simplified (Douglas and Peucker) in EPSG:4547 and rounded to 0.00001 degrees.

    Attributes:
        county: six digits (GB/T 2260).
        name_zh: its name.
        tolerance_m: how far the outline may be from its source, metres.
        status: what the outline is and is not.
        source: where its shape is from.
        outline: polygon or multipolygon, longitude and latitude in degrees (WGS 84).
    """

    county: str
    name_zh: str
    tolerance_m: float
    status: str
    source: str
    outline: BaseGeometry


@cache
def county_boundaries() -> tuple[CountyBoundary, ...]:
    """Return the outlines in the order of their codes."""
    return tuple(
        CountyBoundary(county, name, float(tolerance_m), status, source, shapely.from_wkt(wkt))
        for county, name, tolerance_m, status, source, wkt in table_rows("county_boundaries.csv")
    )
