"""Each system that the project names is known to pyproj, with an honest accuracy."""

import json
from pathlib import Path

import numpy as np
import pytest
from pyproj import CRS, Transformer

from spatial.accuracy import operation
from spatial.crs import CGCS2000, DISTRICT, WEB_MERCATOR, WGS84, called, transform

BEIJING_1954 = "EPSG:2435"
SYSTEMS = {
    "EPSG:4490": "China Geodetic Coordinate System 2000",
    "EPSG:4547": "CGCS2000 / 3-degree Gauss-Kruger CM 114E",
    "EPSG:4526": "CGCS2000 / 3-degree Gauss-Kruger zone 38",
    "EPSG:4549": "CGCS2000 / 3-degree Gauss-Kruger CM 120E",
    "EPSG:2435": "Beijing 1954 / 3-degree Gauss-Kruger CM 114E",
    "EPSG:4326": "WGS 84",
    "EPSG:3857": "WGS 84 / Pseudo-Mercator",
    "EPSG:4979": "WGS 84",
    "EPSG:5737": "Yellow Sea 1985 height",
    "EPSG:5736": "Yellow Sea 1956 height",
    "EPSG:4479": "China Geodetic Coordinate System 2000",
    "EPSG:4480": "China Geodetic Coordinate System 2000",
}


@pytest.mark.parametrize("code", SYSTEMS)
def test_a_system_is_what_it_is_called(code: str) -> None:
    assert CRS.from_user_input(code).name == SYSTEMS[code]
    assert called(code) == code


@pytest.mark.parametrize(
    ("target", "east", "north"),
    [
        (DISTRICT, 493426.48766, 2516742.69096),
        ("EPSG:4526", 38493426.48766, 2516742.69096),
        (CGCS2000, 113.936, 22.749),
        (WGS84, 113.936, 22.749),
        ("EPSG:4979", 113.936, 22.749),
        (
            WEB_MERCATOR,
            6378137 * np.radians(113.936),
            6378137 * np.arctanh(np.sin(np.radians(22.749))),
        ),
    ],
)
def test_a_known_point_has_its_coordinates_in_each(target: str, east: float, north: float) -> None:
    x, y = transform(113.936, 22.749, CGCS2000, target)
    assert (float(x), float(y)) == pytest.approx((east, north), abs=1e-4)


def test_a_point_of_the_east_is_placed_in_its_own_zone() -> None:
    x, _ = transform(120.0, 30.0, CGCS2000, "EPSG:4549")
    assert float(x) == pytest.approx(500_000, abs=1e-6)


def test_the_ellipsoid_and_axes_are_those_of_the_facts(shared: Path) -> None:
    facts = json.loads((shared / "standards" / "crs.json").read_text(encoding="utf-8"))
    assert CRS.from_user_input(CGCS2000).axis_info[0].direction == "north"
    ellipsoid = CRS.from_user_input(CGCS2000).ellipsoid
    assert ellipsoid is not None
    assert (
        f"a={ellipsoid.semi_major_metre:.0f}, 1/f={ellipsoid.inverse_flattening:.9f}"
        == facts["EPSG:4490"]["ellipsoid"]
    )


def test_cgcs2000_and_wgs84_are_alike_within_a_metre_and_no_ballpark() -> None:
    for source in (CGCS2000, DISTRICT, "EPSG:4526", "EPSG:4480"):
        found = operation(source, WGS84, *map(float, transform(114, 22.5, WGS84, source)))
        assert found.accuracy_m == 1.0
        assert not found.ballpark
        assert found.warning == ""


def test_beijing_1954_to_cgcs2000_is_a_ballpark_and_says_so() -> None:
    found = operation(BEIJING_1954, CGCS2000, 500_000, 2_500_000)
    assert found.ballpark
    assert found.accuracy_m is None
    assert "no datum shift from Beijing 1954 to China Geodetic" in found.warning
    assert "by way of EPSG:4326 there is one that EPSG states to be good to 15 m" in found.warning


def test_beijing_1954_to_wgs84_depends_on_the_place() -> None:
    near_the_pearl_river = operation(BEIJING_1954, WGS84, 500_000, 2_500_000)
    assert near_the_pearl_river.accuracy_m == 15
    assert not near_the_pearl_river.ballpark
    assert "Beijing 1954 to WGS 84 (3)" in near_the_pearl_river.description
    assert operation(BEIJING_1954, WGS84, 500_000, 4_400_000).ballpark


def test_xian_1980_is_a_ballpark_without_another_way() -> None:
    found = operation("EPSG:2383", DISTRICT, 500_000, 2_500_000)
    assert found.ballpark
    assert "declare a local system" in found.warning
    assert "by way of" not in found.warning


def test_what_stays_in_one_datum_is_exact() -> None:
    found = operation(DISTRICT, "EPSG:4526", 500_000, 2_500_000)
    assert found.accuracy_m == 0
    assert not found.ballpark


def test_a_place_beyond_the_projection_still_has_its_answer() -> None:
    assert operation(DISTRICT, WGS84, 1e30, 1e30).accuracy_m == 1.0


def test_pyproj_alone_would_leave_heights_as_they_are_without_a_word() -> None:
    """Why spatial.heights does not leave heights to pyproj."""
    made = Transformer.from_crs("EPSG:4490+5737", "EPSG:4979", always_xy=True)
    assert made.transform(114, 22.5, 10.0)[2] == 10.0
    assert "ballpark vertical transformation" in made.description
