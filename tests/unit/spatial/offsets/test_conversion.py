"""GCJ-02 and BD-09: the published offsets, exactly undone, and nothing outside China."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from spatial.offsets import Offset, convert
from spatial.offsets.china import EAST, NORTH, SOUTH, WEST

WAYS = [(source, target) for source, target in itertools.permutations(Offset, 2)]
MILLIMETRE_DEG = 0.9e-8
LONGITUDES = st.floats(WEST, EAST)
LATITUDES = st.floats(SOUTH, NORTH)


def published_gcj02(lng: float, lat: float) -> tuple[float, float]:
    """The routine as it is published, one sine after the other."""
    x, y, a, ee, pi = lng - 105, lat - 35, 6378245.0, 0.006693421622965943, math.pi
    dlat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    dlat += (20 * math.sin(6 * x * pi) + 20 * math.sin(2 * x * pi)) * 2 / 3
    dlat += (20 * math.sin(y * pi) + 40 * math.sin(y / 3 * pi)) * 2 / 3
    dlat += (160 * math.sin(y / 12 * pi) + 320 * math.sin(y * pi / 30)) * 2 / 3
    dlng = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    dlng += (20 * math.sin(6 * x * pi) + 20 * math.sin(2 * x * pi)) * 2 / 3
    dlng += (20 * math.sin(x * pi) + 40 * math.sin(x / 3 * pi)) * 2 / 3
    dlng += (150 * math.sin(x / 12 * pi) + 300 * math.sin(x / 30 * pi)) * 2 / 3
    magic = 1 - ee * math.sin(math.radians(lat)) ** 2
    dlat = dlat * 180 / ((a * (1 - ee)) / (magic * math.sqrt(magic)) * pi)
    dlng = dlng * 180 / (a / math.sqrt(magic) * math.cos(math.radians(lat)) * pi)
    return lng + dlng, lat + dlat


def published_bd09(lng: float, lat: float) -> tuple[float, float]:
    x_pi = math.pi * 3000 / 180
    z = math.hypot(lng, lat) + 0.00002 * math.sin(lat * x_pi)
    theta = math.atan2(lat, lng) + 0.000003 * math.cos(lng * x_pi)
    return z * math.cos(theta) + 0.0065, z * math.sin(theta) + 0.006


def test_the_shared_vectors_agree(shared: Path) -> None:
    facts = json.loads((shared / "standards" / "crs.json").read_text(encoding="utf-8"))
    vectors = facts["offset_vectors"]
    x, y = vectors["point"]
    assert convert(x, y, "wgs84", "gcj02") == pytest.approx(vectors["wgs_to_gcj"], abs=1e-12)
    assert convert(x, y, "gcj02", "bd09") == pytest.approx(vectors["gcj_to_bd"], abs=1e-12)
    # What is published for the other direction comes near it only.
    assert convert(x, y, "bd09", "gcj02") == pytest.approx(vectors["bd_to_gcj"], abs=1e-6)
    one_step = vectors["gcj_to_wgs_one_step"]
    assert convert(x, y, "gcj02", "wgs84") == pytest.approx(one_step, abs=1e-4)


@given(LONGITUDES, LATITUDES)
def test_every_place_of_china_moves_as_published(longitude: float, latitude: float) -> None:
    gcj = published_gcj02(longitude, latitude)
    assert convert(longitude, latitude, "wgs84", "gcj02") == pytest.approx(gcj, abs=1e-12)
    bd = published_bd09(*gcj)
    assert convert(longitude, latitude, "wgs84", "bd09") == pytest.approx(bd, abs=1e-12)


@pytest.mark.parametrize(("source", "target"), WAYS)
@given(longitude=LONGITUDES, latitude=LATITUDES)
def test_there_and_back_is_the_same_place_to_a_hundredth_of_a_millimetre(
    source: Offset, target: Offset, longitude: float, latitude: float
) -> None:
    place = convert(longitude, latitude, Offset.WGS84, source)
    back = convert(*convert(*place, source, target), target, source)
    assert np.abs(np.subtract(back, place)).max() < MILLIMETRE_DEG / 100


EDGE = [
    *((x, y) for x in (WEST, EAST) for y in np.linspace(SOUTH, NORTH, 200)),
    *((x, y) for y in (SOUTH, NORTH) for x in np.linspace(WEST, EAST, 200)),
]


@pytest.mark.parametrize("target", [Offset.GCJ02, Offset.BD09])
def test_a_place_on_the_edge_comes_back_although_it_has_left_the_box(target: Offset) -> None:
    x, y = np.array(EDGE).T
    back = convert(*convert(x, y, "wgs84", target), target, "wgs84")
    assert np.abs(np.subtract(back, (x, y))).max() < MILLIMETRE_DEG / 100


@pytest.mark.parametrize("target", [Offset.GCJ02, Offset.BD09])
def test_all_ways_decide_alike_who_is_in_china(target: Offset) -> None:
    """A place near the edge that goes to one system from WGS 84 goes there from the other too."""
    other = Offset.BD09 if target is Offset.GCJ02 else Offset.GCJ02
    x, y = np.array(EDGE).T
    direct = convert(x, y, "wgs84", target)
    by_way = convert(*convert(x, y, "wgs84", other), other, target)
    assert np.abs(np.subtract(by_way, direct)).max() < MILLIMETRE_DEG / 100


@pytest.mark.parametrize(("source", "target"), WAYS)
@pytest.mark.parametrize(
    "place",
    [(139.69, 35.69), (-0.12, 51.5), (0.0, 0.0), (103.8, 1.35), (-77.0, 38.9), (73.0, 22.7)],
    ids=["Tokyo", "London", "zero", "Singapore", "Washington", "Gujarat"],
)
def test_nothing_moves_outside_china(
    source: Offset, target: Offset, place: tuple[float, float]
) -> None:
    x, y = convert(*place, source, target)
    assert (float(x), float(y)) == place


@pytest.mark.parametrize(("source", "target"), WAYS)
def test_what_is_no_number_stays_what_it_is(source: Offset, target: Offset) -> None:
    x = [math.nan, 113.9, math.inf, -math.inf, 1e300, 113.9]
    y = [22.7, math.nan, 22.7, 22.7, -1e300, 22.7]
    moved = convert(x, y, source, target)
    assert np.array_equal(moved[0][:5], x[:5], equal_nan=True)
    assert np.array_equal(moved[1][:5], y[:5], equal_nan=True)
    assert moved[0][5] != 113.9


@given(
    arrays.arrays(
        np.float64,
        arrays.array_shapes(min_dims=0, max_dims=3, max_side=5),
        elements=st.floats(allow_nan=True, allow_infinity=True),
    )
)
def test_an_array_keeps_its_shape_whatever_is_in_it(values: np.ndarray) -> None:
    for source, target in WAYS:
        x, y = convert(values, values, source, target)
        assert x.shape == y.shape == values.shape


def test_many_points_move_as_each_of_them_does() -> None:
    chance = np.random.default_rng(440311)
    x, y = chance.uniform((60, 0), (140, 60), (20_000, 2)).T
    for source, target in WAYS:
        together = convert(x, y, source, target)
        for at in (0, 8191, 8192, 19_999):
            alone = convert(x[at], y[at], source, target)
            assert alone == pytest.approx((together[0][at], together[1][at]), abs=1e-9)


def test_a_longitude_goes_with_many_latitudes() -> None:
    x, y = convert(113.9, [22.5, 22.7, 22.9], "wgs84", "gcj02")
    assert x.shape == y.shape == (3,)


def test_the_given_arrays_are_left_alone() -> None:
    x, y = np.full(3, 113.9), np.full(3, 22.7)
    convert(x, y, "wgs84", "gcj02")
    convert(x, y, "wgs84", "wgs84")[0][0] = 0
    assert (x == 113.9).all()
    assert (y == 22.7).all()


def test_a_system_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="mars"):
        convert(113.9, 22.7, "wgs84", "mars")
