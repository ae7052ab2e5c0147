"""Where a command writes what it found as features, and in which form."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from twin.cli.printing import say

if TYPE_CHECKING:  # commands load only what they need
    import geopandas as gpd

_PARQUET = (".parquet", ".geoparquet")


class Form(StrEnum):
    """What a file of features can be."""

    GEOJSON = "geojson"
    GEOPARQUET = "geoparquet"


OutOption = Annotated[
    Path | None, typer.Option("--out", help="Write it to a file, too, with places in WGS 84.")
]
FormOption = Annotated[
    Form | None,
    typer.Option("--format", help="Of that file; GeoJSON, or GeoParquet if it ends in .parquet."),
]
GeojsonOption = Annotated[
    Path | None, typer.Option("--geojson", hidden=True, help="As --out FILE --format geojson.")
]


class Destination(NamedTuple):
    """A file for features.

    Attributes:
        path: of the file.
        form: what it becomes.
    """

    path: Path
    form: Form

    def write(self, table: "gpd.GeoDataFrame", *, key: str | None = None) -> None:
        """Write a table; ``key`` is the column that identifies its rows."""
        from spatial.feature_tables import as_geojson, as_geoparquet  # noqa: PLC0415 - loads pandas

        parquet = self.form is Form.GEOPARQUET
        body = as_geoparquet(table) if parquet else as_geojson(table, key=key)
        try:
            self.path.write_bytes(body)
        except OSError as error:
            _refuse(f"file {str(self.path)!r}: {error.strerror}")


def destination(
    out: Path | None, form: Form | None, geojson: Path | None = None
) -> Destination | None:
    """Return where to write, None where nothing is to be written."""
    if geojson is not None:
        return Destination(geojson, Form.GEOJSON)
    if out is None:
        if form is not None:
            _refuse(f"--format {form}: expected --out with a file")
        return None
    by_name = Form.GEOPARQUET if out.suffix.lower() in _PARQUET else Form.GEOJSON
    return Destination(out, form or by_name)


def _refuse(sentence: str) -> NoReturn:
    say(f"twin: {sentence}")
    raise typer.Exit(2)
