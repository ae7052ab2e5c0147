"""The messages of ``org.eclipse.tahu.protobuf``, as far as they are read (Sparkplug B 3.0, 6.4.1).

The library's parser, told of them at run time, is faster than one of our own and passes over what
it was not told. Texts are declared as bytes, which look the same on the wire: the library does not
promise what it gives for a text that is not UTF-8. So are data sets and templates, which may be
nested without end.
"""

from enum import IntEnum
from typing import TYPE_CHECKING, Final, cast

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.quoting import quoted
from twin.model import FaultReason

if TYPE_CHECKING:
    from google.protobuf.internal.containers import (
        RepeatedCompositeFieldContainer,
        RepeatedScalarFieldContainer,
    )

MAX_METRICS: Final = 10_000
"""How many metrics a payload may have."""

_COMPRESSED = b"SPBV1.0_COMPRESSED"
_PACKAGE = "org.eclipse.tahu.protobuf"
_UINT32 = FieldDescriptorProto.TYPE_UINT32
_UINT64 = FieldDescriptorProto.TYPE_UINT64
_FLOAT = FieldDescriptorProto.TYPE_FLOAT
_DOUBLE = FieldDescriptorProto.TYPE_DOUBLE
_BOOL = FieldDescriptorProto.TYPE_BOOL
_BYTES = FieldDescriptorProto.TYPE_BYTES

_MESSAGES: Final[dict[str, dict[str, tuple[int, FieldDescriptorProto.Type.ValueType | str]]]] = {
    "PropertyValue": {
        "is_null": (2, _BOOL),
        "int_value": (3, _UINT32),
        "long_value": (4, _UINT64),
        "string_value": (8, _BYTES),
    },
    "PropertySet": {"keys": (1, _BYTES), "values": (2, "PropertyValue")},
    "Metric": {
        "name": (1, _BYTES),
        "alias": (2, _UINT64),
        "timestamp": (3, _UINT64),
        "datatype": (4, _UINT32),
        "is_historical": (5, _BOOL),
        "is_null": (7, _BOOL),
        "properties": (9, "PropertySet"),
        "int_value": (10, _UINT32),
        "long_value": (11, _UINT64),
        "float_value": (12, _FLOAT),
        "double_value": (13, _DOUBLE),
        "boolean_value": (14, _BOOL),
        "string_value": (15, _BYTES),
        "bytes_value": (16, _BYTES),
        "dataset_value": (17, _BYTES),
        "template_value": (18, _BYTES),
    },
    "Payload": {
        "timestamp": (1, _UINT64),
        "metrics": (2, "Metric"),
        "seq": (3, _UINT64),
        "uuid": (4, _BYTES),
    },
}
_REPEATED = {"keys", "values", "metrics"}


class DataType(IntEnum):
    """What a metric's value is (Sparkplug B 3.0, 6.4.16)."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    DATASET = 16
    BYTES = 17
    FILE = 18
    TEMPLATE = 19
    PROPERTY_SET = 20
    PROPERTY_SET_LIST = 21
    INT8_ARRAY = 22
    INT16_ARRAY = 23
    INT32_ARRAY = 24
    INT64_ARRAY = 25
    UINT8_ARRAY = 26
    UINT16_ARRAY = 27
    UINT32_ARRAY = 28
    UINT64_ARRAY = 29
    FLOAT_ARRAY = 30
    DOUBLE_ARRAY = 31
    BOOLEAN_ARRAY = 32
    STRING_ARRAY = 33
    DATETIME_ARRAY = 34


class PropertyValue(Message):
    """Only tells the fields; the library makes the class."""

    is_null: bool
    int_value: int
    long_value: int
    string_value: bytes


class PropertySet(Message):
    """Only tells the fields; the library makes the class."""

    keys: "RepeatedScalarFieldContainer[bytes]"
    values: "RepeatedCompositeFieldContainer[PropertyValue]"


class Metric(Message):
    """Only tells the fields; the library makes the class."""

    name: bytes
    alias: int
    timestamp: int
    datatype: int
    is_historical: bool
    is_null: bool
    properties: PropertySet
    int_value: int
    long_value: int
    float_value: float
    double_value: float
    boolean_value: bool
    string_value: bytes


class Payload(Message):
    """Only tells the fields; the library makes the class."""

    timestamp: int
    metrics: "RepeatedCompositeFieldContainer[Metric]"
    seq: int
    uuid: bytes


class UnreadablePayloadError(ValueError):
    """A payload that is not Sparkplug B, or too large. Park the message; do not retry.

    Attributes:
        reason: what a decoder reports.
    """

    def __init__(self, reason: FaultReason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


def read_payload(sent: bytes) -> Payload:
    """Parse a payload; what the schema does not know is passed over.

    Raises:
        UnreadablePayloadError: larger than 1 MiB or 10,000 metrics, compressed, or not protobuf.
    """
    if len(sent) > MAX_PAYLOAD_BYTES:
        raise UnreadablePayloadError(
            FaultReason.TOO_LARGE,
            f"payload of {len(sent)} bytes: expected at most {MAX_PAYLOAD_BYTES}",
        )
    try:
        payload = _PAYLOAD.FromString(sent)
    except DecodeError as error:
        raise UnreadablePayloadError(
            FaultReason.UNDECODABLE,
            f"payload of {len(sent)} bytes beginning with {quoted(sent[:8].hex())}: "
            "expected protobuf of Sparkplug B",
        ) from error
    if payload.uuid == _COMPRESSED:
        raise UnreadablePayloadError(
            FaultReason.UNDECODABLE, "payload is compressed: expected one without compression"
        )
    if len(payload.metrics) > MAX_METRICS:
        raise UnreadablePayloadError(
            FaultReason.TOO_LARGE,
            f"payload of {len(payload.metrics)} metrics: expected at most {MAX_METRICS}",
        )
    return payload


def new_payload() -> Payload:
    """Return an empty payload, to be filled and sent."""
    return _PAYLOAD()


def _payload_class() -> type[Payload]:
    file = FileDescriptorProto(name="sparkplug_b.proto", package=_PACKAGE, syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        if name == "Metric":
            message.oneof_decl.add(name="value")
        for field, (number, kind) in fields.items():
            _add_field(message, field, number, kind)
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    made = GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))
    return cast("type[Payload]", made)


def _add_field(
    message: DescriptorProto,
    name: str,
    number: int,
    kind: FieldDescriptorProto.Type.ValueType | str,
) -> None:
    field = message.field.add(name=name, number=number)
    repeated = name in _REPEATED
    field.label = (
        FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
    )
    if isinstance(kind, str):
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{kind}"
    else:
        field.type = kind
    if message.name == "Metric" and name.endswith("_value"):
        field.oneof_index = 0


_PAYLOAD = _payload_class()
