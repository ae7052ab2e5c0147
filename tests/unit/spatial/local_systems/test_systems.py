"""A local system leads to its base CRS as its parameters say, and back."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from spatial.local_systems import LocalSystem, LocalSystemError, systems_of
from tests.unit.spatial.grids import write_ntv2
from tests.unit.spatial.local_systems.declarations import (
    ALL,
    FOUR,
    GRID,
    PIPELINE,
    SEVEN,
    control,
)

X, Y = 493_426.5, 2_516_742.7


def system(text: str, folder: Path = Path()) -> LocalSystem:
    return systems_of(text, "systems.toml", folder).systems["shenzhen"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_ntv2(tmp_path / "city.gsb", north_arcsec=3.6, west_arcsec=-7.2)
    return tmp_path


def test_four_parameters_turn_and_scale_and_shift() -> None:
    found = system(FOUR).to_base([0.0, 1000.0], [0.0, 0.0])
    scale = 1 + 12e-6
    assert found[0] == pytest.approx([400_000, 400_000 + 1000 * scale * math.cos(math.radians(1))])
    # A turn against the clock brings what lies east further north.
    assert found[1] == pytest.approx(
        [2_470_000, 2_470_000 + 1000 * scale * math.sin(math.radians(1))]
    )
    other = system(FOUR.replace("counterclockwise", "clockwise")).to_base([1000.0], [0.0])
    assert other[1][0] < 2_470_000


def test_seven_parameters_agree_with_the_example_of_epsg() -> None:
    """Guidance note 7-2, position vector transformation: WGS 72 to WGS 84."""
    text = SEVEN.replace("coordinate_frame", "position_vector")
    for name, value in {"x_m": 0, "y_m": 0, "z_m": 4.5, "rx_arcsec": 0, "ry_arcsec": 0,
                        "rz_arcsec": 0.554, "scale_ppm": 0.219}.items():  # fmt: skip
        line = next(each for each in text.splitlines() if each.startswith(f"{name} ="))
        text = text.replace(line, f"{name} = {float(value)}")
    line = next(each for each in text.splitlines() if each.startswith("crs ="))
    text = text.replace(line, 'crs = "EPSG:4322"').replace("EPSG:4547", "EPSG:4326")
    x, y, z = system(text).to_base([4.0], [55.0], [0.0])
    assert x[0] == pytest.approx(4 + 0.554 / 3600, abs=1e-7)
    assert y[0] == pytest.approx(55 + 0.090 / 3600, abs=2e-7)
    assert z[0] == pytest.approx(3.22, abs=0.01)


def test_the_two_conventions_differ_in_the_sign_of_the_rotations() -> None:
    other = SEVEN.replace("coordinate_frame", "position_vector")
    for name in ("rx_arcsec", "ry_arcsec", "rz_arcsec"):
        other = other.replace(f"{name} = ", f"{name} = -").replace("= --", "= ")
    found, same = system(other).to_base([X], [Y]), system(SEVEN).to_base([X], [Y])
    assert np.abs(np.subtract(found, same)).max() < 1e-6
    same_numbers = system(SEVEN.replace("coordinate_frame", "position_vector")).to_base([X], [Y])
    assert abs(same_numbers[0] - system(SEVEN).to_base([X], [Y])[0]) > 1


def test_a_grid_moves_by_what_its_nodes_say(folder: Path) -> None:
    x, y, _ = system(GRID, folder).to_base([500_000.0], [2_489_167.31108])
    assert x[0] == pytest.approx(114 + 0.002, abs=1e-8)
    assert y[0] == pytest.approx(22.5 + 0.001, abs=1e-8)


def test_what_a_grid_does_not_reach_is_nowhere(folder: Path) -> None:
    x, _, _ = system(GRID, folder).to_base([500_000.0], [4_400_000.0])
    assert np.isinf(x).all()


def test_a_pipeline_does_what_it_says() -> None:
    x, y, _ = system(PIPELINE).to_base([1.0], [2.0])
    assert (x[0], y[0]) == (1001.0, -1998.0)


@pytest.mark.parametrize("kind", ALL)
@given(east=st.floats(-60_000, 60_000), north=st.floats(-30_000, 30_000))
def test_there_and_back_is_the_same_place(
    kind: str, east: float, north: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    write_ntv2(folder / "city.gsb", north_arcsec=3.6, west_arcsec=-7.2)
    found = system(ALL[kind], folder)
    x, y = np.array([500_000 + east]), np.array([2_510_000 + north])
    back = found.from_base(*found.to_base(x, y))
    assert np.hypot(back[0] - x, back[1] - y).max() < 1e-3


def test_a_control_point_proves_the_parameters_and_has_its_residual() -> None:
    x, y, _ = system(SEVEN).to_base([X], [Y])
    good = SEVEN + control("A", (X, Y), (float(x[0]) - 0.0004, float(y[0])))
    residual = system(good).residuals()[0]
    assert residual.name == "A"
    assert residual.east_m == pytest.approx(0.0004, abs=1e-6)
    assert residual.distance_m == pytest.approx(0.0004, abs=1e-6)


def test_residuals_of_a_base_in_degrees_are_metres(folder: Path) -> None:
    text = GRID + control("A", (500_000, 2_489_167.31108), (114.002, 22.50100009))
    assert system(text, folder).residuals()[0].north_m == pytest.approx(-0.01, abs=0.001)


@pytest.mark.parametrize(
    ("right", "wrong", "hint"),
    [
        (SEVEN, SEVEN.replace("coordinate_frame", "position_vector"),
         "; convention = 'coordinate_frame' fits to 0.000 m"),
        (FOUR, FOUR.replace("counterclockwise", "clockwise"),
         "; turns = 'counterclockwise' fits to 0.000 m"),
        (SEVEN, SEVEN.replace("x_m = 12.3", "x_m = 22.3"), "expected at most 0.001 m"),
    ],
    ids=["convention", "turn", "shift"],
)  # fmt: skip
def test_a_wrong_sign_is_told_by_the_control_points(right: str, wrong: str, hint: str) -> None:
    x, y, _ = system(right).to_base([X], [Y])
    with pytest.raises(LocalSystemError) as refused:
        system(wrong + control("A", (X, Y), (float(x[0]), float(y[0]))))
    assert "system 'shenzhen': control point 'A' misses by" in str(refused.value)
    assert hint in str(refused.value)


def test_control_points_with_north_first_are_told() -> None:
    x, y, _ = system(SEVEN).to_base([X], [Y])
    with pytest.raises(LocalSystemError, match="local with east before north fits to"):
        system(SEVEN + control("A", (Y, X), (float(x[0]), float(y[0]))))


def test_seven_parameters_are_those_of_proj_itself() -> None:
    direct = Transformer.from_pipeline(
        "+proj=pipeline +step +inv +proj=tmerc +lon_0=114 +x_0=500000 +a=6378245 +rf=298.3 "
        "+step +proj=cart +a=6378245 +rf=298.3 +step +proj=helmert +x=12.3 +y=-134.5 +z=-72.9 "
        "+rx=1.25 +ry=-0.75 +rz=2.5 +s=-3.5 +convention=coordinate_frame "
        "+step +inv +proj=cart +a=6378137 +rf=298.257222101 "
        "+step +proj=tmerc +lon_0=114 +x_0=500000 +a=6378137 +rf=298.257222101"
    )
    x, y, _ = system(SEVEN).to_base([X], [Y])
    assert (x[0], y[0]) == pytest.approx(direct.transform(X, Y, 0)[:2], abs=1e-6)
