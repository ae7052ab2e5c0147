"""Tables and maps as small as a test wants them."""

from collections.abc import Mapping, Sequence

import numpy as np
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from data.importing import ImportMap, read_map, take_rows
from data.importing.rows import Rows
from spatial.files import FeatureTable
from spatial.files.columns import typed
from spatial.files.layer import objects

Columns = Mapping[str, Sequence[object]]
X, Y = 493_426.0, 2_516_742.0
"""In Guangming, metres in EPSG:4547."""
SMALLEST = """
model = "houses"
source = "survey"
key = { scheme = "asset", column = "id" }
class = { value = "8101" }
"""


def table(columns: Columns, shapes: Sequence[BaseGeometry | None] = ()) -> FeatureTable:
    """Return rows numbered from 1; points beside one another where no shapes are given."""
    count = len(next(iter(columns.values())))
    placed = shapes or [Point(X + at, Y) for at in range(count)]
    return FeatureTable(
        rows=np.arange(1, count + 1, dtype=np.int64),
        columns={name: typed(objects(list(values))) for name, values in columns.items()},
        geometry=objects(list(placed)),
        refused=[],
        warnings=[],
        crs="EPSG:4547",
        format="GeoJSON",
        layer="houses",
    )


def import_map(more: str = "", smallest: str = SMALLEST) -> ImportMap:
    """Return the smallest map with a few lines more."""
    return read_map(smallest + more, "map.toml")


def rows(
    columns: Columns,
    more: str = "",
    shapes: Sequence[BaseGeometry | None] = (),
) -> Rows:
    """Return the rows of a table by the smallest map with a few lines more."""
    return take_rows(table(columns, shapes), import_map(more))


def reasons(taken: Rows) -> dict[int, str]:
    """Return why rows were refused, by their number."""
    return {refused.row: refused.reason for refused in taken.sieve.refused()}


def square(side_m: float) -> Polygon:
    """Return a square in Guangming."""
    return Polygon([(X, Y), (X + side_m, Y), (X + side_m, Y + side_m), (X, Y + side_m)])
