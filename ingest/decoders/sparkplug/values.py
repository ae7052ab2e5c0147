"""Numbers of metrics: each data type as it travels in its field (Sparkplug B 3.0, 6.4.17)."""

import math
from collections.abc import Callable
from typing import Final, NamedTuple

from ingest.decoders.quoting import quoted
from ingest.decoders.sparkplug.schema import DataType, Metric


class BadMetricError(ValueError):
    """A metric that cannot be taken. Park the message; take its other metrics."""


class Integer(NamedTuple):
    """How wide a data type is; signed ones travel as two's complement."""

    bits: int
    signed: bool

    @property
    def lowest(self) -> int:
        """Least number that it holds."""
        return -(1 << self.bits - 1) if self.signed else 0

    @property
    def highest(self) -> int:
        """Greatest number that it holds."""
        return (1 << self.bits - self.signed) - 1


INTEGERS: Final = {
    DataType.INT8: Integer(8, signed=True),
    DataType.INT16: Integer(16, signed=True),
    DataType.INT32: Integer(32, signed=True),
    DataType.INT64: Integer(64, signed=True),
    DataType.UINT8: Integer(8, signed=False),
    DataType.UINT16: Integer(16, signed=False),
    DataType.UINT32: Integer(32, signed=False),
    DataType.UINT64: Integer(64, signed=False),
}

_FIELD_BITS = {"int_value": 32, "long_value": 64}
_REAL_FIELDS = {"float_value", "double_value"}


def number_of(metric: Metric, datatype: int) -> float | None:
    """Return a metric's value as a number; None where its data type is no number.

    Raises:
        BadMetricError: no value, one of another type or beyond it, not finite, or an unknown type.
    """
    read = _READERS.get(datatype)
    if read is None:
        raise BadMetricError(f"of data type {datatype}: expected 1 to {max(DataType)}")
    return read(metric, metric.WhichOneof("value"))


def _real(metric: Metric, field: str | None) -> float:
    if field not in _REAL_FIELDS:
        raise BadMetricError(f"{_shown(metric, field)}: expected a floating-point value")
    value = metric.float_value if field == "float_value" else metric.double_value
    if not math.isfinite(value):
        raise BadMetricError(f"{value}: expected a finite number, or is_null")
    return value


def _truth(metric: Metric, field: str | None) -> float:
    if field != "boolean_value":
        raise BadMetricError(f"{_shown(metric, field)}: expected a boolean value")
    return float(metric.boolean_value)


def _no_number(_metric: Metric, _field: str | None) -> None:
    return None


def _untyped(metric: Metric, field: str | None) -> float | None:
    if field in _FIELD_BITS:
        raise BadMetricError(
            f"{_shown(metric, field)} without a data type: expected one in the birth, "
            "which tells whether it has a sign"
        )
    if field == "boolean_value":
        return _truth(metric, field)
    return _real(metric, field) if field in _REAL_FIELDS else None


def _whole(datatype: DataType) -> Callable[[Metric, str | None], float]:
    kind = INTEGERS[datatype]
    lowest, highest, signed, turn = kind.lowest, kind.highest, kind.signed, 1 << kind.bits

    def read(metric: Metric, field: str | None) -> float:
        if field not in _FIELD_BITS:
            raise BadMetricError(f"{_shown(metric, field)}: expected a whole number")
        sent = metric.int_value if field == "int_value" else metric.long_value
        if sent <= highest:
            return float(sent)
        # -1 as Int8 is sent as 255 or, with its sign carried to the field's width, as 2^32 - 1.
        for width in (turn, 1 << _FIELD_BITS[field]):
            if signed and lowest <= sent - width < 0:
                return float(sent - width)
        raise BadMetricError(f"{sent}: expected {datatype.name}, {lowest} to {highest}")

    return read


def _shown(metric: Metric, field: str | None) -> str:
    if field is None:
        return "without a value"
    value = getattr(metric, field)
    return quoted(value.decode("utf-8", "replace") if field == "string_value" else value)


_READERS: Final[dict[int, Callable[[Metric, str | None], float | None]]] = {
    **dict.fromkeys(DataType, _no_number),
    **{datatype: _whole(datatype) for datatype in INTEGERS},
    DataType.UNKNOWN: _untyped,
    DataType.FLOAT: _real,
    DataType.DOUBLE: _real,
    DataType.BOOLEAN: _truth,
}
