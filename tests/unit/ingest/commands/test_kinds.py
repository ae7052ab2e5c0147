"""Which commands a device takes, with which parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.commands import CommandRefusedError, command_kinds
from data.commands.kinds import WantedState, known_kinds
from data.commands.typed import typed_kinds
from data.reference.device_types import DeviceType, read_types, shipped_types

GATE = known_kinds()["set_opening", "mqtt"]


def type_of(text: str, protocol: str = "json") -> DeviceType:
    head = f'name_en = "x"\nname_zh = "x"\nprotocol = "{protocol}"\n'
    return read_types([("own", head + text)])["own"]


def test_whatever_moves_needs_a_second_person_and_what_is_set_does_not() -> None:
    for kind in known_kinds().values():
        assert kind.second_person == (kind.kind == "actuator"), kind.name


def test_a_gauge_is_not_told_to_open_and_its_clock_can_be_set() -> None:
    kinds = command_kinds("8501", ("mqtt",))
    assert {"set_clock", "set_interval", "restart"} <= set(kinds)
    assert not {"open", "close", "set_opening", "start", "stop"} & set(kinds)


def test_a_pump_monitor_takes_start_and_stop_only_where_something_carries_them() -> None:
    assert {"start", "stop"} <= set(command_kinds("8507", ("mqtt",)))
    assert not {"start", "stop"} & set(command_kinds("8507", ("hj212",)))
    assert command_kinds("8507", ()) == {}


def test_the_bounds_of_a_parameter_are_those_of_the_protocol() -> None:
    over_mqtt = command_kinds("8511", ("mqtt",))["set_interval"]
    over_hj212 = command_kinds("8511", ("hj212", "mqtt"))["set_interval"]
    assert over_mqtt.checked({"interval": 10}) == {"interval": 10}
    with pytest.raises(CommandRefusedError, match="expected an integer from 30 to 3600 s"):
        over_hj212.checked({"interval": 10})


@pytest.mark.parametrize("minutes", [7, 0, 60, "10", 10.0, True])
def test_an_interval_of_minute_data_is_one_of_the_standard(minutes: object) -> None:
    kind = command_kinds("8511", ("hj212",))["set_minute_interval"]
    with pytest.raises(CommandRefusedError, match="expected one of 1, 2, 3, 4, 5, 6, 10"):
        kind.checked({"interval": minutes})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "parameters of command 'set_opening': none, expected opening"),
        ({"opening": 1, "more": 1}, "'opening', 'more', expected opening"),
        ({"opening": -0.1}, "-0.1, expected a number from 0 to 30 m"),
        ({"opening": 10**400}, "expected a number from 0 to 30 m"),
        ({"opening": float("nan")}, "nan, expected a number"),
        ({"opening": True}, "True, expected a number"),
        ({"opening": "1"}, "'1', expected a number"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_in_a_sentence(
    given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(CommandRefusedError, match=sentence):
        GATE.checked(given)


@given(st.text())
def test_a_text_never_brings_a_separator_into_a_frame(text: str) -> None:
    kind = known_kinds()["take_sample", "hj212"]
    try:
        kept = kind.checked({"factor": text})["factor"]
    except CommandRefusedError:
        return
    assert kept == text
    assert not set(text) & set(";,=&#\r\n{} ")


def test_a_command_says_what_the_device_shall_be_like() -> None:
    assert GATE.wanted({"opening": 0.5}) == (WantedState("gate_opening", 0.5, "m", 0.02),)
    close = known_kinds()["close", "mqtt"]
    assert close.wanted({}) == (WantedState("open", value=False, unit="", tolerance=0.0),)
    assert known_kinds()["set_clock", "mqtt"].wanted({}) == ()


def test_a_device_of_a_type_takes_what_its_type_names_and_nothing_else() -> None:
    kinds = typed_kinds(type_of("[commands.restart]\n"), ("mqtt",))
    assert set(kinds) == {"restart"}
    assert typed_kinds(type_of(""), ("mqtt",)) == {}


def test_a_type_narrows_what_a_parameter_can_be() -> None:
    text = '[commands.set_opening.parameters.opening]\ntype = "number"\nlow = 0\nhigh = 8\n'
    kind = typed_kinds(type_of(text), ("mqtt",))["set_opening"]
    with pytest.raises(CommandRefusedError, match="from 0 to 8"):
        kind.checked({"opening": 9})


def test_a_type_cannot_do_without_the_second_person_of_a_gate() -> None:
    careless = typed_kinds(type_of("[commands.open]\nsecond_person = false\n"), ("mqtt",))
    assert careless["open"].second_person
    careful = typed_kinds(type_of("[commands.restart]\nsecond_person = true\n"), ("mqtt",))
    assert careful["restart"].second_person


def test_a_command_that_only_the_type_knows_needs_a_second_person_unless_it_says_not() -> None:
    kinds = typed_kinds(
        type_of("[commands.wash]\n[commands.blink]\nsecond_person = false\n"), ("mqtt",)
    )
    assert (kinds["wash"].second_person, kinds["blink"].second_person) == (True, False)


def test_a_place_in_the_name_of_a_metric_is_a_parameter_and_tells_states_apart() -> None:
    text = '[commands.start]\nmetric = "Pump {pump}/Start"\n'
    kind = typed_kinds(type_of(text), ("mqtt",))["start"]
    assert [one.name for one in kind.parameters] == ["pump"]
    assert kind.wanted({"pump": 2}) == (WantedState("running.2", 1.0, "", 0.0),)


def test_a_mistake_of_a_type_is_said_when_the_command_is_asked_for() -> None:
    broken = type_of('[commands.open]\nanswer_s = "soon"\n')
    with pytest.raises(CommandRefusedError, match="command 'open' of the device's type: answer_s"):
        typed_kinds(broken, ("mqtt",))


@pytest.mark.parametrize("name", sorted(shipped_types()))
def test_the_commands_of_every_shipped_type_can_be_read(name: str) -> None:
    kind = shipped_types()[name]
    typed_kinds(kind, ("mqtt",))
    if kind.protocol in {"hj212", "sl651"}:
        assert set(typed_kinds(kind, (kind.protocol,))) == set(kind.commands)
