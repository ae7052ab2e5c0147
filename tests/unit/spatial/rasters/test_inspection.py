"""A GeoTIFF is described without reading its pixels, and refused where it cannot be."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import CRS

from spatial.files import FileRefusedError
from spatial.models import inspect
from spatial.rasters import describe, heights
from tests.unit.spatial.rasters.test_heights import write_sparse
from tests.unit.spatial.rasters.written import NORTH, WEST, image, plane, tiff, write

NO_ZERO = "the zero of its heights is not said: they are not compared with other levels"
NO_NODATA = "no number is said to mean that there is none: every pixel counts as a height"
COMPOUND = CRS("EPSG:4547+5737").to_wkt()


def test_terrain_is_described(tmp_path: Path) -> None:
    found = inspect(write(tmp_path / "a.tif", plane(), crs=COMPOUND, nodata=-9999))
    assert (found.format, found.schema, found.error) == ("GeoTIFF", "GeoTIFF", None)
    assert (found.crs, found.counts) == ("EPSG:4547", {"float32 band": 1})
    assert found.bounds == pytest.approx((113.9026, 22.7748, 113.9085, 22.7784), abs=1e-4)
    assert found.warnings == []


def test_the_zero_of_heights_is_told_apart_from_the_place(tmp_path: Path) -> None:
    raster = describe(write(tmp_path / "a.tif", plane(), crs=COMPOUND))
    assert (raster.crs, raster.height_datum, raster.kind) == ("EPSG:4547", "EPSG:5737", "terrain")
    solid = describe(write(tmp_path / "b.tif", plane(), crs="EPSG:4979", transform=DEGREES))
    assert (solid.crs, solid.height_datum) == ("EPSG:4326", "EPSG:4979")


DEGREES = Affine(0.001, 0, 113.9, 0, -0.001, 22.8)


def test_imagery_is_counted_by_band(tmp_path: Path) -> None:
    pixels = np.zeros((4, 20, 20), np.uint8)
    found = inspect(write(tmp_path / "a.tif", pixels, photometric="RGB", alpha="yes"))
    assert (found.counts, found.warnings) == ({"uint8 band": 4}, [])


def test_a_cog_is_called_so(tmp_path: Path) -> None:
    import rasterio.shutil  # type: ignore[import-untyped]  # noqa: PLC0415

    plain = write(tmp_path / "plain.tif", plane(600, 600), nodata=-9999)
    rasterio.shutil.copy(plain, tmp_path / "cog.tif", driver="COG", overview_resampling="average")
    assert inspect(tmp_path / "cog.tif").schema == "COG"


@pytest.mark.parametrize(
    ("pixels", "options", "warnings"),
    [
        (plane(), {"nodata": -1}, [NO_ZERO]),
        (plane(), {}, [NO_ZERO, NO_NODATA]),
        (
            plane(),
            {"nodata": -1, "crs": COMPOUND, "unit": "ft"},
            ["its heights are in 'ft' and are converted to metres"],
        ),
        (
            plane(),
            {"nodata": -1, "crs": COMPOUND, "unit": "fathom"},
            ["its heights are in 'fathom': expected metres or feet"],
        ),
        (
            plane(),
            {"nodata": -1, "crs": None},
            ["its CRS is not said: it is neither sampled nor shown", NO_ZERO],
        ),
        (
            plane(),
            {"nodata": -1, "crs": "EPSG:4326"},
            ["its corners lie outside the globe in its CRS: check the CRS and the place", NO_ZERO],
        ),
        (
            np.zeros((3, 9, 9), np.uint16),
            {},
            ["is neither terrain (one band of heights) nor imagery of uint8: it is not shown"],
        ),
    ],
)
def test_what_is_doubtful_is_told(
    tmp_path: Path, pixels: NDArray[Any], options: dict[str, Any], warnings: list[str]
) -> None:
    found = inspect(write(tmp_path / "a.tif", pixels, **options))
    assert (found.error, found.warnings) == (None, warnings)


def test_a_large_raster_without_overviews_is_told(tmp_path: Path) -> None:
    warnings = inspect(write_sparse(tmp_path / "a.tif", 20_000)).warnings
    assert warnings[-1] == "has no overviews: it is not shown far out; add them with gdaladdo"


PIXELS = b"\7" * 16
BAD: list[tuple[bytes, str]] = [
    (b"II*\0", "is cut off: 4 bytes end in its directory"),
    (b"II*\0\0\0\0\0", "holds no image"),
    (b"II*\0" + b"\xff" * 20, "is cut off: a directory at byte 4,294,967,295"),
    (tiff(image())[:40], "is cut off"),
    (tiff({}), "has a directory of 0 tags"),
    (b"II*\0\x08\0\0\0\xff\xff" + b"\0" * 99, "has a directory of 65,535 tags"),
    (tiff(image(keys=None), after=PIXELS), "is a picture without a place"),
    (tiff(image(width=0)), "image 1 has 0 x 16 pixels"),
    (tiff(image(width=4_000_000_000, height=4_000_000_000)), "4,000,000,000 x 4,000,000,000"),
    (tiff(image(width=None)), "lacks tag 256"),
    (tiff(image(offsets=None)), "lists 0 places and 1 lengths of 1 blocks"),
    (tiff(image(offsets=(8, 8, 8))), "lists 3 places and 1 lengths of 1 blocks"),
    (tiff(image(lengths=10**9)), "is cut off: its pixels end at byte 1,000,000,008"),
    (tiff(image(following=0), following=8), "its directories go in a circle at byte 8"),
    (
        tiff(
            image(
                width=100_000,
                height=100_000,
                compression=8,
                offsets=None,
                lengths=None,
                tile_width=100_000,
                tile_height=100_000,
                tile_offsets=8,
                tile_lengths=8,
            )
        ),
        "has blocks of 100,000 x 100,000 pixels, 10,000,000,000 bytes",
    ),
    (
        tiff(image(width=100_000, height=100_000, compression=8, rows=2**32 - 1)),
        "has blocks of 100,000 x 100,000 pixels, 10,000,000,000 bytes",
    ),
    (tiff(image(compression=60_000), after=PIXELS), "cannot be read as GeoTIFF"),
    (b"P6 4 4 255\n" + PIXELS, "starts with b'P6 4': expected TIFF"),
    (b"<VRTDataset></VRTDataset>", "starts with b'<VRT': expected TIFF"),
]


@pytest.mark.parametrize(("data", "sentence"), BAD, ids=lambda _: "")
def test_a_bad_file_is_refused_with_its_sentence(
    tmp_path: Path, data: bytes, sentence: str
) -> None:
    path = tmp_path / "file.tif"
    path.write_bytes(data)
    found = inspect(path)
    assert found.format == "GeoTIFF"
    assert found.error is not None
    assert sentence in found.error


def test_a_picture_whose_keys_give_it_no_place_is_refused(tmp_path: Path) -> None:
    """The small picture of these cases is good but for that."""
    path = tmp_path / "file.tif"
    path.write_bytes(tiff(image(), after=PIXELS * 16))
    assert "does not say where its pixels lie" in str(inspect(path).error)


def test_a_file_that_ends_before_its_pixels_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", plane(), tiled=True, blockxsize=64, blockysize=64)
    path.write_bytes(path.read_bytes()[:-100])
    error = inspect(path).error
    assert error is not None
    assert "is cut off: its pixels end at byte" in error


def test_pixels_that_cannot_be_unpacked_are_refused_when_sampled(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", plane(), compress="deflate")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = os.urandom(len(data) - len(data) // 2)
    path.write_bytes(data)
    with pytest.raises(FileRefusedError, match="cannot be read as GeoTIFF"):
        heights(
            path,
            np.linspace(WEST, WEST + 600, 50),
            np.linspace(NORTH, NORTH - 400, 50),
            "EPSG:4547",
        )


@pytest.mark.parametrize(
    "flat",
    [
        Affine(2, 2, WEST, 2, 2, NORTH),
        Affine(np.nan, 0, WEST, 0, -2, NORTH),
        Affine(np.inf, 0, WEST, 0, -2, NORTH),
    ],
)
def test_pixels_without_an_extent_are_refused(tmp_path: Path, flat: Affine) -> None:
    error = inspect(write(tmp_path / "a.tif", plane(), transform=flat)).error
    assert error is not None
    assert "its pixels have no extent" in error


def test_two_gigabytes_of_nothing_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0\x08")
    with path.open("r+b") as file:
        file.truncate(2 * 1024**3)
    assert "has a directory of 0 tags" in str(inspect(path).error)


def test_a_file_that_changes_is_looked_at_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", plane())
    assert describe(path).width == 300
    write(path, plane(310, 10))
    assert describe(path).width == 310


def test_nothing_beside_the_file_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a connection was opened"))
    path = write(tmp_path / "a.tif", plane(), nodata=-9999)
    before = describe(path)
    (tmp_path / "a.tif.aux.xml").write_text(
        "<PAMDataset><SRS>EPSG:2326</SRS><GeoTransform>0,1,0,0,0,1</GeoTransform></PAMDataset>"
    )
    (tmp_path / "a.tfw").write_text("1\n0\n0\n-1\n0\n0\n")
    (tmp_path / "a.tif.ovr").write_bytes(b"II*\0")
    (tmp_path / "a.tif.msk").write_bytes(b"II*\0")
    os.utime(path, (1, 1))
    assert describe(path) == before
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "a.tfw",
        "a.tif",
        "a.tif.aux.xml",
        "a.tif.msk",
        "a.tif.ovr",
    ]


@pytest.mark.parametrize(
    "name", ["zip!a.tif", "a?b.tif", "a#b%41.tif", "光明 1.tif", "GTIFF_DIR.tif"]
)
def test_a_strange_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    write(tmp_path / "plain.tif", plane()).rename(tmp_path / name)
    assert inspect(tmp_path / name).counts == {"float32 band": 1}


def test_both_gdals_work_in_one_process_in_either_order(tmp_path: Path) -> None:
    """Rasterio and pyogrio each bring a GDAL and a PROJ of their own, pyproj another PROJ."""
    path = write(tmp_path / "a.tif", plane(), nodata=-9999)
    work = """
import sys, pathlib, numpy, shapely
path = pathlib.Path(sys.argv[1])
def raster():
    from spatial.rasters import describe, heights, tile
    assert describe(path).crs == "EPSG:4547"
    assert numpy.isfinite(heights(path, [113.905], [22.7765], "EPSG:4490")).all()
def vector():
    from pyogrio import raw
    target = path.with_suffix(".gpkg")
    point = numpy.array([shapely.to_wkb(shapely.Point(490000, 2520000))], object)
    raw.write(target, point, [], [], geometry_type="Point", crs="EPSG:4547", driver="GPKG")
    assert raw.read(target)[0]["crs"] == "EPSG:4547"
for step in sys.argv[2:]:
    {"raster": raster, "vector": vector}[step]()
"""
    for order in (["raster", "vector", "raster"], ["vector", "raster", "vector"]):
        (tmp_path / "a.gpkg").unlink(missing_ok=True)
        command = [sys.executable, "-c", work, str(path), *order]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[4]
        )
        assert (done.returncode, done.stderr) == (0, "")


def good() -> bytes:
    """A small raster."""
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / "a.tif", plane(20, 20), compress="deflate").read_bytes()


GOOD = good()


@settings(deadline=None, max_examples=60)
@given(at=st.integers(0, len(GOOD) - 1), bits=st.binary(min_size=1, max_size=12))
def test_a_raster_with_some_bytes_changed_is_taken_or_refused(at: int, bits: bytes) -> None:
    data = bytearray(GOOD)
    data[at : at + len(bits)] = bits
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.tif"
        path.write_bytes(data)
        found = inspect(path)
        json.dumps(found.as_dict(), allow_nan=False).encode()
        assert found.error is None or found.error.startswith("file 'file.tif'")
        try:
            heights(path, [WEST + 5], [NORTH - 5], "EPSG:4547")
        except FileRefusedError as error:
            assert str(error).startswith("file 'file.tif'")  # noqa: PT017 - it may also be taken
