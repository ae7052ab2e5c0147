"""Commands as writes of Sparkplug metrics, and what answers them."""

from collections.abc import Mapping

import pytest

from data.commands import CommandRefusedError, Order, Value
from data.commands.kinds import CommandKind
from data.commands.typed import typed_kinds
from data.reference.device_types import read_types, shipped_types
from ingest.commands.metric_writes import is_answered, metric_write
from ingest.decoders.sparkplug import SparkplugDecoder
from ingest.decoders.sparkplug.commands import UnsendableValueError
from ingest.decoders.sparkplug.metrics import Definitions
from ingest.decoders.sparkplug.schema import DataType, read_payload
from tests.unit.ingest.decoders.test_sparkplug_frames import birth_number_of, metric, payload
from twin.model import Message, Mode

AT_US = 1_777_550_400_000_000
GATE = "district/gates/gate 1"
GATE_BIRTH = [
    metric("Gate/Opening", alias=1, datatype=DataType.INT32, int=500),
    metric("Gate/Setpoint", alias=0, datatype=DataType.INT32, int=500),
]
PUMP_BIRTH = [
    metric("Pump 1/Start", datatype=DataType.BOOLEAN, boolean=False),
    metric("Pump 1/Running", datatype=DataType.BOOLEAN, boolean=False),
]


def births(*metrics: bytes) -> Definitions:
    """Return what a node and its device were born with."""
    decoder = SparkplugDecoder()
    for number, (topic, sent) in enumerate(
        [("NBIRTH/gates", [birth_number_of(1)]), ("DBIRTH/gates/gate 1", metrics)]
    ):
        said = payload(*sent, seq=number)
        decoder.decode(Message("plc", Mode.ACTUAL, f"spBv1.0/district/{topic}", said, AT_US))
    found = decoder.sessions.births_of(GATE)
    assert found is not None
    return found


def kind_of(device_type: str, name: str) -> CommandKind:
    return typed_kinds(shipped_types()[device_type], ("sparkplug",))[name]


def order(kind: CommandKind, parameters: Mapping[str, Value]) -> Order:
    return Order(
        1, 7, kind.name, kind.checked(parameters), "sparkplug", GATE, kind.carriage, kind.answer_s
    )


def opening(metres: float) -> Order:
    return order(kind_of("sparkplug-gate", "set_opening"), {"opening": metres})


@pytest.mark.parametrize(("metres", "sent"), [(0.5, 500), (0.3, 300), (0, 0), (1.1, 1100)])
def test_a_setpoint_is_written_in_the_unit_and_data_type_of_its_metric(
    metres: float, sent: int
) -> None:
    write = metric_write(opening(metres), births(*GATE_BIRTH), AT_US)
    assert write.command.topic == "spBv1.0/district/DCMD/gates/gate 1"
    (written,) = read_payload(write.command.payload).metrics
    assert (written.name, written.HasField("alias"), written.alias) == (b"", True, 0)
    assert (written.int_value, written.datatype) == (sent, DataType.INT32)


def test_the_metrics_next_value_answers_if_it_is_what_was_wanted() -> None:
    known = births(*GATE_BIRTH)
    write = metric_write(opening(0.5), known, AT_US)
    assert (write.topic, write.metric) == ("spBv1.0/district/DDATA/gates/gate 1", "Gate/Setpoint")
    told = {
        metric(alias=0, int=500): True,
        metric("Gate/Setpoint", int=500): True,
        metric(alias=0, int=499): False,
        metric(alias=1, int=500): False,
        metric("Gate/Opening", int=500): False,
        metric("Elsewhere", int=500): False,
        metric(int=500): False,
        metric(alias=0, is_historical=True, int=500): False,
        metric(alias=0, is_null=True): False,
        metric(alias=0, string="500"): False,
    }
    assert {sent: is_answered(write, read_payload(payload(sent)), known) for sent in told} == told


def test_a_button_is_answered_by_the_state_that_it_changes() -> None:
    known = births(*PUMP_BIRTH)
    start = order(kind_of("sparkplug-pump-station", "start"), {"pump": 1})
    write = metric_write(start, known, AT_US)
    (written,) = read_payload(write.command.payload).metrics
    assert (written.name, written.boolean_value) == (b"Pump 1/Start", True)
    running = read_payload(payload(metric("Pump 1/Running", boolean=True)))
    button = read_payload(payload(metric("Pump 1/Start", boolean=True)))
    assert (is_answered(write, running, known), is_answered(write, button, known)) == (True, False)


def test_a_pump_that_the_birth_does_not_have_is_refused() -> None:
    third = order(kind_of("sparkplug-pump-station", "start"), {"pump": 3})
    with pytest.raises(UnsendableValueError, match="'Pump 3/Start': expected one of the device's"):
        metric_write(third, births(*PUMP_BIRTH), AT_US)


def test_what_the_metric_cannot_take_is_refused() -> None:
    with pytest.raises(UnsendableValueError, match="expected one of INT32"):
        metric_write(opening(0.0005), births(*GATE_BIRTH), AT_US)


@pytest.mark.parametrize("device", ["", "district", "district/gates", "district/gates/other", "//"])
def test_of_whom_no_birth_was_seen_nothing_is_known(device: str) -> None:
    assert SparkplugDecoder().sessions.births_of(device) is None


def test_what_moves_needs_a_second_person_over_sparkplug_too() -> None:
    assert kind_of("sparkplug-gate", "set_opening").second_person
    assert kind_of("sparkplug-pump-station", "start").second_person


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("metric = 5", "metric"),
        ('metric = "a"\nunit = "kPa"', "command 'set_opening' of the device's type"),
        ('metric = "a"\ncolour = "red"', "unknown field 'colour'"),
    ],
)
def test_a_mistake_in_a_type_is_a_sentence(table: str, sentence: str) -> None:
    head = 'name_en = "x"\nname_zh = "x"\nprotocol = "sparkplug"\n[commands.set_opening]\n'
    with pytest.raises(CommandRefusedError, match=sentence):
        typed_kinds(read_types([("own", head + table)])["own"], ("sparkplug",))
