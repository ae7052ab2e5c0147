"""The shapes of any file as it draws them, before anything that it says of them is believed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError

from spatial import files, models
from spatial.crs import WGS84
from spatial.files import Columns, FileRefusedError, RefusedRow, local_file
from spatial.files.errors import refuse
from spatial.files.layer import Column, Format, Layer, Request
from spatial.files.sieve import Sieve
from spatial.files.wkb import shapes as shapes_of

X_NAMES = ("x", "lon", "lng", "long", "longitude", "经度", "e", "east", "easting", "东坐标")
Y_NAMES = ("y", "lat", "latitude", "纬度", "n", "north", "northing", "北坐标")
Z_NAMES = ("z", "h", "height", "elevation", "高程")
"""What columns of coordinates are called, in small letters."""
_NOT_COORDINATES = ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError
_DEEPEST = 4
"""Nested lists of a multipolygon, down to its numbers."""


class Drawing(NamedTuple):
    """Shapes of one file.

    Attributes:
        crs: ``EPSG:n`` or WKT; None where the file does not say.
        shapes: (n,) shapely geometries, None where there is none.
        rows: (n,) numbers as a person finds them; from 1 where the file has none.
        columns: (n,) arrays by name; none for models.
        refused: rows that cannot be read.
        warnings: sentences on what was assumed.
    """

    crs: str | None
    shapes: NDArray[Any]
    rows: NDArray[np.int64]
    columns: Mapping[str, Column]
    refused: tuple[RefusedRow, ...] = ()
    warnings: tuple[str, ...] = ()


def read_drawing(
    path: Path, *, layer: str | None = None, columns: tuple[str, str] | None = None
) -> Drawing:
    """Read the shapes of a file of features or of a model.

    Args:
        path: a local file.
        layer: which, where there are several; all of one CRS if not said.
        columns: of x and y in a CSV file; told by their names if not said.

    Raises:
        FileRefusedError: the file cannot be taken.
    """
    model = models.format_of(path)
    if model is not None and model.open is not None:
        return _of_model(model.open(path))
    try:
        return _of_layers(list(_layers(path, layer, columns)), path)
    except FileRefusedError:
        bare = _bare_coordinates(path)
        if bare is None:
            raise
        return bare


def _of_model(model: models.Model) -> Drawing:
    shapes = [
        element.shape
        for element in model.elements(models.silent)
        if isinstance(element, models.Element)
    ]
    return _drawing(model.crs, shapes)._replace(warnings=model.warnings)


def _layers(path: Path, layer: str | None, columns: tuple[str, str] | None) -> Iterator[Layer]:
    head, suffix = local_file.head_of(path), path.suffix.lower()
    chosen = next((each for each in files.FORMATS if each.recognises(head, suffix)), None)
    if chosen is None:
        names = ", ".join(dict.fromkeys(each.name for each in files.FORMATS))
        raise refuse(path, f"starts with {head[:16]!r}: expected one of {names}")
    place = None
    if chosen.name == "CSV":
        x, y = columns or _coordinate_columns(path, chosen)
        place = Columns(x, y, "")
    document = chosen.open(path, Request(place))
    if layer is not None and layer not in document.layers:
        raise refuse(path, f"has no layer {layer!r}: expected one of {list(document.layers)!r}")
    for name in [layer] if layer is not None else document.layers:
        yield document.layers[name]()


def _coordinate_columns(path: Path, chosen: Format) -> tuple[str, str]:
    document = chosen.open(path, Request())
    header = list(next(iter(document.layers.values()))().columns)
    found = [
        next((name for name in header if name.strip().casefold() in known), None)
        for known in (X_NAMES, Y_NAMES)
    ]
    if found[0] is None or found[1] is None:
        raise refuse(path, f"which columns are x and y: name two of {header!r}")
    return found[0], found[1]


def _of_layers(layers: list[Layer], path: Path) -> Drawing:
    systems = {layer.crs or None for layer in layers if layer.has_shapes()}
    if len(systems) > 1:
        names = [layer.name for layer in layers]
        raise refuse(path, f"layers have several CRS: choose one of {names!r}")
    found, refused = [], []
    for layer in layers:
        sieve = Sieve(layer.rows)
        shapes, _ = shapes_of(layer.wkb, sieve)
        found.append(shapes)
        refused += [*layer.refused, *sieve.refused()]
    columns = layers[0].columns if len(layers) == 1 else {}
    return Drawing(
        next(iter(systems), None),
        np.concatenate([*found, np.empty(0, dtype=object)]),
        np.concatenate([*(layer.rows for layer in layers), np.empty(0, dtype=np.int64)]),
        columns,
        tuple(refused),
        tuple(warning for layer in layers for warning in layer.about()),
    )


def _bare_coordinates(path: Path) -> Drawing | None:
    """Return what a JSON object draws that has coordinates, but not the type of a geometry."""
    try:
        written = json.loads(local_file.whole(path))
        coordinates = written["coordinates"]
        shape = _shaped(coordinates, _depth(coordinates))
    except (*_NOT_COORDINATES, ShapelyError):
        return None
    return _drawing(WGS84, [shape])._replace(
        warnings=("no type of a geometry is said: read as GeoJSON, which is in WGS 84",)
    )


def _depth(nested: object) -> int:
    depth = 0
    while isinstance(nested, list) and depth <= _DEEPEST:
        nested, depth = nested[0], depth + 1
    return depth


def _shaped(coordinates: list[Any], depth: int) -> object:
    match depth:
        case 1:
            return shapely.Point(coordinates)
        case 2:
            return shapely.LineString(coordinates)
        case 3:
            return shapely.Polygon(coordinates[0], coordinates[1:])
        case 4:
            return shapely.MultiPolygon([(part[0], part[1:]) for part in coordinates])
    raise ValueError(f"coordinates nested {depth} deep: expected 1 to {_DEEPEST}")


def _drawing(crs: str | None, shapes: list[Any]) -> Drawing:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return Drawing(crs, found, np.arange(1, len(shapes) + 1), {})
