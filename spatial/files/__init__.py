"""Files of features (CSV, GeoJSON, GeoPackage, Shapefile): said what they hold, and read."""

from pathlib import Path

from spatial.files import local_file
from spatial.files.csv_table import CSV
from spatial.files.errors import (
    ChooseMetricCrsError,
    FileRefusedError,
    RefusedRow,
    refuse,
)
from spatial.files.geojson import GEOJSON
from spatial.files.geopackage import GEOPACKAGE
from spatial.files.inspection import FieldSummary, Inspection, LayerSummary, Tally
from spatial.files.layer import Columns, Document, Format, Layer, Place, Request, Wkt
from spatial.files.placing import Target
from spatial.files.shapefile import SHAPEFILE, ZIPPED_SHAPEFILE
from spatial.files.table import FeatureTable, check_metric, feature_table

__all__ = [
    "FORMATS",
    "ChooseMetricCrsError",
    "Columns",
    "FeatureTable",
    "FieldSummary",
    "FileRefusedError",
    "Format",
    "Inspection",
    "LayerSummary",
    "Place",
    "RefusedRow",
    "Target",
    "Wkt",
    "inspect",
    "read",
    "refuse",
]

FORMATS: tuple[Format, ...] = (GEOPACKAGE, SHAPEFILE, ZIPPED_SHAPEFILE, GEOJSON, CSV)
"""Every format. CSV stands last: any text could be one."""


def inspect(path: Path, *, layer: str | None = None) -> Inspection:
    """Say what a file holds; all of it is read and nothing is kept.

    A file that cannot be taken gives the same document with its sentence in ``error``.
    """
    chosen: Format | None = None
    try:
        chosen = _format(path)
        document = chosen.open(path, Request())
        tally = Tally()
        names = [_chosen(path, document, layer)] if layer else list(document.layers)
        tally.warnings += _added(tally, document, names)
        return tally.total(chosen.name, document.schema, _about_suffix(path, chosen))
    except FileRefusedError as error:
        return Inspection(format=chosen and chosen.name, error=str(error))


def read(
    path: Path,
    *,
    layer: str | None = None,
    crs: str | None = None,
    place: Place | None = None,
    encoding: str | None = None,
    to: Target,
) -> FeatureTable:
    """Read one layer of a file, with its shapes in a metric CRS.

    Args:
        path: a local file; a Shapefile by its ``.shp`` (its other parts beside it) or zipped.
        layer: which, where there are several.
        crs: CRS of the shapes where the file does not say; it wins with a warning where it does.
        place: where a CSV file keeps its shapes; its rows have none without.
        encoding: of the text of a CSV file or Shapefile, where detection would be wrong.
        to: CRS of the store, and how finely coordinates are kept in it.

    Raises:
        FileRefusedError: the file as a whole cannot be taken.
        ChooseMetricCrsError: ``to`` is not a metric CRS.
    """
    check_metric(to.srid)
    chosen = _format(path)
    document = chosen.open(path, Request(place, encoding))
    found: Layer = document.layers[_chosen(path, document, layer)]()
    table = feature_table(path, chosen.name, found, crs, to)
    table.warnings[:0] = _about_suffix(path, chosen)
    return table


def _added(tally: Tally, document: Document, names: list[str]) -> list[str]:
    """Take layers into account, and return the sentences on those that cannot be read.

    Raises:
        FileRefusedError: none of them can.
    """
    refused: list[FileRefusedError] = []
    for name in names:
        try:
            tally.add(document.layers[name]())
        except FileRefusedError as error:
            refused.append(error)
    if refused and not tally.layers:
        raise refused[0]
    return [str(error) for error in refused]


def _format(path: Path) -> Format:
    head = local_file.head_of(path)
    suffix = path.suffix.lower()
    for each in FORMATS:
        if each.recognises(head, suffix):
            return each
    names = ", ".join(dict.fromkeys(each.name for each in FORMATS))
    raise refuse(path, f"starts with {head[:16]!r}: expected one of {names}")


def _chosen(path: Path, document: Document, layer: str | None) -> str:
    names = list(document.layers)
    if layer is None and len(names) == 1:
        return names[0]
    if layer is None:
        raise refuse(path, f"holds {len(names)} layers, choose one of {names!r}")
    if layer not in names:
        raise refuse(path, f"has no layer {layer!r}: expected one of {names!r}")
    return layer


def _about_suffix(path: Path, chosen: Format) -> list[str]:
    if path.suffix.lower() in chosen.suffixes:
        return []
    return [f"named {path.name!r}, but what is in it is {chosen.name}"]
