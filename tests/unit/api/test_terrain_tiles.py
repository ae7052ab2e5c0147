"""From which zoom on a raster is shown, and to which."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.files import FileRefusedError
from spatial.rasters import Raster, describe, tile
from tests.unit.spatial.rasters import written
from twin.api.terrain_tiles import MAX_ZOOM, max_zoom, min_zoom

RASTER = Raster(
    width=30_000,
    height=20_000,
    bands=("uint8",),
    kind="imagery",
    crs="EPSG:4326",
    height_datum=None,
    unit="",
    nodata=None,
    bounds=(113.8, 22.6, 114.1, 22.8),
    overviews=(),
    cog=False,
)


def test_a_raster_without_overviews_is_shown_from_where_a_tile_reads_little() -> None:
    assert min_zoom(RASTER) == 13
    assert max_zoom(RASTER) == 18
    assert min_zoom(replace(RASTER, overviews=(2, 4, 8, 16))) == 0
    assert min_zoom(replace(RASTER, width=3000, height=2000)) == 0


def test_a_raster_without_a_place_has_zooms_all_the_same() -> None:
    assert 0 <= min_zoom(replace(RASTER, bounds=None)) <= MAX_ZOOM


@given(
    st.integers(1, 10**6),
    st.integers(1, 10**6),
    st.lists(st.integers(2, 4096), max_size=8, unique=True).map(sorted),
    st.floats(1e-6, 300),
)
def test_the_zooms_of_any_raster_are_those_of_a_map(
    width: int, height: int, overviews: list[int], degrees: float
) -> None:
    bounds = (-150.0, 0.0, -150.0 + degrees, min(degrees, 85.0))
    raster = replace(RASTER, width=width, height=height, overviews=tuple(overviews), bounds=bounds)
    assert 0 <= min_zoom(raster) <= max_zoom(raster) <= MAX_ZOOM


def test_what_is_said_to_be_shown_is_shown(tmp_path: Path) -> None:
    pixels = np.full((9_000, 9_000), 7, np.uint8)
    path = written.write(tmp_path / "photo.tif", pixels, compress="deflate", tiled=True)
    least = min_zoom(describe(path))
    number = 1 << least

    assert least > 0
    west, south, east, north = describe(path).bounds or (0, 0, 0, 0)
    x = int(((west + east) / 2 + 180) / 360 * number)
    latitude = np.radians((south + north) / 2)
    y = int((1 - np.arcsinh(np.tan(latitude)) / np.pi) / 2 * number)
    assert tile(path, least, x, y) is not None
    with pytest.raises(FileRefusedError, match="add overviews"):
        tile(path, 0, 0, 0)
