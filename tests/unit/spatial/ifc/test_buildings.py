"""A building is written as glTF that any viewer can read."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spatial.models.ifc.buildings import Building3D, write_buildings
from tests.unit.spatial.ifc.written import HOUSE, METRE, file_of, placed

WALL = (
    "#95=IFCWALL('0wa110000000000000000W1',$,'Wall',$,$,#10,#45,$,$);",
    "#96=IFCRELCONTAINEDINSPATIALSTRUCTURE('0re1000000000000000R20',$,$,$,(#95),#32);",
    "#97=IFCWALL('0wa110000000000000000W2',$,'Fence',$,$,#10,#45,$,$);",
)


def parsed(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return the two chunks of a file, whose lengths have to be right (GLB, 4.4)."""
    data = path.read_bytes()
    magic, version, length = struct.unpack_from("<III", data)
    assert (magic, version, length) == (0x46546C67, 2, len(data))
    size, kind = struct.unpack_from("<II", data, 12)
    assert (kind, size % 4) == (0x4E4F534A, 0)
    document: dict[str, Any] = json.loads(data[20 : 20 + size])
    binary_size, binary_kind = struct.unpack_from("<II", data, 20 + size)
    assert (binary_kind, binary_size % 4) == (0x004E4942, 0)
    binary = data[28 + size :]
    assert len(binary) == binary_size == document["buffers"][0]["byteLength"]
    return document, binary


def array(document: dict[str, Any], binary: bytes, accessor: int) -> NDArray[Any]:
    """Return the numbers of an accessor."""
    about = document["accessors"][accessor]
    view = document["bufferViews"][about["bufferView"]]
    width = {"SCALAR": 1, "VEC3": 3}[about["type"]]
    kind = {5126: "<f4", 5125: "<u4"}[about["componentType"]]
    assert view["byteOffset"] % 4 == 0
    assert view["byteLength"] == about["count"] * width * 4
    found = np.frombuffer(binary, kind, about["count"] * width, view["byteOffset"])
    return found.reshape(-1, width)


def check(path: Path) -> int:
    """Check a file as a viewer reads it, and return the number of its triangles."""
    document, binary = parsed(path)
    assert document["asset"]["version"] == "2.0"
    root = document["nodes"][0]
    assert root["children"] == list(range(1, len(document["nodes"])))
    triangles = 0
    for node in document["nodes"][1:]:
        assert set(node["extras"]) == {"key", "class", "name"}
        for primitive in document["meshes"][node["mesh"]]["primitives"]:
            at = primitive["attributes"]["POSITION"]
            points = array(document, binary, at)
            assert document["accessors"][at]["min"] == points.min(axis=0).tolist()
            assert document["accessors"][at]["max"] == points.max(axis=0).tolist()
            corners = array(document, binary, primitive["indices"])
            assert corners.max() < len(points)
            assert len(corners) % 3 == 0
            assert primitive["material"] < len(document["materials"])
            triangles += len(corners) // 3
    return triangles


@pytest.fixture
def written(tmp_path: Path) -> dict[str, Building3D]:
    """A house that stands on a map, and a fence that belongs to no building."""
    conversion = "IFCMAPCONVERSION(#11,#21,497000.,2510000.,12.5,1.,0.,$)"
    text = placed("EPSG:4547", conversion, "#14", METRE, *HOUSE[1:], *WALL)
    folder = tmp_path / "out"
    folder.mkdir()
    return {each.key: each for each in write_buildings(file_of(tmp_path, text), folder)}


def test_each_building_has_its_file_and_what_is_left_has_one(
    written: dict[str, Building3D],
) -> None:
    assert {key: each.products for key, each in written.items()} == {
        "0bui1ding0000000000B01": 1,
        "rest": 1,
    }
    assert all(check(each.path) == 12 for each in written.values())


def test_the_zero_of_a_file_says_where_it_stands(written: dict[str, Building3D]) -> None:
    house = written["0bui1ding0000000000B01"]
    assert house.origin == (5, 2, 0)
    assert house.place == pytest.approx((497005, 2510002, 12.5))
    assert house.crs == "EPSG:4547"
    document, binary = parsed(house.path)
    extras = document["scenes"][0]["extras"]
    assert extras["place"] == pytest.approx(house.place)
    points = array(document, binary, 0).astype(float)
    to_map = np.array(extras["to_map"]).reshape(4, 4)
    on_map = points @ to_map[:3, :3].T + to_map[:3, 3]
    assert on_map.min(axis=0) == pytest.approx([497000, 2510000, 12.5])
    assert on_map.max(axis=0) == pytest.approx([497010, 2510004, 15])


@pytest.mark.parametrize("name", ["AC20-FZK-Haus", "building-architecture", "test1"])
def test_a_real_model_is_written(shared: Path, tmp_path: Path, name: str) -> None:
    found = write_buildings(shared / f"data/bim/{name}.ifc", tmp_path)
    assert sum(check(each.path) for each in found) > 1000
    assert max(abs(each) for each in found[0].origin) < 1e6
