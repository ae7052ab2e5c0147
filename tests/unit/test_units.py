"""One unit becomes another of its kind, and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.reference import quantities, units
from twin.units import UnknownUnitError


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (2.3, "L/s", "m3/s", 0.0023),
        (36, "ng/m3", "ug/m3", 0.036),
        (0.05, "mg/m3", "ug/m3", 50),
        (21, "°C", "Cel", 21),
        (32, "°F", "Cel", 0),
        (1013.25, "hPa", "kPa", 101.325),
        (5, "ug/L", "mg/L", 0.005),
        (120, "cm", "m", 1.2),
        (1.4, "mS/cm", "uS/cm", 1400),
    ],
)
def test_a_value_becomes_one_of_another_unit(
    value: float, source: str, target: str, expected: float
) -> None:
    assert units().convert(value, source, target) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("furlong", "unit 'furlong': expected one of units.csv, e.g. mg/L"),
        ("kPa", "unit 'kPa': expected one that becomes 'm'"),
    ],
)
def test_what_does_not_fit_is_told(source: str, sentence: str) -> None:
    with pytest.raises(UnknownUnitError) as told:
        units().convert(1.0, source, "m")
    assert str(told.value) == sentence


@given(st.floats(-1e6, 1e6), st.sampled_from([("L/s", "m3/h"), ("K", "°F"), ("mg/m3", "ng/m3")]))
def test_there_and_back_is_the_same(value: float, pair: tuple[str, str]) -> None:
    there = units().convert(value, *pair)
    assert units().convert(there, *reversed(pair)) == pytest.approx(value, rel=1e-8, abs=1e-6)


def test_every_stored_unit_is_a_unit() -> None:
    for quantity in quantities().values():
        assert units().convert(1.0, quantity.unit, quantity.unit) == 1.0
        assert units().canonical(quantity.unit) == quantity.unit
        assert units().knows(quantity.unit), quantity.code
