"""Tilesets are counted by what their tiles show, and placed by their volumes."""

import math
import zipfile
from pathlib import Path

import pytest
from pyproj import Transformer

from spatial.models import inspect
from tests.unit.spatial.tiles3d.written import (
    BOUNDS,
    b3dm,
    cmpt,
    glb,
    i3dm,
    pack,
    pnts,
    subtree,
    tile,
    tileset,
    write,
)

ECEF_HOME = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True).transform(
    113.94, 22.75, 50.0
)
"""Metres from the centre of the Earth."""


@pytest.mark.parametrize(
    ("name", "schema", "counts", "bounds"),
    [
        ("BatchedWithBatchTable", "1.0", {"b3dm": 1, "tile": 1}, (-75.6133, 40.0416, -75.6109)),
        ("PointCloudRGB", "1.0", {"pnts": 1, "tile": 1}, (-75.6122, 40.0425, -75.6120)),
        ("Tileset", "1.0", {"b3dm": 5, "tile": 5}, (-75.6144, 40.0407, -75.6097)),
        (
            "TilesetOfTilesets",
            "1.0",
            {"b3dm": 5, "external tileset": 2, "tile": 7},
            (-75.6144, 40.0407, -75.6097),
        ),
        ("TilesetWithFullMetadata", "1.1", {"tile": 1}, None),
    ],
)
def test_a_real_tileset_is_counted_and_placed(
    shared: Path,
    name: str,
    schema: str,
    counts: dict[str, int],
    bounds: tuple[float, ...] | None,
) -> None:
    found = inspect(shared / "data/cim/3dtiles" / name / "tileset.json")
    assert (found.format, found.error, found.schema) == ("3D Tiles", None, schema)
    assert found.counts == counts
    if bounds is None:
        assert (found.crs, found.bounds) == (None, None)
        assert found.warnings == [
            "does not lie on the globe: its tiles are not in metres of EPSG:4978"
        ]
    else:
        assert (found.crs, found.warnings) == ("EPSG:4978", [])
        assert found.bounds is not None
        assert found.bounds[:3] == pytest.approx(bounds, abs=1e-4)


def test_every_kind_of_content_is_known(tmp_path: Path) -> None:
    kinds = ["a.b3dm", "a.i3dm", "a.pnts", "a.cmpt", "a.glb", "a.gltf", "a.json"]
    path = write(
        tmp_path,
        tileset_json=tileset(tile(None, *(tile(kind) for kind in kinds))),
        a_b3dm=b3dm(),
        a_i3dm=i3dm("model.glb"),
        model_glb=glb({"asset": {"version": "2.0"}, "images": [{"uri": "tex/wall.png"}]}),
        tex__wall_png=b"\x89PNG",
        a_pnts=pnts(),
        a_cmpt=cmpt(pnts(), cmpt(b3dm())),
        a_glb=glb(),
        a_gltf={"asset": {"version": "2.0"}, "buffers": [{"uri": "data:,"}, {"uri": "a.bin"}]},
        a_bin=b"\0",
        a_json=tileset(tile("a.b3dm")),
    )
    found = inspect(path)
    assert (found.error, found.warnings) == (None, [])
    assert found.counts == {
        "b3dm": 1,
        "cmpt": 1,
        "external tileset": 1,
        "glb": 2,
        "gltf": 1,
        "i3dm": 1,
        "pnts": 1,
        "tile": 9,
    }
    assert found.bounds == pytest.approx(BOUNDS)


@pytest.mark.parametrize(
    "content",
    [
        {"content": {"url": "a.b3dm"}},
        {"contents": [{"uri": "a.b3dm"}]},
        {"extensions": {"3DTILES_multiple_contents": {"contents": [{"uri": "a.b3dm"}]}}},
        {"extensions": {"3DTILES_multiple_contents": {"content": [{"uri": "a.b3dm"}]}}},
        {"content": {"uri": "./sub/../a.b3dm?v=2#x"}},
        {"content": {"uri": "%61.b3dm"}},
    ],
)
def test_a_content_is_found_however_it_is_written(
    tmp_path: Path, content: dict[str, object]
) -> None:
    path = write(tmp_path, tileset_json=tileset(tile() | content, "1.1"), a_b3dm=b3dm())
    assert inspect(path).counts == {"b3dm": 1, "tile": 1}


@pytest.mark.parametrize("extended", [True, False])
def test_implicit_tiles_are_found_by_their_names(tmp_path: Path, *, extended: bool) -> None:
    implicit = {
        "subdivisionScheme": "QUADTREE",
        "subtreeLevels": 2,
        "availableLevels": 2,
        "subtrees": {"uri": "subtrees/{level}.{x}.{y}.subtree"},
    }
    members: dict[str, object] = {"implicitTiling": implicit}
    if extended:
        members = {"extensions": {"3DTILES_implicit_tiling": implicit}}
    path = write(
        tmp_path,
        tileset_json=tileset(tile("content/{level}/{x}/{y}.glb", **members), "1.1"),
        **{"subtrees__0.0.0_subtree": subtree({"buffers": [{"uri": "0.bin"}]})},
        subtrees__0_bin=b"\0",
        content__0__0__0_glb=glb(),
        content__1__0__1_glb=glb(),
        content__other_glb=glb(),
    )
    found = inspect(path)
    assert found.counts == {"glb": 2, "implicit tiling": 1, "subtree": 1, "tile": 1}
    assert (found.error, found.warnings) == (None, [])


def test_metadata_beside_the_tileset_is_no_content(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        tileset_json=tileset(tile(), "1.1", schemaUri="schema.json"),
        schema_json={"id": "s", "classes": {}},
    )
    found = inspect(path)
    assert (found.counts, found.warnings) == ({"tile": 1}, [])


@pytest.mark.parametrize("name", ["city.zip", "city.3tz"])
def test_an_archive_is_looked_through_without_unpacking(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "in"
    write(folder, tileset_json=tileset(tile("data/a.b3dm")), data__a_b3dm=b3dm())
    path = pack(folder, tmp_path / name)
    found = inspect(path)
    assert (found.format, found.error) == ("3D Tiles", None)
    assert found.counts == {"b3dm": 1, "tile": 1}
    assert found.bounds == pytest.approx(BOUNDS)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["in", name])


def test_the_first_tileset_of_an_archive_is_the_outermost(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(
        folder,
        top__tileset_json=tileset(tile("deep/tileset.json")),
        top__deep__tileset_json=tileset(tile("../a.pnts")),
        top__a_pnts=pnts(),
    )
    found = inspect(pack(folder, tmp_path / "city.zip", zipfile.ZIP_STORED))
    assert found.counts == {"external tileset": 1, "pnts": 1, "tile": 2}


def box(centre: tuple[float, ...], half: float) -> dict[str, object]:
    return {"box": [*centre, half, 0, 0, 0, half, 0, 0, 0, half]}


def moved(x: float, y: float, z: float) -> list[float]:
    return [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, x, y, z, 1]


@pytest.mark.parametrize(
    "root",
    [
        tile(boundingVolume=box(ECEF_HOME, 500)),
        tile(boundingVolume={"sphere": [*ECEF_HOME, 500]}),
        tile(boundingVolume=box((0, 0, 0), 500), transform=moved(*ECEF_HOME)),
        tile(
            None,
            tile(boundingVolume=box((0, 0, 0), 500), transform=moved(*ECEF_HOME)),
            boundingVolume={"sphere": [0, 0, 0, 7e6]},
        ),
        tile(
            None,
            tile(boundingVolume=box((-1e6, 0, 0), 500)),
            boundingVolume={"extensions": {"3DTILES_bounding_volume_S2": {"token": "3"}}},
            transform=moved(ECEF_HOME[0] + 1e6, *ECEF_HOME[1:]),
        ),
        tile(None, tile(), boundingVolume={"region": [-math.pi, -1.57, math.pi, 1.57, 0, 9]}),
    ],
)
def test_a_volume_is_placed_with_the_transforms_above_it(
    tmp_path: Path, root: dict[str, object]
) -> None:
    found = inspect(write(tmp_path, tileset_json=tileset(root)))
    assert found.crs == "EPSG:4978"
    assert found.bounds is not None
    west, south, east, north = found.bounds
    assert west <= 113.94 <= east
    assert south <= 22.75 <= north
    assert east - west < 0.03
    assert north - south < 0.03


@pytest.mark.parametrize(
    "root",
    [
        tile(boundingVolume=box((0, 0, 0), 500)),
        tile(boundingVolume=box((500_000, 2_500_000, 0), 1000)),
        tile(boundingVolume={"sphere": [0, 0, 0, 10]}),
        tile(boundingVolume=box((1e8, 0, 0), 10)),
        tile(boundingVolume=box(ECEF_HOME, 500), transform=[1e9] * 16),
    ],
)
def test_a_tileset_off_the_globe_has_no_bounds(tmp_path: Path, root: dict[str, object]) -> None:
    found = inspect(write(tmp_path, tileset_json=tileset(root)))
    assert (found.error, found.crs, found.bounds) == (None, None, None)
    assert found.warnings == ["does not lie on the globe: its tiles are not in metres of EPSG:4978"]


def test_bounds_across_the_antimeridian_go_around_the_globe(tmp_path: Path) -> None:
    region = [math.radians(179), 0.1, math.radians(-179), 0.2, 0, 10]
    root = tile(boundingVolume={"region": region})
    found = inspect(write(tmp_path, tileset_json=tileset(root)))
    assert found.bounds == pytest.approx((-180, math.degrees(0.1), 180, math.degrees(0.2)))
