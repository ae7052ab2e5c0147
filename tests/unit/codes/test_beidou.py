"""BeiDou grid location codes are exact, at borders too."""

import csv
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.codes.beidou import (
    BeidouCode,
    BeidouSolidCode,
    HeightLayer,
    InvalidBeidouCodeError,
    prefixes_covering,
)

UNITS = 3600 * 2048
LONGITUDES = st.integers(0, 180 * UNITS - 1)
LATITUDES = st.integers(0, 88 * UNITS - 1)
LEVELS = st.integers(1, 10)
GUANGMING = (113.936, 22.749)
LONGHUA = (114.045, 22.696)


def at(column: int, row: int, level: int) -> BeidouCode:
    """Return the cell of a level that holds a cell of 1/2048 second."""
    return BeidouCode.encode(Fraction(column, UNITS), Fraction(row, UNITS), level)


@given(LONGITUDES, LATITUDES, LEVELS)
def test_a_code_prints_back_and_its_cell_holds_the_place(
    longitude: int, latitude: int, level: int
) -> None:
    code = at(longitude, latitude, level)
    assert BeidouCode.parse(str(code)) == code
    west, south, east, north = code.cell()
    assert west <= longitude < east
    assert south <= latitude < north


@given(LONGITUDES, LATITUDES, st.integers(1, 9))
def test_a_code_is_a_prefix_of_the_next_level(longitude: int, latitude: int, level: int) -> None:
    code, finer = at(longitude, latitude, level), at(longitude, latitude, level + 1)
    assert str(finer).startswith(str(code))
    assert finer.parent(level) == code


@given(LONGITUDES, LATITUDES, LEVELS)
def test_every_side_of_a_cell_belongs_to_the_neighbour_east_or_north(
    longitude: int, latitude: int, level: int
) -> None:
    code = at(longitude, latitude, level)
    west, south, east, north = code.cell()
    assert at(west, south, level) == at(east - 1, north - 1, level) == code
    if east < 180 * UNITS:
        assert at(east, south, level) == BeidouCode(level, code.column + 1, code.row)
    if north < 88 * UNITS:
        assert at(west, north, level) == BeidouCode(level, code.column, code.row + 1)


@given(
    st.decimals(0, 179, places=9, allow_nan=False), st.decimals(0, 87, places=9, allow_nan=False)
)
def test_text_decimal_and_float_of_a_place_give_one_code(
    longitude: Decimal, latitude: Decimal
) -> None:
    code = BeidouCode.encode(longitude, latitude)
    assert BeidouCode.encode(str(longitude), str(latitude)) == code
    assert BeidouCode.encode(float(longitude), float(latitude)) == code


def test_a_float_on_a_border_counts_as_the_decimal_that_it_stands_for() -> None:
    for tenths in range(10):
        border = Decimal("22.0") + Decimal(tenths) / 10
        row = BeidouCode.encode(114, border, 4).row
        assert BeidouCode.encode(114, float(border), 4).row == row == border * 60


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [
        ("116.31260277777778", "39.993161111111114", "N50J47539B8255346152"),
        (*GUANGMING, "N49FB53B42E061341643"),
        (*LONGHUA, "N50F05221AB106030104"),
        (0, 0, "N31A0000000000000000"),
    ],
)
def test_known_places_have_their_codes(
    longitude: float | str, latitude: float | str, code: str
) -> None:
    assert str(BeidouCode.encode(longitude, latitude)) == code


def test_a_box_across_114_east_has_prefixes_of_both_zones() -> None:
    west, north = GUANGMING
    east, south = LONGHUA
    found = prefixes_covering(west, south, east, north, 2)
    assert found == {"N49FB5", "N50F05"}
    for place in (GUANGMING, LONGHUA):
        assert str(BeidouCode.encode(*place))[:6] in found


def test_the_border_itself_belongs_to_zone_50() -> None:
    assert str(BeidouCode.encode(114, "22.7", 1)) == "N50F"
    assert str(BeidouCode.encode("113.999999999999", "22.7", 1)) == "N49F"
    assert prefixes_covering("113.9", "22.7", 114, "22.7", 1) == {"N49F", "N50F"}
    assert prefixes_covering("113.9", "22.7", "113.9999999", "22.7", 1) == {"N49F"}


@given(st.data(), st.integers(1, 6))
def test_whatever_lies_in_a_box_starts_with_one_of_its_prefixes(
    data: st.DataObject, level: int
) -> None:
    around = st.integers(113 * UNITS + UNITS * 99 // 100, 114 * UNITS + UNITS // 100)
    band = st.integers(22 * UNITS + UNITS * 7 // 10, 22 * UNITS + UNITS * 71 // 100)
    west, east = sorted((data.draw(around), data.draw(around)))
    south, north = sorted((data.draw(band), data.draw(band)))
    low_corner = Fraction(west, UNITS), Fraction(south, UNITS)
    high_corner = Fraction(east, UNITS), Fraction(north, UNITS)
    prefixes = prefixes_covering(*low_corner, *high_corner, level)
    inside = at(data.draw(st.integers(west, east)), data.draw(st.integers(south, north)), 10)
    assert str(inside.parent(level)) in prefixes
    for prefix in prefixes:
        left, low, right, high = BeidouCode.parse(prefix).cell()
        assert left <= east
        assert right > west
        assert low <= north
        assert high > south


@pytest.mark.parametrize(
    ("longitude", "latitude", "sentence"),
    [
        (-0.1, 22, "longitude '-0.1': expected 0 to under 180 degrees"),
        (180, 22, "longitude '180': expected 0 to under 180 degrees"),
        (114, -22.7, "latitude '-22.7': expected 0 to under 88 degrees"),
        (114, 88, "latitude '88': expected 0 to under 88 degrees"),
        (float("nan"), 22, "longitude 'nan': expected a finite decimal number"),
        (float("inf"), 22, "longitude 'inf': expected a finite decimal number"),
        ("114 E", 22, "longitude '114 E': expected a finite decimal number"),
        ("1e-999999999", 22, "longitude '1e-999999999': expected a finite decimal number"),
    ],
)
def test_places_outside_the_north_east_are_refused(
    longitude: float | str, latitude: float, sentence: str
) -> None:
    with pytest.raises(InvalidBeidouCodeError) as refused:
        BeidouCode.encode(longitude, latitude)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("N50F0", "expected 4, 6, 7, 9, 11, 12, 14, 16, 18, 20 characters, found 5"),
        ("S50F", "expected N (only the north-east is known), found 'S'"),
        ("N30F", "no such cell of level 1 as '30F'"),
        ("N61F", "no such cell of level 1 as '61F'"),
        ("N50W", "no such cell of level 1 as '50W'"),
        ("N50FC0", "no such cell of level 2 as 'C0'"),
        ("N50F08", "no such cell of level 2 as '08'"),
        ("N50F056", "no such cell of level 3 as '6'"),
        ("N50F0520A", "no such cell of level 4 as '0A'"),
        ("N50F05221F0", "no such cell of level 5 as 'F0'"),
        ("N50F05221AB4", "no such cell of level 6 as '4'"),
        ("N50F05221ab", "no such cell of level 5 as 'ab'"),
        ("N50F05221AB108", "no such cell of level 7 as '08'"),
    ],
)
def test_cells_that_cannot_be_are_refused(code: str, sentence: str) -> None:
    with pytest.raises(InvalidBeidouCodeError) as refused:
        BeidouCode.parse(code)
    assert str(refused.value) == f"BeiDou code {code!r}: {sentence}"


def test_boxes_the_wrong_way_round_or_too_large_are_refused() -> None:
    with pytest.raises(InvalidBeidouCodeError, match="an edge at or after 114"):
        prefixes_covering(114, 22, 113, 23, 3)
    with pytest.raises(InvalidBeidouCodeError, match="take a lower level"):
        prefixes_covering(113, 22, 115, 23, 8)
    with pytest.raises(InvalidBeidouCodeError, match="level 11: expected 1 to 10"):
        prefixes_covering(113, 22, 115, 23, 11)


@given(st.integers(-500_000, 500_000))
def test_a_height_layer_holds_its_bottom_and_not_its_top(number: int) -> None:
    bottom, top = HeightLayer(number).bounds()
    assert HeightLayer.at(bottom).number == HeightLayer.at((bottom + top) / 2).number == number
    assert HeightLayer.at(top).number == number + 1
    sliver = Decimal("1e-20")
    assert HeightLayer.at(bottom - sliver).number == number - 1
    assert HeightLayer.at(top - sliver).number == number


@given(st.floats(-11_000, 40_000_000))
def test_the_layer_of_a_height_holds_it(height: float) -> None:
    bottom, top = HeightLayer.at(height).bounds()
    assert bottom <= Decimal(str(height)) < top


@given(LONGITUDES, LATITUDES, st.floats(-11_000, 40_000_000))
def test_a_solid_code_prints_back(longitude: int, latitude: int, height: float) -> None:
    code = BeidouSolidCode.encode(Fraction(longitude, UNITS), Fraction(latitude, UNITS), height)
    assert BeidouSolidCode.parse(str(code)) == code
    assert len(str(code)) == 32


def test_a_solid_code_weaves_plane_and_height() -> None:
    code = BeidouSolidCode.encode(*GUANGMING, 50)
    assert code.layer.number == 3340
    assert str(code) == "N049F00B5030B402E000616344161434"
    below = BeidouSolidCode.encode(*GUANGMING, -10)
    assert str(below)[:2] == "N1"
    assert BeidouSolidCode.parse(str(below)).layer.number == -669


@pytest.mark.parametrize(
    ("place", "character", "sentence"),
    [
        (1, "2", "expected height sign 0, or 1 before a layer below, found '2'"),
        (5, "7", "no such height of level 1 of 10 as '70'"),
        (9, "8", "no such height of level 2 of 10 as '8'"),
        (11, "2", "no such height of level 3 of 10 as '2'"),
        (14, "G", "no such height of level 4 of 10 as 'G'"),
    ],
)
def test_solid_codes_that_cannot_be_are_refused(place: int, character: str, sentence: str) -> None:
    right = "N049F00B5030B402E000616344161434"
    wrong = right[:place] + character + right[place + 1 :]
    with pytest.raises(InvalidBeidouCodeError) as refused:
        BeidouSolidCode.parse(wrong)
    assert str(refused.value) == f"BeiDou code {wrong!r}: {sentence}"


def test_minus_nothing_is_no_height() -> None:
    ground = str(BeidouSolidCode.encode(*GUANGMING, 0))
    with pytest.raises(InvalidBeidouCodeError, match="or 1 before a layer below"):
        BeidouSolidCode.parse(f"N1{ground[2:]}")


@pytest.mark.parametrize("height", [-6_378_137, -1e9, 1e12])
def test_heights_beyond_the_grid_are_refused(height: float) -> None:
    with pytest.raises(InvalidBeidouCodeError, match=r"layers$"):
        HeightLayer.at(height)


def test_codes_agree_with_computed_vectors(shared: Path) -> None:
    with (shared / "standards" / "beidou_vectors.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert rows
    for row in rows:
        for level in range(1, 11):
            code = BeidouCode.encode(row["lng"], row["lat"], level)
            assert str(code) == row[f"L{level}"]


def test_height_layers_agree_with_computed_vectors(shared: Path) -> None:
    text = (shared / "standards" / "beidou_height.json").read_text(encoding="utf-8")
    vectors = json.loads(text)["vectors"]
    assert {height: HeightLayer.at(height).number for height in vectors} == vectors
