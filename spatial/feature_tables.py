"""Tables with geometry: made of rows, and written as GeoJSON and as GeoParquet."""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from spatial.crs import DISTRICT, WGS84, DeclareCrsError, called, transform_shapes

if TYPE_CHECKING:  # pandas takes half a second to load, which who draws nothing should not pay
    import geopandas as gpd
    import pandas as pd

Kind = Literal["text", "number", "count", "flag", "texts", "instant", "object"]
Layout: TypeAlias = Mapping[str, Kind]
"""Columns of a table in their order. A dot leads into a member: ``people.share`` makes a column
``people_share``. An ``object`` is any JSON, which GeoParquet holds as text."""

_DECIMALS = 7
"""Of degrees: a centimetre."""
_DTYPES: Mapping[Kind, str] = {
    "text": "str", "number": "float64", "count": "Int64", "flag": "boolean",
    "instant": "datetime64[us, UTC]", "object": "object",
}  # fmt: skip
_PARQUET = "1.1.0"
_JSON = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z


def framed(
    rows: Sequence[Mapping[str, Any]],
    shapes: Sequence[Any] | NDArray[Any],
    layout: Layout,
    crs: str,
) -> "gpd.GeoDataFrame":
    """Return rows as a table; its types do not depend on what is in it, nor on there being any.

    Args:
        rows: by the names of the layout; what a row lacks is missing.
        shapes: one for each row, None where it has no place.
        layout: which columns the table has.
        crs: of the shapes.

    Returns:
        The columns of the layout and ``geometry``, in the order of the rows.
    """
    import geopandas as gpd  # noqa: PLC0415 - loads pandas
    import pandas as pd  # noqa: PLC0415

    columns = {
        name.replace(".", "_"): _column([_member(row, name) for row in rows], kind)
        for name, kind in layout.items()
    }
    places = np.empty(len(rows), object)
    places[:] = list(shapes)
    # A table without rows has no index of its own.
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(rows)))
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(places, index=frame.index), crs=crs)


def as_geojson(frame: "gpd.GeoDataFrame", *, key: str | None = None) -> bytes:
    """Return a table as a GeoJSON feature collection in WGS 84 (RFC 7946).

    Args:
        frame: its CRS is known; a row without a shape has a geometry of null.
        key: column that identifies the features.
    """
    drawn = shapely.to_geojson(_in_degrees(frame))
    plain = frame.drop(columns=frame.geometry.name)
    columns = {str(name): _plain(plain[name]) for name in plain.columns}
    ids = None if key is None else columns[key]
    features = [
        {
            "type": "Feature",
            **({} if ids is None or ids[at] is None else {"id": ids[at]}),
            "geometry": None if text is None else orjson.Fragment(text),
            "properties": {name: values[at] for name, values in columns.items()},
        }
        for at, text in enumerate(drawn.tolist())
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features}, option=_JSON)


def as_geoparquet(frame: "gpd.GeoDataFrame") -> bytes:
    """Return a table as GeoParquet 1.1 in WGS 84; the file says its CRS as PROJJSON.

    Longitude comes first, as GeoParquet wants whatever the CRS says.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes long to load
    import pyarrow.parquet as pq  # noqa: PLC0415

    shapes = _in_degrees(frame)
    plain = frame.drop(columns=frame.geometry.name)
    for name in [name for name, column in plain.items() if column.dtype == object]:
        plain[name] = _column([_text(one) for one in plain[name]], "text")
    table = pa.Table.from_pandas(plain, preserve_index=False)
    table = table.append_column("geometry", pa.array(shapely.to_wkb(shapes).tolist(), pa.binary()))
    told = orjson.dumps({"version": _PARQUET, "primary_column": "geometry"} | _about(shapes))
    written = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"geo": told}), written, compression="zstd")
    return written.getvalue()


def _about(shapes: NDArray[Any]) -> dict[str, Any]:
    """Return what GeoParquet says of a column of shapes."""
    there = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    kinds = {f"{one.geom_type}{' Z' * bool(one.has_z)}" for one in there}
    about: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(kinds),
        "crs": CRS(WGS84).to_json_dict(),
        "orientation": "counterclockwise",
    }
    if len(there):
        about["bbox"] = shapely.total_bounds(there).tolist()
    return {"columns": {"geometry": about}}


def _in_degrees(frame: "gpd.GeoDataFrame") -> NDArray[Any]:
    """Return the shapes in WGS 84, rings turned as RFC 7946 has it; None of what is nowhere."""
    if frame.crs is None:
        columns = list(frame.columns)
        raise DeclareCrsError(
            f"table with columns {columns!r} has no CRS: expected e.g. {DISTRICT!r}"
        )
    shapes = np.asarray(frame.geometry.to_numpy(), object)
    system = called(frame.crs.to_wkt())
    if system != WGS84:
        shapes = transform_shapes(shapes, system, WGS84, anywhere=True)
    places, owner = shapely.get_coordinates(shapes, return_index=True)
    lost = owner[~np.isfinite(places).all(axis=1)]
    if len(lost):
        shapes = shapes.copy()
        shapes[lost] = None
    rounded = shapely.transform(  # type: ignore[call-overload]  # None: as each shape has it
        shapes, lambda places: places.round(_DECIMALS), include_z=None
    )
    return np.asarray(shapely.orient_polygons(rounded), object)


def _member(row: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON
    found: Any = row
    for name in path.split("."):
        found = None if found is None else found.get(name)
    return found


def _column(values: list[Any], kind: Kind) -> "pd.Series[Any]":
    import pandas as pd  # noqa: PLC0415

    if kind == "instant":
        return pd.Series(pd.to_datetime(values, utc=True, format="ISO8601"), dtype=_DTYPES[kind])
    if kind == "texts":
        import pyarrow as pa  # noqa: PLC0415 - takes long to load

        return pd.Series(values, dtype=pd.ArrowDtype(pa.list_(pa.string())))
    return pd.Series(values, dtype=_DTYPES[kind])


def _plain(column: "pd.Series[Any]") -> list[Any]:
    """Return values as JSON has them, None where one is missing."""
    if column.dtype == object:
        return list(column)
    missing = column.isna().tolist()
    return [
        None if lacks else _json_value(value)
        for value, lacks in zip(column.tolist(), missing, strict=True)
    ]


def _json_value(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    return list(value) if isinstance(value, np.ndarray) else value


def _text(value: object) -> str | None:
    return None if value is None else orjson.dumps(value, option=_JSON).decode()
