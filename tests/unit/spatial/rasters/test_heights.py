"""The height of the ground is that between the four nearest pixels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spatial.crs import transform
from spatial.files import FileRefusedError
from spatial.rasters import heights
from tests.unit.spatial.rasters.written import NORTH, PIXEL_M, WEST, ground, plane, write

HOME = "EPSG:4547"


@pytest.fixture(scope="module")
def terrain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rasters") / "plane.tif"
    return write(path, plane(), nodata=-9999, tiled=True, blockxsize=64, blockysize=64)


@settings(deadline=None, max_examples=60)
@given(
    east=st.lists(st.floats(1.0, 599.0), min_size=1, max_size=30),
    south=st.floats(1.0, 399.0),
)
def test_a_slope_is_met_between_the_pixels(terrain: Path, east: list[float], south: float) -> None:
    x, y = WEST + np.array(east), np.full(len(east), NORTH - south)
    assert heights(terrain, x, y, HOME) == pytest.approx(ground(x, y), abs=1e-4)


def test_places_come_in_any_crs_and_order(terrain: Path) -> None:
    chance = np.random.default_rng(7)
    x, y = WEST + chance.uniform(2, 598, 5000), NORTH - chance.uniform(2, 398, 5000)
    longitude, latitude = transform(x, y, HOME, "EPSG:4490")
    found = heights(terrain, longitude, latitude, "EPSG:4490")
    assert found.dtype == np.float64
    assert found == pytest.approx(ground(x, y), abs=1e-4)


def test_outside_of_the_raster_there_is_no_height(terrain: Path) -> None:
    x = [WEST - 0.1, WEST + 600.1, WEST + 10, WEST + 10, np.nan, np.inf, 0, 1e300]
    y = [NORTH - 10, NORTH - 10, NORTH + 0.1, NORTH - 400.1, NORTH, NORTH, 0, 1e300]
    assert np.isnan(heights(terrain, x, y, HOME)).all()


def test_in_the_outer_half_of_a_pixel_its_own_number_holds(terrain: Path) -> None:
    first = plane()[0, 0]
    assert heights(terrain, [WEST, WEST + 1], [NORTH, NORTH - 1], HOME) == pytest.approx(first)
    last = plane()[-1, -1]
    assert heights(terrain, [WEST + 600], [NORTH - 400], HOME) == pytest.approx(last)


def test_no_places_give_no_heights(terrain: Path) -> None:
    assert heights(terrain, [], [], HOME).shape == (0,)


def test_a_pixel_without_a_number_leaves_its_neighbourhood_empty(tmp_path: Path) -> None:
    pixels = plane(6, 6)
    pixels[2, 2] = -9999
    path = write(tmp_path / "a.tif", pixels, nodata=-9999)
    centre = WEST + 2.5 * PIXEL_M, NORTH - 2.5 * PIXEL_M
    offsets = np.array([0.0, 1.9, -1.9, 2.0, -2.0])
    found = heights(path, centre[0] + offsets, np.full(5, centre[1]), HOME)
    assert np.isnan(found).tolist() == [True, True, True, False, False]


@pytest.mark.parametrize("nodata", [np.nan, -32768.0])
def test_not_a_number_counts_as_none(tmp_path: Path, nodata: float) -> None:
    path = write(tmp_path / "a.tif", np.full((4, 4), nodata, np.float32), nodata=nodata)
    assert np.isnan(heights(path, [WEST + 4], [NORTH - 4], HOME)).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1)])
def test_a_raster_of_one_row_or_column_is_sampled_too(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    path = write(tmp_path / "a.tif", plane(shape[1], shape[0]))
    x, y = WEST + 0.9, NORTH - 0.9
    assert heights(path, [x], [y], HOME) == pytest.approx(plane()[0, 0])


def test_packed_numbers_are_scaled_and_feet_become_metres(tmp_path: Path) -> None:
    pixels = np.full((4, 4), 1000, np.int16)
    path = write(tmp_path / "a.tif", pixels, scale=(0.1, 20.0), unit="ft")
    assert heights(path, [WEST + 4], [NORTH - 4], HOME) == pytest.approx(120 * 0.3048)


def test_a_raster_turned_on_the_ground_is_sampled(tmp_path: Path) -> None:
    turned = Affine(0.0, 2.0, WEST, 2.0, 0.0, NORTH)
    pixels = np.arange(24, dtype=np.float32).reshape(4, 6)
    path = write(tmp_path / "a.tif", pixels, transform=turned)
    # The second column lies north of the first, the second row east of it.
    assert heights(path, [WEST + 1], [NORTH + 3], HOME) == pytest.approx(1.0)
    assert heights(path, [WEST + 3], [NORTH + 1], HOME) == pytest.approx(6.0)


def test_heights_in_degrees_are_sampled(tmp_path: Path) -> None:
    degrees = Affine(0.001, 0, 113.9, 0, -0.001, 22.8)
    pixels = np.arange(100, dtype=np.int16).reshape(10, 10)
    path = write(tmp_path / "a.tif", pixels, crs="EPSG:4490", transform=degrees)
    assert heights(path, [113.9015], [22.7995], "EPSG:4326") == pytest.approx(1.0)


def test_memory_does_not_grow_with_the_raster(tmp_path: Path) -> None:
    """A raster of 40 GB, of which nothing but three blocks is there."""
    path = write_sparse(tmp_path / "big.tif", 100_000)
    x = WEST + np.array([10.0, 100_000.0, 199_000.0])
    assert heights(path, x, np.full(3, NORTH - 10), HOME).tolist() == [0.0, 0.0, 0.0]
    assert path.stat().st_size < 20 * 1024**2


def write_sparse(path: Path, side: int) -> Path:
    """A raster of which no block is written."""
    import rasterio  # type: ignore[import-untyped]  # noqa: PLC0415

    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=side,
        height=side,
        count=1,
        dtype="float32",
        crs=HOME,
        transform=Affine(PIXEL_M, 0, WEST, 0, -PIXEL_M, NORTH),
        tiled=True,
        SPARSE_OK=True,
        BIGTIFF="YES",
    ):
        pass
    return path


@pytest.mark.parametrize(
    ("pixels", "options", "sentence"),
    [
        (np.zeros((3, 4, 4), np.uint8), {}, "is no terrain, its bands are uint8, uint8, uint8"),
        (np.zeros((2, 4, 4), np.float32), {}, "is no terrain, its bands are float32, float32"),
        (np.zeros((4, 4), np.complex64), {}, "is no terrain"),
        (np.zeros((4, 4), np.float32), {"crs": None}, "its CRS is not said"),
        (np.zeros((4, 4), np.float32), {"unit": "fathom"}, "its heights are in 'fathom'"),
    ],
)
def test_what_is_no_terrain_is_refused(
    tmp_path: Path, pixels: NDArray[Any], options: dict[str, Any], sentence: str
) -> None:
    path = write(tmp_path / "a.tif", pixels, **options)
    with pytest.raises(FileRefusedError, match=sentence):
        heights(path, [WEST], [NORTH], HOME)


def test_a_height_without_end_is_none(tmp_path: Path) -> None:
    pixels = plane()
    pixels[50, 50] = np.inf
    path = write(tmp_path / "a.tif", pixels)

    found = heights(path, [WEST + 101, WEST + 111], [NORTH - 101, NORTH - 101], "EPSG:4547")

    assert np.isnan(found).tolist() == [True, False]
