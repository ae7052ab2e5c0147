"""Heights say what they are counted from, and become others only by what somebody declared."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from spatial.heights import (
    ELLIPSOIDAL,
    YELLOW_SEA_1956,
    YELLOW_SEA_1985,
    DatumOffset,
    Geoid,
    Height,
    HeightDatumError,
    Known,
    convert,
    convert_heights,
    datum_of,
    datums,
    known_offsets,
)
from tests.unit.spatial.grids import write_gtx

PEARL_RIVER = DatumOffset("pearl-river", YELLOW_SEA_1956, 0.586, 0.05, "a list for Guangdong")


def test_1956_becomes_1985_by_the_difference_of_the_origin_with_its_doubt() -> None:
    found = convert(Height(10.0, YELLOW_SEA_1956), YELLOW_SEA_1985)
    assert found.metres == pytest.approx(9.971)
    assert found.datum == YELLOW_SEA_1985
    assert found.accuracy_m == pytest.approx(0.2)
    assert str(found) == "9.971 m yellow-sea-1985"


@given(st.floats(-500, 9000))
def test_there_and_back_is_the_same_height(metres: float) -> None:
    there = convert(Height(metres, YELLOW_SEA_1985), YELLOW_SEA_1956)
    assert convert(there, YELLOW_SEA_1985).metres == pytest.approx(metres, abs=1e-9)


def test_what_is_declared_for_the_district_counts_before_the_table() -> None:
    local = DatumOffset(YELLOW_SEA_1956, YELLOW_SEA_1985, 0.158, 0.02, "survey of the district")
    found = convert(Height(10.0, YELLOW_SEA_1956), YELLOW_SEA_1985, Known([local]))
    assert found.metres == pytest.approx(10.158)
    assert found.accuracy_m == pytest.approx(0.02)


def test_a_local_datum_leads_on_by_way_of_another() -> None:
    found = convert_heights([1.0, 2.0], "pearl-river", YELLOW_SEA_1985, known=Known([PEARL_RIVER]))
    assert found.metres == pytest.approx([1.557, 2.557])
    assert found.accuracy_m == pytest.approx(np.hypot(0.05, 0.2))
    assert [step.split(":")[0] for step in found.steps] == [
        "pearl-river to yellow-sea-1956",
        "yellow-sea-1956 to yellow-sea-1985",
    ]


def test_the_same_datum_is_no_step() -> None:
    found = convert_heights([1.0, np.nan], ELLIPSOIDAL, ELLIPSOIDAL)
    assert np.array_equal(found.metres, [1.0, np.nan], equal_nan=True)
    assert found.steps == ()


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        (ELLIPSOIDAL, YELLOW_SEA_1985, "expected a geoid model, a grid"),
        (YELLOW_SEA_1985, ELLIPSOIDAL, "expected a geoid model, a grid"),
        ("pearl-river", YELLOW_SEA_1985, "expected the offset between them to be declared"),
        (YELLOW_SEA_1956, "wusong", "only to ['yellow-sea-1956', 'yellow-sea-1985']"),
    ],
)
def test_what_nobody_declared_is_refused_and_never_zero(
    source: str, target: str, sentence: str
) -> None:
    with pytest.raises(HeightDatumError) as refused:
        convert(Height(1.0, source), target)
    assert sentence in str(refused.value)


def test_a_geoid_model_leads_from_the_ellipsoid(tmp_path: Path) -> None:
    known = Known(geoids=[Geoid(YELLOW_SEA_1985, write_gtx(tmp_path / "a b.gtx", -3.25), 0.03)])
    places = [113.9, 114.0], [22.7, 22.5]
    down = convert_heights([6.75, 0.0], ELLIPSOIDAL, YELLOW_SEA_1985, places=places, known=known)
    assert down.metres == pytest.approx([10.0, 3.25])
    assert down.accuracy_m == pytest.approx(0.03)
    back = convert_heights(down.metres, YELLOW_SEA_1985, ELLIPSOIDAL, places=places, known=known)
    assert back.metres == pytest.approx([6.75, 0.0])
    far = convert_heights(0.0, ELLIPSOIDAL, YELLOW_SEA_1956, places=(114, 22.5), known=known)
    assert far.metres == pytest.approx(3.25 + 0.029)


def test_a_geoid_model_asks_where(tmp_path: Path) -> None:
    known = Known(geoids=[Geoid(YELLOW_SEA_1985, write_gtx(tmp_path / "n.gtx", -3.25))])
    with pytest.raises(HeightDatumError, match="expected longitude and latitude with it"):
        convert_heights(1.0, ELLIPSOIDAL, YELLOW_SEA_1985, known=known)
    with pytest.raises(HeightDatumError, match=r"'n\.gtx' does not reach \(116\.4, 39\.9\)"):
        convert_heights(1.0, ELLIPSOIDAL, YELLOW_SEA_1985, places=(116.4, 39.9), known=known)


@pytest.mark.parametrize("content", [None, b"", b"nothing of a grid at all, but long enough" * 9])
def test_a_grid_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "geoid.gtx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(HeightDatumError, match="expected"):
        Geoid(YELLOW_SEA_1985, path).undulation_m(114, 22.5)


@pytest.mark.parametrize(
    ("crs", "datum"),
    [
        ("EPSG:5737", YELLOW_SEA_1985),
        ("EPSG:5736", YELLOW_SEA_1956),
        ("EPSG:4490+5737", YELLOW_SEA_1985),
        ("EPSG:4547+5736", YELLOW_SEA_1956),
        ("EPSG:4979", ELLIPSOIDAL),
        ("EPSG:4480", ELLIPSOIDAL),
        ("EPSG:4547", None),
        ("EPSG:4490", None),
        ("EPSG:7415", "EPSG:5709"),
    ],
)
def test_a_crs_says_what_its_heights_are_counted_from(crs: str, datum: str | None) -> None:
    assert datum_of(crs) == datum


def test_the_table_names_datums_that_epsg_knows() -> None:
    for datum in datums().values():
        if datum.crs:
            assert CRS.from_user_input(datum.crs).is_vertical
    for offset in known_offsets():
        assert {offset.source, offset.target} <= set(datums())
        assert offset.reference
