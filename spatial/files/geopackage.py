"""GeoPackage (OGC 12-128r19), read row by row as the SQLite file it is.

GDAL takes the number of rows from a cache in the file, turns text in a number column into 0 and
stops at the first bad shape; here every row is either taken as it stands or refused by its number.
"""

import sqlite3
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from spatial.files import sqlite_file
from spatial.files.columns import MAX_COLUMNS
from spatial.files.errors import refuse
from spatial.files.geopackage_rows import fields_of, values_of
from spatial.files.layer import Document, Format, Layer, Request

_LAYERS = """
    SELECT contents.table_name, geometry.column_name, coalesce(found.type, 'absent'),
        coalesce(found.sql, ''), system.organization, system.organization_coordsys_id,
        system.definition
    FROM gpkg_contents contents
    JOIN gpkg_geometry_columns geometry ON geometry.table_name = contents.table_name
    LEFT JOIN gpkg_spatial_ref_sys system ON system.srs_id = geometry.srs_id
    LEFT JOIN sqlite_master found ON found.name = contents.table_name
    WHERE contents.data_type = 'features'
    ORDER BY contents.table_name
"""


class _Table(NamedTuple):
    """A layer's table: what is registered of it, and its CRS's definition."""

    name: str
    geometry: str
    kind: str
    sql: str
    authority: str | None
    number: int | None
    definition: str | None

    def crs(self) -> str | None:
        """Return the CRS; None where it is one of the two undefined ones (1.1.2.1.2)."""
        if str(self.authority).upper() == "EPSG" and self.number:
            return f"EPSG:{self.number}"
        try:
            return CRS.from_wkt(self.definition or "").to_wkt()
        except CRSError:
            return None


def _recognises(head: bytes, _suffix: str) -> bool:
    return head.startswith(sqlite_file.MAGIC)


def _open(path: Path, _request: Request) -> Document:
    with sqlite_file.opened(path) as connection:
        if not _has_contents(connection):
            raise refuse(path, "is an SQLite database without gpkg_contents: no GeoPackage")
        tables = [_Table(*row) for row in connection.execute(_LAYERS)]
    if not tables:
        raise refuse(path, "is a GeoPackage without a layer of features")
    layers = {table.name: partial(_read, path, table) for table in tables}
    return Document(_version(path), layers)


def _has_contents(connection: sqlite3.Connection) -> bool:
    # As with layers: of a view of that name nobody knows how long it computes.
    found = connection.execute(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN"
        " ('gpkg_contents', 'gpkg_geometry_columns', 'gpkg_spatial_ref_sys')"
    ).fetchone()
    return bool(found[0] == 3)  # noqa: PLR2004 - the three tables that are asked for


def _version(path: Path) -> str | None:
    number = sqlite_file.user_version(path)
    return f"{number // 10_000}.{number // 100 % 100}.{number % 100}" if number else None


def _read(path: Path, table: _Table) -> Layer:
    # A view may compute anything, or compute for ever.
    if table.kind != "table" or "VIRTUAL" in table.sql[:20].upper():
        raise refuse(path, f"layer {table.name!r} is a {table.kind}, expected a plain table")
    with sqlite_file.opened(path) as connection:
        fields = fields_of(connection, table.name, table.geometry)
        if table.geometry not in fields.names or len(fields.names) > MAX_COLUMNS:
            raise refuse(
                path,
                f"layer {table.name!r} of {len(fields.names)} columns: expected at most "
                f"{MAX_COLUMNS} and among them {table.geometry!r}",
            )
        columns = values_of(connection, fields)
    wkb = columns.pop(table.geometry)
    binary = [name for name, values in columns.items() if bytes in set(map(type, values.tolist()))]
    return Layer(
        name=table.name,
        crs=table.crs(),
        rows=np.arange(1, len(wkb) + 1),
        wkb=wkb,
        columns={name: values for name, values in columns.items() if name not in binary},
        warnings=tuple(f"column {name!r} holds bytes and is left out" for name in binary),
    )


GEOPACKAGE = Format("GeoPackage", (".gpkg",), _recognises, _open)
