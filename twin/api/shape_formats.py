"""The forms in which answers with places are told: JSON, GeoJSON and GeoParquet."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Response
from pydantic import Field

from spatial.feature_tables import as_geojson, as_geoparquet
from twin.api.negotiation import preferred

if TYPE_CHECKING:  # pandas takes half a second to load
    import geopandas as gpd

ShapeFormat = Literal["json", "geojson", "geoparquet"]
DrawnFormat = Literal["geojson", "geoparquet"]

SHAPE_TYPES: Mapping[ShapeFormat, str] = {
    "json": "application/json",
    "geojson": "application/geo+json",
    "geoparquet": "application/vnd.apache.parquet",
}
DRAWN_TYPES: Mapping[DrawnFormat, str] = {
    "geojson": SHAPE_TYPES["geojson"],
    "geoparquet": SHAPE_TYPES["geoparquet"],
}
ShapeFormatQuery = Annotated[
    ShapeFormat | None,
    Field(description="form of the answer; without it, what Accept prefers, or JSON"),
]
GeojsonQuery = Annotated[
    bool,
    Field(
        description="`format=geojson`, as it was once said",
        json_schema_extra={"deprecated": True},
    ),
]
DRAWN_CONTENT: dict[str, Any] = {
    SHAPE_TYPES["geojson"]: {"schema": {"type": "object"}},
    SHAPE_TYPES["geoparquet"]: {"schema": {"type": "string", "format": "binary"}},
}
SHAPES_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "As JSON, as GeoJSON (RFC 7946), or as GeoParquet 1.1; both in WGS 84",
        "content": DRAWN_CONTENT,
    }
}
"""The OpenAPI entry of an answer that comes in any of the forms."""

_VARIES = {"Vary": "Accept"}


def shape_format(asked: ShapeFormat | None, accept: str, *, geojson: bool = False) -> ShapeFormat:
    """Return the form that is asked for, else the one that Accept prefers.

    What we do not have is answered with JSON, as are equal wishes.
    """
    if asked is not None:
        return asked
    return "geojson" if geojson else preferred(accept, SHAPE_TYPES)


def drawn(
    form: DrawnFormat, table: "gpd.GeoDataFrame", name: str, *, key: str | None = None
) -> Response:
    """Return a table as features.

    Args:
        form: of the answer.
        table: rows with geometry.
        name: of the file that a browser makes of GeoParquet.
        key: column that identifies the features.
    """
    if form == "geojson":
        body = as_geojson(table, key=key)
        return Response(body, headers=_VARIES, media_type=SHAPE_TYPES[form])
    file = f'attachment; filename="{name}.parquet"'
    headers = {**_VARIES, "Content-Disposition": file}
    return Response(as_geoparquet(table), headers=headers, media_type=SHAPE_TYPES[form])
