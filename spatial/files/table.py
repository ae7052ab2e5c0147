"""What a file gives to the register: rows with attributes and shapes in the store's CRS."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from spatial import crs as systems
from spatial.files.columns import settle
from spatial.files.errors import ChooseMetricCrsError, RefusedRow, refuse
from spatial.files.layer import Column, Ints, Layer
from spatial.files.placing import Target, place
from spatial.files.sieve import Sieve


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureTable:
    """Rows of one layer that can be taken; n rows, in the order of the file.

    Attributes:
        rows: (n,) row numbers as a person finds them: the line of a CSV file (its header is line
            1), the number of the feature from 1 otherwise.
        columns: (n,) arrays by name: integers, floats and booleans where no value is missing,
            objects with None otherwise. Times are text as the file has them; a time without a
            zone stays without.
        geometry: (n,) shapely geometries, 2-D, in the CRS that was asked for; None where a row has
            no shape.
        refused: rows that are not in the arrays, by row number.
        warnings: sentences on what was assumed, mended or dropped.
        crs: CRS of the file, ``EPSG:n`` or a name; None where the layer has no shape at all.
        format: name of the format.
        layer: name of the layer.
    """

    rows: Ints
    columns: dict[str, Column]
    geometry: NDArray[Any]
    refused: list[RefusedRow]
    warnings: list[str]
    crs: str | None
    format: str
    layer: str


def feature_table(
    path: Path, format_name: str, layer: Layer, crs: str | None, target: Target
) -> FeatureTable:
    """Return the rows of a layer with their shapes in a metric CRS.

    Args:
        path: the file, for sentences.
        format_name: what the table says of its origin.
        layer: as its file holds it.
        crs: CRS that the caller says; it wins over the file's.
        target: where shapes go.

    Raises:
        FileRefusedError: there are shapes and nobody says their CRS.
    """
    source = _source(path, layer, crs)
    sieve = Sieve(layer.rows)
    columns, warnings = settle(layer.columns, sieve)
    shapes, about_shapes = place(layer.wkb, source or target.crs, target, sieve)
    kept = sieve.passed()
    return FeatureTable(
        rows=layer.rows[kept],
        columns={name: values[kept] for name, values in columns.items()},
        geometry=shapes[kept],
        refused=sorted([*layer.refused, *sieve.refused()]),
        warnings=[*layer.about(), *_about_crs(layer, crs), *warnings, *about_shapes],
        crs=systems.called(source) if source else None,
        format=format_name,
        layer=layer.name,
    )


def check_metric(srid: int) -> None:
    """Refuse a CRS that has no metres.

    Raises:
        ChooseMetricCrsError: it is no projected CRS.
    """
    try:
        system = CRS.from_epsg(srid)
    except CRSError as error:
        raise ChooseMetricCrsError(f"EPSG:{srid} is unknown: expected e.g. 4547") from error
    if not system.is_projected:
        raise ChooseMetricCrsError(f"EPSG:{srid} is {system.name!r}: expected a projected CRS")


def _source(path: Path, layer: Layer, crs: str | None) -> str | None:
    source = crs or layer.crs
    if source is None and layer.has_shapes():
        raise refuse(path, f"{layer.no_crs}: name one, e.g. 'EPSG:4547'")
    if source is None:
        return None
    try:
        called = systems.called(source)
    except CRSError as error:
        raise refuse(path, f"unknown CRS {source!r}: expected e.g. 'EPSG:4547'") from error
    try:
        systems.transform([], [], source, systems.WGS84, anywhere=True)
    except ProjError as error:
        raise refuse(path, f"CRS {called!r} leads nowhere: expected e.g. 'EPSG:4547'") from error
    return source


def _about_crs(layer: Layer, crs: str | None) -> list[str]:
    if crs is None or layer.crs is None or CRS(crs) == CRS(layer.crs):
        return []
    return [f"the file says {systems.called(layer.crs)}, read as {systems.called(crs)}"]
