"""From any system to any other by name, with heights that say their datum."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.conversion import UnknownSystemError, convert, degrees, placed, system_called
from spatial.crs import CheckCoordinatesError
from spatial.heights import HeightDatumError
from spatial.local_systems import Declared, systems_of
from tests.unit.spatial.grids import write_gtx, write_ntv2
from tests.unit.spatial.local_systems.declarations import FOUR, GRID, SEVEN

NAMES = ("wgs84", "cgcs2000", "gcj02", "bd09", "EPSG:4547", "EPSG:4526", "EPSG:3857", "shenzhen")
LON, LAT = 113.936, 22.749


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    folder = tmp_path_factory.mktemp("declared")
    write_gtx(folder / "n.gtx", -3.25)
    text = '[[heights]]\nsource = "pearl-river"\ntarget = "yellow-sea-1985"\noffset_m = 0.744\n'
    text += '[[geoids]]\ndatum = "yellow-sea-1985"\ngrid = "n.gtx"\n'
    return systems_of(SEVEN + text, "systems.toml", folder)


@pytest.mark.parametrize("source", NAMES)
@pytest.mark.parametrize("target", NAMES)
# 64 ways; the first call of each opens PROJ's database.
@settings(max_examples=15, deadline=None)
@given(longitude=st.floats(113.0, 115.0), latitude=st.floats(22.1, 23.0))
def test_there_and_back_is_the_same_place(
    source: str, target: str, longitude: float, latitude: float, declared: Declared
) -> None:
    there, back = system_called(source, declared), system_called(target, declared)
    place = convert(longitude, latitude, system_called("wgs84"), there)
    found = convert(place.x, place.y, there, back)
    again = convert(found.x, found.y, back, there)
    metres = 111_000 if abs(place.x[0]) <= 180 else 1
    assert np.hypot(again.x - place.x, again.y - place.y)[0] * metres < 1e-3


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("epsg:4547", "EPSG:4547"),
        ("4547", "EPSG:4547"),
        ("WGS84", "EPSG:4326"),
        ("CGCS2000", "EPSG:4490"),
        (" GCJ02 ", "gcj02"),
        ("BD09", "bd09"),
        ("Shenzhen", "shenzhen"),
        ("EPSG:4490+5737", "EPSG:4490+5737"),
        ("EPSG:4547+Yellow-Sea-1956", "EPSG:4547+yellow-sea-1956"),
        ("shenzhen+pearl-river", "shenzhen+pearl-river"),
        ("EPSG:7415", "EPSG:7415"),
    ],
)
def test_a_system_has_one_name_however_it_is_written(
    text: str, name: str, declared: Declared
) -> None:
    assert system_called(text, declared).name == name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mars", "unknown system 'mars': expected one of EPSG:n, wgs84, gcj02, bd09, cgcs2000"),
        ("EPSG:99999999", "unknown system"),
        ("", "unknown system ''"),
        ("EPSG:5737", "'EPSG:5737' is 'Yellow Sea 1985 height': expected a projected or"),
        ("EPSG:4978", "expected a projected or geographic system"),
        ("EPSG:4547+mars", "unknown system 'EPSG:4547+mars'"),
        ("\x00", "unknown system"),
        ("IAU_2015:30100", "from which PROJ knows no way to EPSG:4326"),
        ("EPSG:2300", "from which PROJ knows no way to EPSG:4326"),
        ("x" * 10_000, "unknown system 'xxxxx"),
    ],
)
def test_what_is_no_system_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(UnknownSystemError) as refused:
        system_called(text)
    assert sentence in str(refused.value)
    assert len(str(refused.value)) < 300


HEIGHTS = [
    ("EPSG:4490+5736", "EPSG:4547+5737", 9.971),
    ("EPSG:4490+5737", "EPSG:4979", 6.75),
    ("EPSG:4979", "EPSG:4547+yellow-sea-1985", 13.25),
    ("EPSG:4480", "EPSG:4979", 10.0),
    ("gcj02+pearl-river", "EPSG:4490+5737", 10.744),
    ("EPSG:4490", "EPSG:4547", 10.0),
    ("EPSG:4490+5737", "gcj02", 10.0),
]


@pytest.mark.parametrize(("source", "target", "height"), HEIGHTS)
def test_heights_become_those_of_the_target(
    source: str, target: str, height: float, declared: Declared
) -> None:
    way = system_called(source, declared), system_called(target, declared)
    found = convert(LON, LAT, *way, z=10.0, known=declared.heights)
    assert found.z == pytest.approx([height])
    assert found.remarks or source == "EPSG:4480"


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        ("EPSG:4490+5737", "EPSG:4979", "expected a geoid model"),
        ("EPSG:4490", "EPSG:4979", "EPSG:4490 does not say what its heights are counted from"),
        ("EPSG:7415", "EPSG:4979", "nothing leads from 'EPSG:5709' to 'ellipsoidal'"),
    ],
)
def test_heights_are_never_taken_for_others(source: str, target: str, sentence: str) -> None:
    with pytest.raises(HeightDatumError) as refused:
        convert(LON, LAT, system_called(source), system_called(target), z=10.0, anywhere=True)
    assert sentence in str(refused.value)


def test_places_need_no_heights() -> None:
    found = convert(LON, LAT, system_called("EPSG:4490+5737"), system_called("EPSG:4979"))
    assert (found.z, found.remarks) == (None, ())
    assert (found.x[0], found.y[0]) == pytest.approx((LON, LAT))


def test_a_ballpark_is_remarked() -> None:
    found = convert(500_000, 2_500_000, system_called("EPSG:2435"), system_called("EPSG:4547"))
    assert "no datum shift from Beijing 1954" in found.remarks[0]


def test_what_lies_outside_is_refused_unless_anywhere() -> None:
    way = system_called("EPSG:4547"), system_called("gcj02")
    with pytest.raises(CheckCoordinatesError, match="38493426"):
        convert(38_493_426.5, 2_516_742.7, *way)
    assert placed([493_426.5, 38_493_426.5], [2_516_742.7] * 2, *way).tolist() == [True, False]
    with pytest.raises(CheckCoordinatesError, match=r"has no place in|outside"):
        convert(np.nan, 1.0, *way, anywhere=True)


def test_what_a_grid_does_not_reach_is_refused(tmp_path: Path) -> None:
    write_ntv2(tmp_path / "city.gsb", 3.6, -7.2)
    declared = systems_of(GRID, "systems.toml", tmp_path)
    way = system_called("wgs84"), system_called("shenzhen", declared)
    with pytest.raises(CheckCoordinatesError, match="has no place in shenzhen"):
        convert(116.4, 39.9, *way, anywhere=True)
    assert np.isinf(degrees(500_000, 4_400_000, way[1])).all()


def test_a_plane_system_leads_to_maps(tmp_path: Path) -> None:
    declared = systems_of(FOUR, "systems.toml", tmp_path)
    found = convert(1000, 0, system_called("shenzhen", declared), system_called("EPSG:4547"))
    assert found.x == pytest.approx([400_999.86], abs=0.01)


def test_no_points_are_none() -> None:
    found = convert([], [], system_called("gcj02"), system_called("EPSG:4547"))
    assert found.x.shape == (0,)
