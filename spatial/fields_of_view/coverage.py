"""Which fields of view cover how much of what is to be watched."""

from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from spatial.fields_of_view.cameras import Floats, Ints
from spatial.soundness import areal, mended

Shapes: TypeAlias = NDArray[Any]


def covers(fields: gpd.GeoDataFrame, targets: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return which field covers which target, and how much of it.

    The share is that of a target's area, of the length of a line, of the number of points; a target
    of several kinds is judged by its highest dimension. Targets that are missing or empty are never
    covered, and invalid ones are mended first.

    Args:
        fields: polygons, of any number of cameras.
        targets: geometries of any kind, in the same CRS.

    Returns:
        Columns ``field`` and ``target`` (labels of the two tables) and ``share`` (0 to 1, above 0),
        in the order of the fields.
    """
    shapes, goals = areal(_sound(fields)), _sound(targets)
    field, target = shapely.STRtree(goals).query(shapes, "intersects")
    order = np.lexsort((target, field))
    field, target = field[order], target[order]
    share = _shares(shapes[field], goals[target])
    kept = share > 0
    columns = {
        "field": fields.index.to_numpy()[field[kept]],
        "target": targets.index.to_numpy()[target[kept]],
        "share": share[kept],
    }
    return pd.DataFrame(columns)


def covered_share(fields: gpd.GeoDataFrame, targets: gpd.GeoDataFrame) -> pd.Series:
    """Return how much of each target all fields together cover, 0 to 1, with its index.

    Args:
        fields: polygons.
        targets: geometries of any kind, in the same CRS.
    """
    shapes, goals = areal(_sound(fields)), _sound(targets)
    field, target = shapely.STRtree(shapes).query(goals, "intersects")[::-1]
    share = np.zeros(len(goals))
    together, which = _united(shapes, field, target)
    share[which] = _shares(together, goals[which])
    return pd.Series(share, index=targets.index, name="share")


def _united(shapes: Shapes, field: Ints, target: Ints) -> tuple[Shapes, Ints]:
    """Return for each target the union of its fields, and which target it is."""
    which, first = np.unique(target, return_index=True)
    groups = np.split(field, first[1:]) if len(which) else []
    return np.array([shapely.union_all(shapes[group]) for group in groups], object), which


def _sound(table: gpd.GeoDataFrame) -> Shapes:
    return mended(np.array(table.geometry.to_numpy(), object))


def _shares(shapes: Shapes, goals: Shapes) -> Floats:
    dimension = shapely.get_dimensions(goals)
    whole = _size(goals, dimension)
    part = _size(shapely.intersection(shapes, goals), dimension)
    share = np.divide(part, whole, out=np.zeros(len(goals)), where=whole > 0)
    return np.asarray(share.clip(0.0, 1.0))


def _size(shapes: Shapes, dimension: NDArray[Any]) -> Floats:
    """Return areas, lengths or numbers of points, as the dimension (2, 1, 0) has it."""
    points = shapely.get_num_coordinates(shapes).astype(np.float64)
    return np.select(
        [dimension == 2, dimension == 1],  # noqa: PLR2004 - dimensions are what they are
        [shapely.area(shapes), shapely.length(shapes)],
        points,
    )
