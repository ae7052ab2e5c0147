"""A map of China passed as WGS 84 is told where a reference shows it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from spatial.accidents import Accident, Finding, compare_outlines, compare_pairs
from spatial.crs import DISTRICT, WGS84, transform, transform_shapes
from spatial.offsets import Offset, convert, convert_shapes

CHANCE = np.random.default_rng(440311)
LON, LAT = CHANCE.uniform((113.8, 22.6), (114.1, 22.8), (50, 2)).T
ACCIDENTS = {Offset.WGS84: Accident.WGS84, Offset.GCJ02: Accident.GCJ02, Offset.BD09: Accident.BD09}


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, [finding.sentence for finding in findings]
    return findings[0]


@pytest.mark.parametrize("truly", Offset)
@pytest.mark.parametrize("declared", Offset)
@pytest.mark.parametrize("noise_m", [0, 30])
def test_pairs_tell_which_system_points_are_in(
    truly: Offset, declared: Offset, noise_m: int
) -> None:
    x, y = convert(LON, LAT, "wgs84", truly)
    noise = CHANCE.normal(0, noise_m / 111_000, (2, len(LON)))
    found = compare_pairs(x + noise[0], y + noise[1], declared, LON, LAT)
    if truly is declared:
        # Noise beyond what pairs of the same points have is told as what it is.
        assert [finding.accidents for finding in found] == [(Accident.SHIFTED,)] * (noise_m > 0)
        return
    assert only(found).accidents == (ACCIDENTS[truly],)
    assert found[0].crs == truly
    assert f"declare {truly}" in found[0].sentence


def test_metres_made_of_gcj02_are_told_too() -> None:
    x, y = transform(*convert(LON, LAT, "wgs84", "gcj02"), WGS84, DISTRICT)
    found = only(compare_pairs(x, y, DISTRICT, LON, LAT))
    assert found.accidents == (Accident.GCJ02,)
    assert "turn them back into degrees, and convert those from gcj02" in found.sentence


def test_another_datum_is_a_shift_that_no_offset_explains() -> None:
    found = only(compare_pairs(LON + 0.0009, LAT, "wgs84", LON, LAT))
    assert found.accidents == (Accident.SHIFTED,)
    assert "92 m east and 0 m north of the reference, which is not the offset" in found.sentence


def test_pairs_that_do_not_belong_together_are_told() -> None:
    found = only(compare_pairs(LON[::-1], LAT[::-1], "wgs84", LON, LAT))
    assert "check which belongs to which" in found.sentence


def test_pairs_that_agree_or_are_no_numbers_say_nothing() -> None:
    assert compare_pairs(LON, LAT, "EPSG:4490", LON, LAT) == []
    assert compare_pairs([np.nan], [22.7], "wgs84", [113.9], [22.7]) == []
    assert compare_pairs([], [], "wgs84", [], []) == []


@pytest.fixture(scope="module")
def districts(shared: Path) -> NDArray[Any]:
    path = shared / "data" / "gis" / "shenzhen_districts_wgs84.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return np.array([shapely.geometry.shape(each["geometry"]) for each in features], dtype=object)


@pytest.fixture(scope="module")
def nanshan(shared: Path) -> NDArray[Any]:
    path = shared / "data" / "gis" / "440305_nanshan_gcj02.json"
    parts = json.loads(path.read_text(encoding="utf-8"))["coordinates"]
    return np.array([shapely.MultiPolygon([(part[0], part[1:]) for part in parts])], dtype=object)


def test_a_district_drawn_by_another_hand_is_told_to_be_gcj02(
    nanshan: NDArray[Any], districts: NDArray[Any]
) -> None:
    found = only(compare_outlines(nanshan, "wgs84", districts))
    assert found.accidents == (Accident.GCJ02,)
    assert found.shift_m == pytest.approx((503, -331), abs=60)
    assert "as GCJ-02 passed as WGS 84 does there: declare gcj02" in found.sentence
    assert compare_outlines(nanshan, "gcj02", districts) == []


@pytest.mark.parametrize("truly", Offset)
@pytest.mark.parametrize("declared", Offset)
def test_outlines_tell_which_system_a_file_is_in(
    nanshan: NDArray[Any], districts: NDArray[Any], truly: Offset, declared: Offset
) -> None:
    found = compare_outlines(convert_shapes(nanshan, "gcj02", truly), declared, districts)
    expected = [] if truly is declared else [(ACCIDENTS[truly],)]
    assert [finding.accidents for finding in found] == expected


@pytest.mark.parametrize("which", [slice(3, 4), slice(None)], ids=["one of them", "all"])
def test_a_part_of_the_reference_or_more_than_it_will_do(
    districts: NDArray[Any], which: slice
) -> None:
    found = only(
        compare_outlines(convert_shapes(districts, "wgs84", "bd09"), WGS84, districts[which])
    )
    assert found.accidents == (Accident.BD09,)


def test_a_file_in_metres_is_compared_too(districts: NDArray[Any]) -> None:
    moved = transform_shapes(districts, WGS84, DISTRICT)
    assert compare_outlines(moved, DISTRICT, districts) == []
    gcj = transform_shapes(convert_shapes(districts, "wgs84", "gcj02"), WGS84, DISTRICT)
    assert only(compare_outlines(gcj, DISTRICT, districts)).accidents == (Accident.GCJ02,)


def test_a_shift_that_no_offset_explains_is_told(districts: NDArray[Any]) -> None:
    moved = shapely.transform(districts, lambda places: np.add(places, (0.003, 0.004)))
    found = only(compare_outlines(moved, WGS84, districts))
    assert found.accidents == (Accident.SHIFTED,)
    assert found.shift_m == pytest.approx((308, 445), abs=15)


@pytest.mark.parametrize(
    "shapes",
    [[], [None], [shapely.Polygon()], [shapely.box(10, 50, 11, 51)], [shapely.Point(np.nan, 1)]],
    ids=["none", "nothing", "empty", "elsewhere", "NaN"],
)
def test_shapes_with_nothing_in_common_say_nothing(
    shapes: list[Any], districts: NDArray[Any]
) -> None:
    assert compare_outlines(shapes, WGS84, districts) == []
    assert compare_outlines(districts, WGS84, shapes) == []


def test_points_lines_and_collections_are_compared(districts: NDArray[Any]) -> None:
    corners = shapely.get_coordinates(shapely.segmentize(districts, 0.002))
    mixed = shapely.GeometryCollection(
        [shapely.MultiPoint(corners[:3000]), *shapely.boundary(districts[:4])]
    )
    found = compare_outlines(convert_shapes([mixed], "wgs84", "gcj02"), WGS84, districts)
    assert only(found).accidents == (Accident.GCJ02,)
