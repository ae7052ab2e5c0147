"""Commands to edge nodes and devices, to be sent with QoS 0 (Sparkplug B 3.0, 6.4.23, 6.4.24)."""

import math
from typing import Final, NamedTuple

from ingest.decoders.sparkplug.schema import DataType, Metric, new_payload
from ingest.decoders.sparkplug.topic import MessageType, read_topic
from ingest.decoders.sparkplug.values import INTEGERS

REBIRTH: Final = "Node Control/Rebirth"

_TEXTS = frozenset({DataType.STRING, DataType.TEXT, DataType.UUID})
_REALS = frozenset({DataType.FLOAT, DataType.DOUBLE})
_INT_FIELD_BITS = 32


class UnsendableValueError(ValueError):
    """A value that a metric cannot take. Send one of the data type that its birth names."""


class Command(NamedTuple):
    """What to publish, not retained, and where."""

    topic: str
    payload: bytes


def rebirth_command(group: str, node: str, at_us: int) -> Command:
    """Return the command that makes an edge node send its births again.

    Raises:
        UnreadableTopicError: an id is empty or has a reserved character.
    """
    topic = f"spBv1.0/{group}/{MessageType.NCMD}/{node}"
    return _command(topic, REBIRTH, DataType.BOOLEAN, value=True, at_us=at_us)


def device_command(
    device: str, metric: str | int, datatype: DataType, value: float | str, at_us: int
) -> Command:
    """Return the command that writes one metric of a device or an edge node.

    Args:
        device: ``group/node/device`` or ``group/node``.
        metric: its name, or the alias where its birth gave it one.
        datatype: of its birth.
        value: a number, a text or a truth value, as the data type wants.
        at_us: when it is sent, microseconds since 1970 UTC.

    Raises:
        UnreadableTopicError: the device is not one.
        UnsendableValueError: the value is not of the data type, or that cannot be sent.
    """
    topic = topic_of(device, MessageType.NCMD, MessageType.DCMD)
    return _command(topic, metric, datatype, value, at_us)


def data_topic(device: str) -> str:
    """Return where the data of a device (``group/node/device``) or an edge node come."""
    return topic_of(device, MessageType.NDATA, MessageType.DDATA)


def topic_of(device: str, of_node: MessageType, of_device: MessageType) -> str:
    """Return the topic of an edge node's message of one type, of a device's of the other."""
    group, _, rest = device.partition("/")
    return f"spBv1.0/{group}/{of_device if '/' in rest else of_node}/{rest}"


def _command(
    topic: str, metric: str | int, datatype: DataType, value: float | str, at_us: int
) -> Command:
    read_topic(topic)
    payload = new_payload()
    payload.timestamp = at_us // 1000
    sent = payload.metrics.add()
    if isinstance(metric, int):
        sent.alias = metric
    else:
        sent.name = metric.encode()
    sent.timestamp = payload.timestamp
    sent.datatype = datatype
    _set_value(sent, datatype, value)
    return Command(topic, payload.SerializeToString())


def _set_value(metric: Metric, datatype: DataType, value: float | str) -> None:
    match value:
        case bool() if datatype is DataType.BOOLEAN:
            metric.boolean_value = value
        case str() if datatype in _TEXTS:
            metric.string_value = value.encode()
        case int() if datatype in INTEGERS and not isinstance(value, bool):
            _set_whole(metric, datatype, value)
        case int() | float() if datatype in _REALS and _is_number(value):
            _set_real(metric, datatype, value)
        case _:
            raise UnsendableValueError(f"value {value!r}: expected one of {datatype.name}")


def _is_number(value: float) -> bool:
    return not isinstance(value, bool) and math.isfinite(value)


def _set_whole(metric: Metric, datatype: DataType, value: int) -> None:
    kind = INTEGERS[datatype]
    if not kind.lowest <= value <= kind.highest:
        raise UnsendableValueError(
            f"value {value!r}: expected {datatype.name}, {kind.lowest} to {kind.highest}"
        )
    twos_complement = value % (1 << kind.bits)
    if kind.bits <= _INT_FIELD_BITS:
        metric.int_value = twos_complement
    else:
        metric.long_value = twos_complement


def _set_real(metric: Metric, datatype: DataType, value: float) -> None:
    if datatype is DataType.DOUBLE:
        metric.double_value = value
        return
    metric.float_value = value
    if not math.isfinite(metric.float_value):
        raise UnsendableValueError(f"value {value!r}: expected FLOAT, at most 3.4e38")
