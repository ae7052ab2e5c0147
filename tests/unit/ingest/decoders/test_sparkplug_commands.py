"""Commands to edge nodes and devices."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.sparkplug import SparkplugDecoder
from ingest.decoders.sparkplug.commands import (
    UnsendableValueError,
    device_command,
    rebirth_command,
)
from ingest.decoders.sparkplug.schema import DataType
from ingest.decoders.sparkplug.topic import UnreadableTopicError
from ingest.decoders.sparkplug.values import INTEGERS
from tests.unit.ingest.decoders.recorded import message_of
from tests.unit.ingest.decoders.test_sparkplug_frames import NOON_MS, metric, payload

NOON_US = NOON_MS * 1000


def _sent_back(value: float, datatype: DataType) -> float:
    command = device_command("g/n/d", "gate", datatype, value, NOON_US)
    (native,) = SparkplugDecoder().decode(message_of("", command.payload)).natives
    return native.value


def test_a_rebirth_is_asked_for_with_one_boolean() -> None:
    command = rebirth_command("g", "n", NOON_US)
    rebirth = metric("Node Control/Rebirth", datatype=DataType.BOOLEAN, boolean=True)
    assert command == ("spBv1.0/g/NCMD/n", payload(rebirth))


def test_a_device_is_told_by_the_name_or_the_alias_of_its_metric() -> None:
    by_name = device_command("g/n/d", "gate", DataType.INT8, -1, NOON_US)
    assert by_name == ("spBv1.0/g/DCMD/n/d", payload(metric("gate", datatype=1, int=255)))
    by_alias = device_command("g/n/d", 7, DataType.STRING, "auf", NOON_US)
    assert by_alias.payload == payload(metric(alias=7, datatype=12, string="auf"))


@given(st.data(), st.sampled_from(list(INTEGERS)))
def test_what_is_sent_is_what_is_read(data: st.DataObject, kind: DataType) -> None:
    number = data.draw(st.integers(INTEGERS[kind].lowest, INTEGERS[kind].highest))
    assert _sent_back(number, kind) == float(number)


def test_reals_and_truth_values_are_sent_in_their_fields() -> None:
    assert _sent_back(1.5, DataType.FLOAT) == 1.5
    assert _sent_back(0.1, DataType.DOUBLE) == 0.1
    assert _sent_back(3, DataType.DOUBLE) == 3.0
    assert _sent_back(value=True, datatype=DataType.BOOLEAN) == 1.0


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        (DataType.INT8, 128),
        (DataType.UINT64, -1),
        (DataType.INT32, 1.5),
        (DataType.INT32, True),
        (DataType.FLOAT, 1e39),
        (DataType.FLOAT, True),
        (DataType.DOUBLE, math.nan),
        (DataType.BOOLEAN, 1),
        (DataType.STRING, 1),
        (DataType.DATASET, "x"),
    ],
)
def test_a_value_of_another_type_is_not_sent(datatype: DataType, value: float | str) -> None:
    with pytest.raises(UnsendableValueError, match=re.escape(f"value {value!r}: expected")):
        device_command("g/n/d", "gate", datatype, value, NOON_US)


@pytest.mark.parametrize("device", ["g", "g/n/d/x", "g/n/d#", ""])
def test_a_command_goes_to_a_device_or_nowhere(device: str) -> None:
    with pytest.raises(UnreadableTopicError):
        device_command(device, "gate", DataType.BOOLEAN, value=True, at_us=NOON_US)
