"""Each usual accident of coordinates is told by its name, with what to do."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.accidents import Accident, Bounds, Finding, find_accidents
from spatial.accidents.gauss_kruger import zones_of
from spatial.crs import CGCS2000, DISTRICT, WEB_MERCATOR, WGS84, Floats, transform

SHENZHEN: Bounds = (113.7, 22.4, 114.7, 22.9)
LON = np.array([113.936, 114.045, 114.0])
LAT = np.array([22.749, 22.696, 22.5])
EAST, NORTH = transform(LON, LAT, CGCS2000, DISTRICT)


def in_crs(crs: str) -> tuple[Floats, Floats]:
    return transform(LON, LAT, CGCS2000, crs, anywhere=True)


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, [finding.sentence for finding in findings]
    return findings[0]


CASES = {
    "zone number": (
        (EAST + 38e6, NORTH, DISTRICT, None),
        (Accident.ZONE_PREFIX,),
        "EPSG:4526",
        "have the number of zone 38 before the easting: declare EPSG:4526, or take 38,000,000",
    ),
    "zone number of 6 degrees": (
        (*in_crs("EPSG:4497"), DISTRICT, None),
        (Accident.ZONE_PREFIX,),
        "EPSG:4497",
        "zone 19",
    ),
    "zone number of Beijing 1954": (
        (EAST + 38e6, NORTH, "EPSG:2435", None),
        (Accident.ZONE_PREFIX,),
        "EPSG:2414",
        "declare EPSG:2414",
    ),
    "another zone's number": (
        (EAST + 39e6, NORTH, DISTRICT, None),
        (Accident.ZONE_PREFIX,),
        "EPSG:4527",
        "they lie elsewhere than expected even so",
    ),
    "no zone number": (
        (EAST, NORTH, "EPSG:4526", None),
        (Accident.NO_ZONE_PREFIX,),
        DISTRICT,
        "lack the zone number 38 before the easting: declare EPSG:4547, or add 38,000,000 to x",
    ),
    "north first": (
        (NORTH, EAST, DISTRICT, None),
        (Accident.NORTH_FIRST,),
        DISTRICT,
        "have the northing first: swap x and y",
    ),
    "north first with zone number": (
        (NORTH, EAST + 38e6, DISTRICT, None),
        (Accident.NORTH_FIRST, Accident.ZONE_PREFIX),
        "EPSG:4526",
        "swap x and y, and declare EPSG:4526",
    ),
    "degrees": (
        (LON, LAT, DISTRICT, None),
        (Accident.DEGREES,),
        CGCS2000,
        "be degrees, not metres: declare EPSG:4490",
    ),
    "degrees of Beijing 1954": (
        (LON, LAT, "EPSG:2435", None),
        (Accident.DEGREES,),
        "EPSG:4214",
        "declare EPSG:4214",
    ),
    "degrees, latitude first": (
        (LAT, LON, DISTRICT, SHENZHEN),
        (Accident.LATITUDE_FIRST, Accident.DEGREES),
        CGCS2000,
        "have the latitude first and be degrees",
    ),
    "degrees of elsewhere": (
        (LON - 20, LAT, DISTRICT, SHENZHEN),
        (Accident.DEGREES,),
        CGCS2000,
        "they lie elsewhere than expected even so",
    ),
    "metres": (
        (EAST, NORTH, CGCS2000, SHENZHEN),
        (Accident.METRES,),
        DISTRICT,
        "be metres, not degrees: declare EPSG:4547",
    ),
    "metres with zone number": (
        (EAST + 38e6, NORTH, WGS84, None),
        (Accident.METRES,),
        "EPSG:4526",
        "declare EPSG:4526",
    ),
    "metres of who knows what": (
        (EAST, NORTH, WGS84, None),
        (Accident.METRES,),
        None,
        "the area where they should lie would tell which one it is",
    ),
    "metres of the web": (
        (*in_crs(WEB_MERCATOR), "wgs84", SHENZHEN),
        (Accident.METRES,),
        WEB_MERCATOR,
        "declare EPSG:3857",
    ),
    "latitude first": (
        (LAT, LON, CGCS2000, None),
        (Accident.LATITUDE_FIRST,),
        CGCS2000,
        "have the latitude first: swap x and y",
    ),
    "latitude first of GCJ-02": (
        (LAT, LON, "gcj02", None),
        (Accident.LATITUDE_FIRST,),
        WGS84,
        "swap x and y",
    ),
    "millimetres": (
        (EAST * 1000, NORTH * 1000, DISTRICT, None),
        (Accident.MILLIMETRES,),
        DISTRICT,
        "be in millimetres, not metres: multiply by 0.001",
    ),
    "millimetres, north first": (
        (NORTH * 1000, EAST * 1000, DISTRICT, SHENZHEN),
        (Accident.NORTH_FIRST, Accident.MILLIMETRES),
        DISTRICT,
        "swap x and y, and multiply by 0.001",
    ),
    "centimetres": (
        (EAST * 100, NORTH * 100, DISTRICT, None),
        (Accident.CENTIMETRES,),
        DISTRICT,
        "centimetres",
    ),
    "feet": (
        (EAST / 0.3048, NORTH / 0.3048, DISTRICT, None),
        (Accident.FEET,),
        DISTRICT,
        "multiply by 0.3048",
    ),
    "kilometres": (
        (EAST / 1000, NORTH / 1000, DISTRICT, None),
        (Accident.KILOMETRES,),
        DISTRICT,
        "multiply by 1000",
    ),
    "wrong central meridian": (
        (*in_crs("EPSG:4548"), DISTRICT, SHENZHEN),
        (Accident.WRONG_MERIDIAN,),
        "EPSG:4548",
        "count from the central meridian 117 E: declare EPSG:4548",
    ),
    "wrong central meridian of 6 degrees": (
        (*in_crs("EPSG:4508"), DISTRICT, SHENZHEN),
        (Accident.WRONG_MERIDIAN,),
        "EPSG:4546",
        "111 E",
    ),
    "web Mercator": (
        (*in_crs(WEB_MERCATOR), DISTRICT, None),
        (Accident.OTHER_SYSTEM,),
        WEB_MERCATOR,
        "fit web Mercator: declare EPSG:3857",
    ),
    "ten-millionths of a degree": (
        (LON * 1e7, LAT * 1e7, WGS84, None),
        (Accident.OTHER_ANGLES,),
        WGS84,
        "ten-millionths of a degree",
    ),
    "radians": (
        (np.radians(LON), np.radians(LAT), WGS84, SHENZHEN),
        (Accident.OTHER_ANGLES,),
        WGS84,
        "radians",
    ),
    "degrees and minutes": (
        (np.trunc(LON) * 100 + LON % 1 * 60, np.trunc(LAT) * 100 + LAT % 1 * 60, WGS84, SHENZHEN),
        (Accident.OTHER_ANGLES,),
        WGS84,
        "DDDMM.mmmm",
    ),
    "own origin": (
        ([12.0, 33.5, 41.0], [4.0, 8.25, -3.0], DISTRICT, None),
        (Accident.OWN_ORIGIN,),
        None,
        "count from an origin of their own, as a building site does",
    ),
    "another country": (
        (LON, LAT + 20, CGCS2000, SHENZHEN),
        (Accident.OUTSIDE,),
        None,
        "lie at 113.9360 E, 42.7490 N in EPSG:4490, outside 113.7 to 114.7 E",
    ),
    "beyond the earth": (
        (EAST * 1e12, NORTH, DISTRICT, None),
        (Accident.OUTSIDE,),
        None,
        "lie nowhere in EPSG:4547",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_accident_is_told(case: str) -> None:
    (x, y, crs, expected), accidents, suggested, sentence = CASES[case]
    finding = only(find_accidents(x, y, crs, expected=expected))
    assert finding.accidents == accidents
    assert finding.crs == suggested
    assert sentence in finding.sentence
    assert finding.count == 3
    assert finding.sentence.startswith("all 3 points, the first (")


@pytest.mark.parametrize("crs", [DISTRICT, "EPSG:4526", CGCS2000, WGS84, WEB_MERCATOR, "EPSG:4979"])
@pytest.mark.parametrize("expected", [None, SHENZHEN])
def test_points_that_lie_right_are_left_in_peace(crs: str, expected: Bounds | None) -> None:
    assert find_accidents(*in_crs(crs), crs, expected=expected) == []


def test_no_points_have_no_accidents() -> None:
    assert find_accidents([], [], DISTRICT) == []


def test_some_points_among_good_ones_are_counted_and_the_first_is_named() -> None:
    x = [*EAST, math.nan, 0.0, *(EAST + 38e6)]
    y = [*NORTH, 22.7, 0.0, *NORTH]
    found = find_accidents(x, y, DISTRICT)
    assert [finding.accidents for finding in found] == [
        (Accident.NOT_FINITE,),
        (Accident.ZERO,),
        (Accident.ZONE_PREFIX,),
    ]
    assert [(finding.count, finding.first) for finding in found] == [(1, 3), (1, 4), (3, 5)]
    assert found[2].sentence.startswith("3 of 8 points, the first (38493426.")
    assert found[0].as_dict()["point"] == ["nan", 22.7]


def test_a_metre_grid_that_holds_zero_is_not_an_accident_but_zero_itself_is() -> None:
    found = find_accidents([155_000, 0], [463_000, 0], "EPSG:28992")
    assert only(found).accidents == (Accident.ZERO,)


def test_utm_is_named_beside_the_zone_of_3_degrees_with_its_meridian() -> None:
    finding = only(find_accidents(*in_crs("EPSG:32650"), DISTRICT, expected=SHENZHEN))
    assert "declare EPSG:4548, or EPSG:32650 if it is UTM" in finding.sentence


def test_every_central_meridian_is_found_again() -> None:
    for zone in zones_of("CGCS2000", numbered=False):
        if zone.width_deg == 3 and abs(zone.meridian - 114) <= 3 and zone.crs != DISTRICT:
            x, y = in_crs(zone.crs)
            finding = only(find_accidents(x, y, DISTRICT, expected=SHENZHEN))
            assert finding.accidents == (Accident.WRONG_MERIDIAN,)
            assert finding.crs == zone.crs


@given(
    st.lists(st.tuples(st.floats(allow_nan=True, allow_infinity=True), st.floats()), max_size=20),
    st.sampled_from([DISTRICT, "EPSG:4526", CGCS2000, "gcj02", WEB_MERCATOR]),
    st.sampled_from([None, SHENZHEN]),
)
def test_any_numbers_get_sentences(
    points: list[tuple[float, float]], crs: str, expected: Bounds | None
) -> None:
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    found = find_accidents(x, y, crs, expected=expected)
    assert sum(finding.count for finding in found) <= len(points)
    for finding in found:
        assert finding.sentence
        assert finding.first is not None
