"""What a GeoTIFF holds, said without reading its pixels."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from spatial.crs import called
from spatial.files import Inspection
from spatial.rasters.raster import Raster, describe

_FAR_OUT = 8_192


def inspect(path: Path) -> Inspection:
    """Count the bands of a raster by the type of their numbers.

    Raises:
        FileRefusedError: it is no GeoTIFF that may be read.
    """
    raster = describe(path)
    return Inspection(
        format="GeoTIFF",
        schema="COG" if raster.cog else "GeoTIFF",
        crs=None if raster.crs is None else called(raster.crs),
        bounds=raster.bounds,
        counts=dict(Counter(f"{kind} band" for kind in raster.bands)),
        warnings=list(_warnings(raster)),
    )


def _warnings(raster: Raster) -> Iterator[str]:
    if raster.crs is None:
        yield "its CRS is not said: it is neither sampled nor shown"
    elif raster.bounds is None:
        yield "its corners lie outside the globe in its CRS: check the CRS and the place"
    if raster.kind == "other":
        yield "is neither terrain (one band of heights) nor imagery of uint8: it is not shown"
    if raster.kind == "terrain":
        yield from _about_heights(raster)
    if max(raster.width, raster.height) > _FAR_OUT and not raster.overviews:
        yield "has no overviews: it is not shown far out; add them with gdaladdo"


def _about_heights(raster: Raster) -> Iterator[str]:
    if raster.height_datum is None:
        yield "the zero of its heights is not said: they are not compared with other levels"
    metres = raster.metres()
    if metres is None:
        yield f"its heights are in {raster.unit!r}: expected metres or feet"
    elif metres != 1:
        yield f"its heights are in {raster.unit!r} and are converted to metres"
    if raster.nodata is None:
        yield "no number is said to mean that there is none: every pixel counts as a height"
