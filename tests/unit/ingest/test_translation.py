"""Names and units of a protocol become quantities, or a sentence."""

import pytest

from data.reference import quantities, units
from data.reference.vocabularies import vocabulary, vocabulary_names
from ingest.translation import translated
from twin.model import Decoded, FaultReason, Name, NativeReading, Statistic

DEVICE = Name("hj212", "ZLDSZ20210127")


def native(name: str, value: float = 1.5, unit: str = "") -> NativeReading:
    return NativeReading(DEVICE, name, value, unit, 7, "a", Statistic.MEAN, 600, 5)


def read(*natives: NativeReading) -> Decoded:
    return translated(Decoded(natives=list(natives), vocabulary="hj212"))


def test_a_name_becomes_its_quantity_in_the_stored_unit() -> None:
    (flow, cod) = read(native("w00000", 12.5), native("w01018", 30.0)).readings
    assert (flow.quantity, flow.value) == ("discharge", 0.0125)
    assert (cod.quantity, cod.value) == ("cod", 30.0)
    assert cod[3:] == (7, "a", Statistic.MEAN, 600, 5)


def test_a_unit_of_the_message_counts_more_than_that_of_the_table() -> None:
    (flow,) = read(native("w00000", 12.5, "m3/s")).readings
    assert flow.value == 12.5


def test_names_that_nobody_knows_are_one_fault() -> None:
    done = read(*(native(f"z{number}") for number in range(7)), native("w01018"))
    assert len(done.readings) == 1
    (fault,) = done.faults
    assert fault.reason is FaultReason.UNKNOWN_QUANTITY
    assert fault.sentence == "z0, z1, z2, z3, z4 and 2 more: expected names of hj212.csv"


def test_a_unit_that_does_not_fit_is_a_fault_of_its_own() -> None:
    done = read(native("w01018", 1.0, "kPa"), native("w01001", 7.0))
    assert [reading.quantity for reading in done.readings] == ["ph"]
    assert done.faults[0].sentence == "w01018: unit 'kPa': expected one that becomes 'mg/L'"


@pytest.mark.parametrize("name", vocabulary_names())
def test_every_term_is_of_a_quantity_that_its_unit_becomes(name: str) -> None:
    for term in vocabulary(name).values():
        assert term.mark in {"verified", "partly", "project"}, term
        if term.quantity:
            stored = quantities()[term.quantity].unit
            units().convert(1.0, term.unit or stored, stored)
