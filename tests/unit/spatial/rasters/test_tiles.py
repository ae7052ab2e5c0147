"""Tiles show the raster where it lies, and nothing where it does not."""

import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio  # type: ignore[import-untyped]
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.enums import ColorInterp  # type: ignore[import-untyped]

from spatial.crs import transform
from spatial.files import FileRefusedError
from spatial.rasters import ChooseTileError, png, terrarium, tile
from tests.unit.spatial.rasters.test_heights import write_sparse
from tests.unit.spatial.rasters.written import NORTH, WEST, ground, plane, write

ZOOM = 16
RADIUS_M = 6_378_137.0


def tile_at(x: float, y: float, zoom: int = ZOOM) -> tuple[int, int, int]:
    """The tile over a place in EPSG:4547."""
    east, north = transform(x, y, "EPSG:4547", "EPSG:3857")
    side = 2 * math.pi * RADIUS_M / 2**zoom
    edge = math.pi * RADIUS_M
    return zoom, int((float(east) + edge) // side), int((edge - float(north)) // side)


def places(zoom: int, column: int, row: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eastings and northings in EPSG:4547 of the centres of a tile's pixels, (256, 256)."""
    side = 2 * math.pi * RADIUS_M / 2**zoom
    steps = (np.arange(256) + 0.5) * side / 256
    east = column * side - math.pi * RADIUS_M + steps[None, :] + np.zeros((256, 1))
    north = math.pi * RADIUS_M - row * side - steps[:, None] + np.zeros((1, 256))
    return transform(east, north, "EPSG:3857", "EPSG:4547")


def decoded(data: bytes | None) -> NDArray[np.uint8]:
    """The pixels of a PNG, read without the writer's code."""
    assert data is not None
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, body, header = 8, b"", b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        chunk = data[at + 8 : at + 8 + length]
        (checked,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert checked == zlib.crc32(kind + chunk)
        header = chunk if kind == b"IHDR" else header
        body += chunk if kind == b"IDAT" else b""
        at += 12 + length
    width, height, depth, colours = struct.unpack(">IIBB", header[:10])
    assert depth == 8
    channels = {2: 3, 6: 4}[colours]
    lines = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, 1 + width * channels)
    assert (lines[:, 0] == 1).all()
    steps = lines[:, 1:].reshape(height, width, channels)
    return np.cumsum(steps, axis=1, dtype=np.uint8)


@given(st.lists(st.floats(-11_000, 9_000), min_size=1, max_size=20))
def test_heights_come_back_from_their_colours(heights: list[float]) -> None:
    found = np.array(heights)
    assert terrarium.decode(terrarium.encode(found)) == pytest.approx(found, abs=1 / 512)


@pytest.mark.parametrize(
    ("height", "colours"),
    [
        (0.0, [128, 0, 0]),
        (1.0, [128, 1, 0]),
        (-1.0, [127, 255, 0]),
        (8848.5, [162, 144, 128]),
        (np.nan, [128, 0, 0]),
        (np.inf, [128, 0, 0]),
        (1e9, [255, 255, 255]),
    ],
)
def test_a_height_has_the_colours_of_terrarium(height: float, colours: list[int]) -> None:
    assert terrarium.encode(np.array([height]))[0].tolist() == colours


@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_is_written_as_png(channels: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    assert (decoded(png.encode(pixels)) == pixels).all()


def test_terrain_is_shown_where_it_lies(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", plane(1000, 1000), nodata=-9999)
    wanted = tile_at(WEST + 1000, NORTH - 1000)
    found = terrarium.decode(decoded(tile(path, *wanted)))
    x, y = places(*wanted)
    assert np.abs(found - ground(x, y)).max() < 0.01


def test_terrain_that_ends_in_a_tile_is_level_with_the_sea_beyond(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", plane(40, 40), nodata=-9999)
    wanted = tile_at(WEST + 40, NORTH - 40)
    found = terrarium.decode(decoded(tile(path, *wanted)))
    x, y = places(*wanted)
    inside = (x > WEST + 3) & (x < WEST + 77) & (y < NORTH - 3) & (y > NORTH - 77)
    outside = (x < WEST - 3) | (x > WEST + 83) | (y > NORTH + 3) | (y < NORTH - 83)
    assert np.abs(found - ground(x, y))[inside].max() < 0.05
    assert (found[outside] == 0).all()


def test_imagery_is_shown_in_its_colours_and_clear_beyond(tmp_path: Path) -> None:
    pixels = np.zeros((3, 60, 60), np.uint8)
    pixels[0], pixels[1], pixels[2] = 200, 100, 50
    path = write(tmp_path / "a.tif", pixels, photometric="RGB")
    wanted = tile_at(WEST + 60, NORTH - 60, 18)
    found = decoded(tile(path, *wanted))
    x, y = places(*wanted)
    inside = (x > WEST + 3) & (x < WEST + 117) & (y < NORTH - 3) & (y > NORTH - 117)
    assert inside.any()
    assert (found[inside] == (200, 100, 50, 255)).all()
    beyond = (x < WEST - 3) | (y > NORTH + 3)
    assert (found[beyond][:, 3] == 0).all()


def test_grey_imagery_is_shown_in_grey(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.full((60, 60), 77, np.uint8))
    found = decoded(tile(path, *tile_at(WEST + 60, NORTH - 60)))
    assert (found[found[..., 3] == 255][:, :3] == 77).all()


def test_imagery_with_opacity_keeps_it(tmp_path: Path) -> None:
    pixels = np.full((4, 60, 60), 99, np.uint8)
    pixels[3, :, :30], pixels[3, :, 30:] = 255, 0
    path = write(tmp_path / "a.tif", pixels, photometric="RGB", alpha="yes")
    wanted = tile_at(WEST + 60, NORTH - 60, 19)
    found, (x, y) = decoded(tile(path, *wanted)), places(*wanted)
    rows = (y < NORTH - 3) & (y > NORTH - 117)
    assert (found[rows & (x > WEST + 3) & (x < WEST + 56)][:, 3] == 255).all()
    assert (found[rows & (x > WEST + 64)][:, 3] == 0).all()


def test_a_palette_becomes_its_colours(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.full((60, 60), 3, np.uint8), photometric="palette")
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, {3: (10, 20, 30, 255)})
    found = decoded(tile(path, *tile_at(WEST + 60, NORTH - 60)))
    assert (found[found[..., 3] == 255][:, :3] == (10, 20, 30)).all()


def test_where_the_raster_has_nothing_there_is_no_tile(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", plane(), nodata=-9999)
    assert tile(path, ZOOM, 0, 0) is None
    empty = write(tmp_path / "b.tif", np.full((99, 99), -9999, np.float32), nodata=-9999)
    assert tile(empty, *tile_at(WEST + 50, NORTH - 50)) is None


def test_far_out_an_overview_is_read(tmp_path: Path) -> None:
    pixels = plane(1024, 1024)
    path = write(tmp_path / "a.tif", pixels, nodata=-9999, tiled=True, overviews=(2, 4, 8, 16))
    wanted = tile_at(WEST + 1000, NORTH - 1000, 11)
    found = terrarium.decode(decoded(tile(path, *wanted)))
    x, y = places(*wanted)
    inside = (x > WEST + 200) & (x < WEST + 1800) & (y < NORTH - 200) & (y > NORTH - 1800)
    assert np.abs(found - ground(x, y))[inside].max() < 1.0


def test_far_out_without_overviews_is_refused_before_all_is_read(tmp_path: Path) -> None:
    path = write_sparse(tmp_path / "a.tif", 100_000)
    with pytest.raises(FileRefusedError, match="add overviews with gdaladdo"):
        tile(path, *tile_at(WEST + 100_000, NORTH - 100_000, 8))
    assert tile(path, *tile_at(WEST + 1000, NORTH - 1000)) is not None


def test_a_raster_smaller_than_can_be_told_is_shown_without_harm(tmp_path: Path) -> None:
    speck = Affine(1e-9, 0, WEST, 0, -1e-9, NORTH)
    path = write(tmp_path / "a.tif", plane(3, 3), transform=speck)
    assert tile(path, 0, 0, 0) is None


def test_the_whole_globe_is_shown_up_to_the_edge_of_the_map(tmp_path: Path) -> None:
    globe = Affine(1, 0, -180, 0, -1, 90)
    pixels = np.full((180, 360), 5, np.int16)
    path = write(tmp_path / "a.tif", pixels, crs="EPSG:4326", transform=globe)
    found = terrarium.decode(decoded(tile(path, 0, 0, 0)))
    assert np.median(found) == pytest.approx(5)


@pytest.mark.parametrize(
    ("z", "x", "y"), [(-1, 0, 0), (25, 0, 0), (1, 2, 0), (1, 0, -1), (0, 0, 1), (3, 8, 7)]
)
def test_a_tile_that_there_is_not_is_refused(tmp_path: Path, z: int, x: int, y: int) -> None:
    path = write(tmp_path / "a.tif", plane())
    with pytest.raises(ChooseTileError, match="expected"):
        tile(path, z, x, y)


@pytest.mark.parametrize(
    ("pixels", "crs", "sentence"),
    [
        (np.zeros((3, 9, 9), np.uint16), "EPSG:4547", "has bands of uint16, uint16, uint16"),
        (np.zeros((9, 9), np.float32), None, "its CRS is not said: it cannot be shown"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    tmp_path: Path, pixels: NDArray[Any], crs: str | None, sentence: str
) -> None:
    path = write(tmp_path / "a.tif", pixels, crs=crs)
    with pytest.raises(FileRefusedError, match=sentence):
        tile(path, 0, 0, 0)


def seen(path: Path) -> list[int]:
    """Red, green, blue and opacity in the middle of a raster of one colour."""
    pixels = decoded(tile(path, *tile_at(WEST + 300, NORTH - 200)))
    found = np.unique(pixels[pixels[..., 3] > 0], axis=0)
    assert len(found) == 1
    return [int(each) for each in found[0]]


@pytest.mark.parametrize(
    ("names", "values", "colour"),
    [
        (("alpha", "red", "green", "blue"), (255, 10, 20, 30), [10, 20, 30, 255]),
        (("blue", "green", "red"), (30, 20, 10), [10, 20, 30, 255]),
        (("blue", "green", "red", "alpha"), (30, 20, 10, 255), [10, 20, 30, 255]),
        (("alpha", "gray"), (255, 7), [7, 7, 7, 255]),
        (("red", "green", "blue", "undefined"), (10, 20, 30, 99), [10, 20, 30, 255]),
    ],
)
def test_bands_are_shown_as_they_are_named(
    tmp_path: Path, names: tuple[str, ...], values: tuple[int, ...], colour: list[int]
) -> None:
    bands = np.stack([np.full((200, 300), value, np.uint8) for value in values])
    path = write(tmp_path / "a.tif", bands, photometric="MINISBLACK")
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = [ColorInterp[name] for name in names]

    assert seen(path) == colour


def test_a_picture_whose_white_is_0_is_no_negative(tmp_path: Path) -> None:
    grey = np.full((200, 300), 200, np.uint8)

    assert seen(write(tmp_path / "a.tif", grey, photometric="MINISWHITE")) == [55, 55, 55, 255]
