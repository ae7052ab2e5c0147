"""Names and units of a protocol become quantities, or a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.device_types import DeviceSettings, SettingsBook
from data.reference import quantities, units
from data.reference.device_types import Meaning, shipped_types
from data.reference.vocabularies import vocabulary, vocabulary_names
from ingest.decoders import DECODERS
from ingest.decoders.hj212.frame import build
from ingest.decoders.hj212.intervals import MINUTES_OF_AN_HOUR
from ingest.translation import MINUTE_DATA_S, meant, translated
from twin.model import Decoded, FaultReason, Message, Mode, Name, NativeReading, Reading, Statistic

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
    assert fault.sentence == (
        "z0, z1, z2, z3, z4 and 2 more: expected names of hj212.csv or of the device's type"
    )


def test_a_unit_that_does_not_fit_is_a_fault_of_its_own() -> None:
    done = read(native("w01018", 1.0, "kPa"), native("w01001", 7.0))
    assert [reading.quantity for reading in done.readings] == ["ph"]
    assert done.faults[0].sentence == "w01018: unit 'kPa': expected one that becomes 'mg/L'"


def with_settings(settings: DeviceSettings, *natives: NativeReading) -> Decoded:
    decoded = Decoded(natives=list(natives), vocabulary="hj212")
    return translated(decoded, {DEVICE: settings}.get)


def test_a_devices_own_unit_counts_more_than_that_of_the_message() -> None:
    settings = DeviceSettings(quantities={"a34001": Meaning(unit="mg/m3")})
    (dust,) = with_settings(settings, native("a34001", 0.25)).readings
    assert (dust.quantity, dust.value) == ("tsp", 250.0)
    (dust,) = with_settings(settings, native("a34001", 0.25, "ug/m3")).readings
    assert dust.value == 250.0


def test_a_device_can_mean_another_quantity_by_a_name() -> None:
    settings = SettingsBook(shipped_types()).settings("lorawan-em500-smtc", None, None)
    probe = Name("deveui", "24E124126A148401")
    said = [NativeReading(probe, "temperature", 18.5, "", 7)]
    done = translated(Decoded(natives=said, vocabulary="lorawan"), {probe: settings}.get)
    assert done.readings == [Reading(probe, "soil_temperature", 18.5, 7)]
    assert translated(Decoded(natives=said, vocabulary="lorawan")).readings == []


def test_settings_can_turn_move_scale_and_qualify_a_value() -> None:
    meaning = Meaning(
        quantity="depth",
        unit="mm",
        factor=-1.0,
        offset=4000.0,
        channel="lower",
        statistic="instant",
        period_s=0,
    )
    (depth,) = with_settings(
        DeviceSettings(quantities={"z1": meaning}), native("z1", 1500.0)
    ).readings
    assert depth == Reading(DEVICE, "depth", 2.5, 7, "lower", Statistic.INSTANT, 0, 5)


def test_a_name_with_an_empty_quantity_is_left_out() -> None:
    settings = DeviceSettings(quantities={"w01018": Meaning(quantity="")})
    done = with_settings(settings, native("w01018"), native("w01001"))
    assert [reading.quantity for reading in done.readings] == ["ph"]
    assert not done.faults


def test_a_name_that_settings_explain_only_in_part_stays_unknown() -> None:
    done = with_settings(DeviceSettings(quantities={"z1": Meaning(unit="m")}), native("z1"))
    assert done.faults[0].reason is FaultReason.UNKNOWN_QUANTITY


def test_a_value_that_settings_make_infinite_is_a_fault() -> None:
    settings = DeviceSettings(quantities={"w01018": Meaning(factor=1e300)})
    done = with_settings(settings, native("w01018", 1e300))
    assert not done.readings
    assert done.faults[0].sentence == "w01018: 1e+300, expected a number that can be stored"


def test_settings_hold_for_their_device_only() -> None:
    settings = DeviceSettings(quantities={"a34001": Meaning(unit="mg/m3")})
    other = native("a34001", 250.0)._replace(device=Name("hj212", "other"))
    done = with_settings(settings, native("a34001", 0.25), other, native("a34001", 0.5))
    assert [reading.value for reading in done.readings] == [250.0, 250.0, 500.0]


@given(st.sampled_from([m for m in range(1, 31) if MINUTES_OF_AN_HOUR % m == 0]))
def test_minute_data_end_when_the_devices_own_interval_does(minutes: int) -> None:
    segment = (
        "QN=20260521120001000;ST=22;CN=2051;PW=123456;MN=ZLDSZ20210127;Flag=4;"
        "CP=&&DataTime=20260521120000;a34004-Avg=35,a34004-Max=40&&"
    )
    message = Message("hj212", Mode.ACTUAL, "t", build(segment), 1_779_340_000_000_000)
    decoded = DECODERS["hj212"].decode(message)
    begun_us = 1_779_336_000_000_000
    settings = DeviceSettings(minute_interval_s=minutes * 60)
    for reading in translated(decoded, {DEVICE: settings}.get).readings:
        assert reading.period_s == minutes * 60
        assert reading.observed_us == begun_us + minutes * 60_000_000
    for reading in translated(decoded).readings:
        assert reading.period_s == MINUTE_DATA_S
        assert reading.observed_us == begun_us + MINUTE_DATA_S * 1_000_000


def test_the_minute_interval_leaves_hours_and_instants_alone() -> None:
    settings = DeviceSettings(minute_interval_s=300)
    hour = native("w01018")._replace(period_s=3600)
    instant = native("w01018")._replace(period_s=0, statistic=Statistic.INSTANT)
    done = with_settings(settings, hour, instant)
    assert [(reading.observed_us, reading.period_s) for reading in done.readings] == [
        (7, 3600),
        (7, 0),
    ]


def test_a_counter_of_a_protocol_that_cannot_say_so_is_one() -> None:
    meter = Name("thingsboard", "meter")
    said = [NativeReading(meter, "energy", 18.5, "", 7)]
    (reading,) = translated(Decoded(natives=said, vocabulary="thingsboard")).readings
    assert reading.statistic is Statistic.COUNTER


def test_our_own_json_passes_untouched() -> None:
    decoded = Decoded(readings=[Reading(DEVICE, "level", 1.0, 7)])
    assert meant(decoded).decoded is decoded


@pytest.mark.parametrize("name", vocabulary_names())
def test_every_term_is_of_a_quantity_that_its_unit_becomes(name: str) -> None:
    for term in vocabulary(name).values():
        assert term.mark in {"verified", "partly", "project"}, term
        if term.quantity:
            stored = quantities()[term.quantity].unit
            units().convert(1.0, term.unit or stored, stored)
