"""Fields of view of many cameras at once, with buildings in the way."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.fields_of_view.cameras import views_of
from spatial.fields_of_view.outlines import outlines, sectors_of
from spatial.fields_of_view.shadows import Buildings, look
from spatial.soundness import areal, mended

_AT_ONCE = 2_000
_FINEST_DEG, _COARSEST_DEG = 0.1, 10.0


class TransformFieldsFirstError(ValueError):
    """Tables that do not share a metric CRS. Transform them to the district's first."""


class CheckStepError(ValueError):
    """An angle between rays that is too wide or too narrow. Choose one from 0.1 to 10 degrees."""


def fields_of_view(
    cameras: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None = None,
    *,
    step_deg: float = 2.0,
) -> gpd.GeoDataFrame:
    """Return what each camera sees of the ground.

    The ground is taken as level. A building hides the ground under it and what lies behind it, all
    of it if it is as high as the camera, otherwise up to where the line from the camera over its
    roof meets the ground again; one of unknown height hides all. The building that a camera stands
    in hides nothing: the camera hangs on it. What is hidden is found along the middle of wedges of
    ``step_deg`` at most, so that an edge of a field is off by half a wedge at most: 1.7 m at 100 m.

    Args:
        cameras: points with the columns ``range_m`` (on the ground), ``horizontal_deg`` (opening
            angle), ``azimuth_deg`` (of its middle, from grid north, clockwise) and, where known,
            ``height_m`` (above ground), ``tilt_deg`` (below the horizon), ``vertical_deg`` (opening
            angle) and ``turns`` (bool, sees all round: a dome or PTZ). Without height, tilt or
            vertical angle the field begins at the camera's foot.
        buildings: polygons with the column ``height_m``, in the same metric CRS.
        step_deg: see above, 0.1 to 10.

    Returns:
        With the index of ``cameras``: ``area_m2``, ``hidden`` (share of the field that buildings
        hide, 0 to 1), ``reason`` (why a camera sees no ground, empty where it does) and the
        geometry, empty where it sees none.

    Raises:
        TransformFieldsFirstError: the tables' CRS differ or are not metric.
        CheckStepError: ``step_deg`` is not from 0.1 to 10.
    """
    _refuse_unlike(cameras, buildings)
    if not _FINEST_DEG <= step_deg <= _COARSEST_DEG:
        raise CheckStepError(f"step of {step_deg!r} degrees: expected 0.1 to 10")
    views = views_of(cameras, step_deg)
    sectors = sectors_of(views)
    fields = sectors.copy()
    standing = None if buildings is None else _standing(buildings)
    if standing is not None and len(standing.shape):
        for start in range(0, len(fields), _AT_ONCE):
            rows = np.arange(start, min(start + _AT_ONCE, len(fields)))
            some = views.of(rows)
            fields[rows] = outlines(some, look(some, sectors[rows], standing))
    return _table(cameras, fields, sectors, views.reason)


def _refuse_unlike(cameras: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None) -> None:
    for table in (cameras, buildings):
        if table is not None and (table.crs is None or not table.crs.is_projected):
            raise TransformFieldsFirstError(
                f"table is in {_called(table)!r}: expected a metric CRS"
            )
    if buildings is not None and buildings.crs != cameras.crs:
        raise TransformFieldsFirstError(
            f"cameras are in {_called(cameras)!r} and buildings in {_called(buildings)!r}: "
            "expected one CRS"
        )


def _called(table: gpd.GeoDataFrame) -> str | None:
    return None if table.crs is None else table.crs.to_string()


def _standing(buildings: gpd.GeoDataFrame) -> Buildings:
    """Return the buildings that are polygons, mended where their rings cross."""
    shapes = areal(mended(np.array(buildings.geometry.to_numpy(), object)))
    height = buildings["height_m"].to_numpy(np.float64, na_value=np.nan)
    solid = ~shapely.is_missing(shapes)
    shapes = shapes[solid]
    tall = np.where(np.isnan(height[solid]), np.inf, height[solid])
    return Buildings(shapes, tall, shapely.STRtree(shapes))


def _table(
    cameras: gpd.GeoDataFrame, fields: NDArray[Any], sectors: NDArray[Any], reason: NDArray[Any]
) -> gpd.GeoDataFrame:
    area, full = shapely.area(fields), shapely.area(sectors)
    hidden = np.divide(full - area, full, out=np.zeros(len(full)), where=full > 0).clip(0, 1)
    columns = {"area_m2": area, "hidden": hidden, "reason": reason}
    return gpd.GeoDataFrame(columns, index=cameras.index, geometry=fields, crs=cameras.crs)
