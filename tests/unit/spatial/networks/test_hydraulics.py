import numpy as np
import pytest

from spatial.networks.hydraulics import full_bore_m_s, travel_s


def test_a_full_pipe_runs_by_mannings_formula() -> None:
    # 1 m, 1 in 100, n 0.013: a hydraulic radius of 0.25 m gives 3.05 m/s.
    found = full_bore_m_s(np.array([0.25]), np.array([0.01]), np.array([0.013]))

    assert found.tolist() == pytest.approx([3.0528], abs=1e-3)


def test_a_level_or_adverse_pipe_has_no_velocity_of_its_own() -> None:
    radius, slope = np.array([0.25, 0.25, np.nan]), np.array([0.0, -0.01, 0.01])

    assert np.isnan(full_bore_m_s(radius, slope, np.full(3, 0.013))).all()


def test_time_is_length_by_velocity_within_bounds() -> None:
    length = np.array([60.0, 60.0, 60.0, 60.0, 0.0])
    velocity = np.array([2.0, np.nan, np.nan, 60.0, np.nan])
    gravity = np.array([True, True, False, True, False])

    found = travel_s(length, velocity, gravity)

    assert found[[0, 1, 3, 4]].tolist() == [30.0, 100.0, 6.0, 0.0]
    assert np.isnan(found[2])
