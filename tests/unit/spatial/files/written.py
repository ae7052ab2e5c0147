"""Files that tests write, as other programs write them."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyogrio import raw
from shapely.geometry.base import BaseGeometry

HOME = shapely.Point(493_426.5, 2_516_742.5)
"""A place in Guangming, EPSG:4547."""


def near(east_m: float, north_m: float = 0.0) -> shapely.Point:
    """A place so far from home."""
    return shapely.Point(HOME.x + east_m, HOME.y + north_m)


def block(east_m: float = 0.0, north_m: float = 0.0, side_m: float = 10.0) -> shapely.Polygon:
    """A square block so far from home."""
    corner = near(east_m, north_m)
    return shapely.box(corner.x, corner.y, corner.x + side_m, corner.y + side_m)


def write(
    path: Path,
    shapes: Sequence[BaseGeometry | None],
    columns: Mapping[str, Sequence[Any]] | None = None,
    crs: str | None = "EPSG:4547",
    **options: Any,  # noqa: ANN401 - handed on to GDAL
) -> Path:
    """Write a layer with GDAL; the driver follows from the suffix."""
    drivers = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON"}
    found = columns or {"n": list(range(len(shapes)))}
    kinds = {shape.geom_type for shape in shapes if shape is not None}
    raw.write(
        path,
        np.array([None if each is None else shapely.to_wkb(each) for each in shapes], object),
        [_array(values) for values in found.values()],
        list(found),
        driver=drivers[path.suffix],
        geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
        crs=crs,
        **options,
    )
    return path


def change(path: Path, *statements: str | tuple[str, tuple[object, ...]]) -> Path:
    """Change a GeoPackage behind the back of GDAL, which would not write such a file."""
    with closing(sqlite3.connect(path)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            text, values = statement if isinstance(statement, tuple) else (statement, ())
            connection.execute(text, values)
        connection.commit()
    return path


def _array(values: Sequence[Any]) -> np.ndarray[tuple[int], np.dtype[Any]]:
    array = np.array(values)
    return array if array.dtype.kind in "ifb" else np.array(values, dtype=object)
