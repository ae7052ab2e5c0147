"""The CRS is understood in every style, and places lie where it puts them."""

from pathlib import Path
from typing import Any

import pytest

from spatial.files import Inspection
from spatial.models.cityjson.format import CITYJSON
from spatial.models.model import silent
from tests.unit.spatial.cityjson.documents import (
    RD,
    building,
    corners,
    document,
    one,
    opened,
    solid,
    written,
)

OGC = "https://www.opengis.net/def/crs"
COMPOUND = f"{OGC}-compound?1={OGC}/EPSG/0/28992&2={OGC}/EPSG/0/5709"


def inspected(folder: Path, system: object, **members: object) -> Inspection:
    metadata = {"referenceSystem": system}
    whole = document({"a": building(solid())}, **{"metadata": metadata, **members})  # type: ignore[arg-type]
    return CITYJSON.inspect(written(folder, whole), silent)


@pytest.mark.parametrize(
    ("system", "name"),
    [
        (RD, "EPSG:7415"),
        (RD.replace("https", "http"), "EPSG:7415"),
        (f"{OGC}/EPSG/9.9.1/28992", "EPSG:28992"),
        (COMPOUND, "EPSG:7415"),
    ],
)
def test_addresses_are_understood(tmp_path: Path, system: str, name: str) -> None:
    found = inspected(tmp_path, system)
    assert (found.crs, found.warnings) == (name, [])
    assert found.bounds == pytest.approx((4.36768, 52.00695, 4.3677, 52.00696), abs=1e-4)


@pytest.mark.parametrize(
    "system",
    [
        "urn:ogc:def:crs:EPSG::7415",
        "urn:ogc:def:crs:EPSG:9.2:7415",
        "urn:x-ogc:def:crs:EPSG:7415",
        "urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709",
        "EPSG:7415",
        "epsg:7415",
        "EPSG::7415",
        RD,
    ],
)
def test_older_styles_are_those_of_1_0(tmp_path: Path, system: str) -> None:
    old = inspected(tmp_path, system, version="1.0")
    assert (old.crs, old.warnings) == ("EPSG:7415", [])
    if system != RD:
        new = inspected(tmp_path, system)
        assert new.crs == "EPSG:7415"
        assert new.warnings == [f"referenceSystem {system!r} is no URL: expected e.g. {RD!r}"]


@pytest.mark.parametrize(
    ("system", "sentence"),
    [
        (None, "its CRS is not said: expected metadata.referenceSystem"),
        ("Amersfoort", f"unknown referenceSystem 'Amersfoort': expected e.g. {RD!r}"),
        (74, f"unknown referenceSystem 74: expected e.g. {RD!r}"),
        (True, f"unknown referenceSystem True: expected e.g. {RD!r}"),
        (f"{OGC}/EPSG/0/1", f"unknown referenceSystem '{OGC}/EPSG/0/1': expected e.g. {RD!r}"),
        (f"{OGC}/EPSG/0/4978", f"referenceSystem '{OGC}/EPSG/0/4978' is geocentric: expected a m"),
        (f"{OGC}/EPSG/0/5709", f"referenceSystem '{OGC}/EPSG/0/5709' is of heights only: expecte"),
        ({"a": 1}, f"unknown referenceSystem an object with ['a']: expected e.g. {RD!r}"),
        ("+proj=longlat", "unknown referenceSystem '+proj=longlat': expected e.g."),
        ("x" * 5000, f"unknown referenceSystem '{'x' * 59}...: expected e.g."),
    ],
)
def test_what_is_no_crs_is_told(tmp_path: Path, system: object, sentence: str) -> None:
    found = inspected(tmp_path, system)
    assert (found.crs, found.bounds, len(found.warnings)) == (None, None, 1)
    assert found.warnings[0].startswith(sentence)


def test_metadata_that_is_no_object_is_told(tmp_path: Path) -> None:
    found = inspected(tmp_path, None, metadata=[RD])
    assert found.warnings[0] == f"metadata is {[RD]!r}: expected an object"


def test_plan_and_heights_have_their_own_crs(tmp_path: Path) -> None:
    model = opened(written(tmp_path, document({})))
    assert (model.crs, model.height_datum) == ("EPSG:28992", "EPSG:5709")


DEGREES = {"scale": [1e-9, 1e-9, 0.001]}


def degrees(*, east_first: bool) -> list[list[int]]:
    """Corners of a cube of 10 m at 22.75 N, 113.93 E, in units of 1e-9 degrees from there."""
    scaled = [(x * 97_443 // 1000, y * 90_288 // 1000, z) for x, y, z in corners(size=1000)]
    return [
        [x, y, z * 10] if east_first else [y, x, z * 10] for x, y, z in scaled
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("system", "east_first", "told"),
    [
        ("EPSG/0/4979", False, False),
        ("EPSG/0/4480", False, False),
        ("EPSG/0/4480", True, True),
        ("OGC/0/CRS84h", True, False),
        ("EPSG/0/4490", False, False),
        ("EPSG/0/4490", True, True),
    ],
)
def test_degrees_are_read_in_the_order_that_lies_in_the_area(
    tmp_path: Path, system: str, *, east_first: bool, told: bool
) -> None:
    translate = [113.93, 22.75, 5] if east_first else [22.75, 113.93, 5]
    transform: dict[str, Any] = {**DEGREES, "translate": translate}
    whole = document(
        {"a": building(solid())},
        degrees(east_first=east_first),
        transform=transform,
        metadata={"referenceSystem": f"{OGC}/{system}"},
    )
    found = CITYJSON.inspect(written(tmp_path, whole), silent)
    assert found.bounds == pytest.approx((113.93, 22.75, 113.930097, 22.75009), abs=1e-5)
    assert bool(found.warnings) == told
    element = one(
        tmp_path, building(solid()), whole["vertices"],
        transform=transform, metadata=whole["metadata"],
    )  # fmt: skip
    assert element.measures["volume_m3"] == pytest.approx(1000, rel=0.01)
    assert element.measures["height_m"] == pytest.approx(10)
    assert element.base_m == pytest.approx(5)
    assert "footprint_area_m2" not in element.measures
    assert element.shape is not None
    assert element.shape.bounds == pytest.approx((113.93, 22.75, 113.930097, 22.75009), abs=1e-5)


def test_metres_are_read_east_first_where_that_lies_in_the_area(tmp_path: Path) -> None:
    system = {"referenceSystem": f"{OGC}/EPSG/0/4547"}
    east_first = {"scale": [0.01] * 3, "translate": [493426, 2516742, 0]}
    north_first = {"scale": [0.01] * 3, "translate": [2516742, 493426, 0]}
    first = document({"a": building(solid())}, transform=east_first, metadata=system)
    found = CITYJSON.inspect(written(tmp_path, first), silent)
    assert found.warnings == []
    assert found.bounds == pytest.approx((113.936, 22.749, 113.9361, 22.7491), abs=2e-4)
    second = document({"a": building(solid())}, transform=north_first, metadata=system)
    swapped = CITYJSON.inspect(written(tmp_path, second), silent)
    assert swapped.bounds == found.bounds
    assert swapped.warnings == [
        "coordinates in EPSG:4547 are written north before east: read in that order"
    ]


def test_places_outside_the_area_of_use_are_told(tmp_path: Path) -> None:
    found = inspected(tmp_path, f"{OGC}/EPSG/0/4547")
    assert found.warnings[0].startswith("(85000.5, 447000.5) lies outside the area of use of EPSG:")


def test_feet_are_measured_in_metres(tmp_path: Path) -> None:
    transform = {"scale": [0.01] * 3, "translate": [980000, 200000, 0]}
    element = one(
        tmp_path, building(solid()),
        transform=transform, metadata={"referenceSystem": f"{OGC}/EPSG/0/2263"},
    )  # fmt: skip
    foot = 1200 / 3937
    assert element.measures["volume_m3"] == pytest.approx((10 * foot) ** 3)
    assert element.measures["footprint_area_m2"] == pytest.approx((10 * foot) ** 2)
    assert element.top_m == pytest.approx(10 * foot)
    assert element.shape is not None
    assert element.shape.bounds == (980000, 200000, 980010, 200010)


def test_the_said_extent_places_a_file_without_vertices(tmp_path: Path) -> None:
    metadata = {"referenceSystem": RD, "geographicalExtent": [85000, 447000, 0, 85001, 447001, 1]}
    empty = CITYJSON.inspect(written(tmp_path, document({}, [], metadata=metadata)), silent)
    full = inspected(tmp_path, RD)
    assert empty.bounds == full.bounds


@pytest.mark.parametrize(
    ("system", "crs"),
    [
        ("http://www.opengis.net/gml/srs/epsg.xml#28992", "EPSG:28992"),
        ("https://epsg.io/28992", "EPSG:28992"),
        ("https://spatialreference.org/ref/epsg/28992/", "EPSG:28992"),
        ("EPSG:28992+5709", "EPSG:7415"),
        ("EPSG:28992+EPSG:5709", "EPSG:7415"),
        ("7415", "EPSG:7415"),
        (7415, "EPSG:7415"),
    ],
)
def test_a_crs_has_many_names(tmp_path: Path, system: object, crs: str) -> None:
    found = inspected(tmp_path, system)
    assert (found.crs, found.bounds) == (crs, inspected(tmp_path, RD).bounds)


@pytest.mark.parametrize("system", ["OGC/0/CRS84", "EPSG/0/4979", "EPSG/0/4326"])
def test_metres_in_a_crs_of_degrees_are_refused(tmp_path: Path, system: str) -> None:
    found = inspected(tmp_path, f"{OGC}/{system}", CityObjects={"a": building(solid())})
    assert (found.error, found.bounds) == (None, None)
    assert "lies outside the area of use" in found.warnings[0]
    assert "'a' will be refused: vertex [85000.0, 447000.0, 0.0] has no place" in found.warnings[1]


def test_one_place_far_away_does_not_move_the_others(tmp_path: Path) -> None:
    vertices = [*degrees(east_first=False), [-(10**12), 10**11, 0]]
    element = one(
        tmp_path,
        building(solid()),
        vertices,
        transform={**DEGREES, "translate": [22.75, 113.93, 5]},
        metadata={"referenceSystem": f"{OGC}/EPSG/0/4979"},
    )
    assert element.measures["volume_m3"] == pytest.approx(1000, rel=0.01)


def test_degrees_may_be_of_other_units_and_meridians(tmp_path: Path) -> None:
    # 48.85 N, 2.35 E in gons from Paris (EPSG:4807), a box of about 10 m.
    north, east = 48.85 / 0.9, (2.35 - 2.337229167) / 0.9
    transform = {"scale": [1e-9, 1e-9, 0.001], "translate": [north, east, 5]}
    steps = [[int(y / 111_200 / 0.9 * 1e6), int(x / 73_360 / 0.9 * 1e6), 10 * z]
             for x, y, z in corners(size=1000)]  # fmt: skip
    scaled = [[10 * north, 10 * east, up] for north, east, up in steps]
    element = one(
        tmp_path, building(solid()), scaled,
        transform=transform, metadata={"referenceSystem": f"{OGC}/EPSG/0/4807"},
    )  # fmt: skip
    assert element.measures["volume_m3"] == pytest.approx(1000, rel=0.01)


def test_metres_that_lie_in_the_area_in_either_order_are_told(tmp_path: Path) -> None:
    found = inspected(
        tmp_path,
        f"{OGC}/EPSG/0/2326",
        transform={"scale": [1, 1, 1], "translate": [836000, 819000, 0]},
    )
    assert found.warnings == [
        "coordinates in EPSG:2326 lie in its area of use in either order: read east before north"
    ]
