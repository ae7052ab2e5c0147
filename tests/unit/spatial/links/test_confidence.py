"""How sure a link is: nearer is surer, and so is a rival farther away."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.links.confidence import confidence

LIMITS = st.floats(0.1, 500)
SHARES = st.floats(0, 1)


def sure(distance: float, limit: float, rival: float | None, *, inside: bool = False) -> float:
    rivals = np.array([np.nan if rival is None else rival])
    found = confidence(np.array([distance]), np.array([limit]), rivals, np.array([inside]))
    return float(found[0])


@pytest.mark.parametrize(
    ("distance", "limit", "rival", "inside", "expected"),
    [
        (0, 50, None, False, 1.0),
        (50, 50, None, False, 0.5),
        (0, 50, 0, False, 0.5),
        (50, 50, 50, False, 0.25),
        (10, 50, 35, False, 0.9 * 0.75),
        (0, 300, 5, True, 0.75),
        (0, 300, 10, True, 1.0),
        (0, 0.5, 0.25, True, 0.75),
    ],
)
def test_the_formula_of_the_documentation(
    distance: float,
    limit: float,
    rival: float | None,
    inside: bool,  # noqa: FBT001
    expected: float,
) -> None:
    assert sure(distance, limit, rival, inside=inside) == pytest.approx(expected, abs=0.0006)


@given(limit=LIMITS, near=SHARES, ahead=SHARES, inside=st.booleans())
def test_it_is_a_number_between_nothing_and_one(
    limit: float,
    near: float,
    ahead: float,
    inside: bool,  # noqa: FBT001
) -> None:
    distance = near * limit
    assert 0 <= sure(distance, limit, distance + ahead * limit, inside=inside) <= 1


@given(limit=LIMITS, near=SHARES, nearer=SHARES, inside=st.booleans())
def test_a_nearer_object_is_never_less_sure(
    limit: float,
    near: float,
    nearer: float,
    inside: bool,  # noqa: FBT001
) -> None:
    low, high = sorted((near * limit, nearer * limit))
    assert sure(low, limit, None, inside=inside) >= sure(high, limit, None, inside=inside)


@given(limit=LIMITS, near=SHARES, one=SHARES, other=SHARES, inside=st.booleans())
def test_a_rival_farther_away_takes_no_confidence(
    limit: float,
    near: float,
    one: float,
    other: float,
    inside: bool,  # noqa: FBT001
) -> None:
    distance = near * limit
    low, high = sorted((distance + one * limit, distance + other * limit))
    assert sure(distance, limit, high, inside=inside) >= sure(distance, limit, low, inside=inside)


@given(limit=LIMITS, near=SHARES)
def test_a_rival_just_out_of_sight_is_like_none(limit: float, near: float) -> None:
    assert sure(near * limit, limit, 2 * limit) == sure(near * limit, limit, None)
