"""Commands as writes of Sparkplug metrics, and the values that answer them: pure."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from data.commands import Order, Value
from ingest.decoders.sparkplug.commands import (
    Command,
    UnsendableValueError,
    data_topic,
    device_command,
)
from ingest.decoders.sparkplug.metrics import Definition, Definitions
from ingest.decoders.sparkplug.schema import DataType, Metric, Payload
from ingest.decoders.sparkplug.values import INTEGERS, BadMetricError, number_of

_NEAR = 1e-6
"""Relative: a number that a device keeps as a Float differs in its last digits."""


class MetricWrite(NamedTuple):
    """A command on its way to a metric.

    Attributes:
        command: what to publish.
        topic: where the device's data come.
        metric: whose value answers.
        value: what it shall be.
    """

    command: Command
    topic: str
    metric: str
    value: Value


def metric_write(order: Order, births: Definitions, at_us: int) -> MetricWrite:
    """Return how a command is written.

    Args:
        order: with the metric in its carriage, see ``data.commands.written_metrics``.
        births: what the device's last birth said.
        at_us: when it is sent, microseconds since 1970 UTC.

    Raises:
        UnsendableValueError: the birth has no such metric, or it cannot take the value.
    """
    carriage = order.carriage
    name = _named(carriage["metric"], order.parameters)
    definition = _born(births, name)
    datatype = _writable(definition)
    value = _written(carriage, order.parameters, datatype)
    answer = carriage["answer_value"]
    return MetricWrite(
        device_command(order.address, _called(births, definition), datatype, value, at_us),
        data_topic(order.address),
        _named(carriage["answer_metric"], order.parameters) or name,
        value if answer is None else answer,
    )


def is_answered(write: MetricWrite, payload: Payload, births: Definitions) -> bool:
    """Whether a device's data say that a metric has the value that was wanted."""
    return any(_answers(write, metric, births) for metric in payload.metrics)


def _answers(write: MetricWrite, metric: Metric, births: Definitions) -> bool:
    definition = births.by_name.get(metric.name)
    if not metric.name and metric.HasField("alias"):
        definition = births.by_alias.get(metric.alias)
    if metric.is_historical or metric.is_null or definition is None:
        return False
    if definition.name != write.metric:
        return False
    if isinstance(write.value, str):
        return bool(metric.string_value == write.value.encode())
    try:
        said = number_of(metric, metric.datatype or definition.datatype)
    except BadMetricError:
        return False
    return said is not None and math.isclose(said, float(write.value), rel_tol=_NEAR)


def _named(template: str, parameters: Mapping[str, Value]) -> str:
    try:
        return template.format_map(parameters)
    except (KeyError, AttributeError, IndexError, ValueError) as error:
        raise UnsendableValueError(
            f"metric {template!r}: expected parameters of the command in braces"
        ) from error


def _born(births: Definitions, name: str) -> Definition:
    found = births.by_name.get(name.encode())
    if found is None:
        raise UnsendableValueError(f"metric {name!r}: expected one of the device's birth")
    return found


def _writable(definition: Definition) -> DataType:
    try:
        return DataType(definition.datatype)
    except ValueError as error:
        raise UnsendableValueError(
            f"metric {definition.name!r} of data type {definition.datatype}: expected one of"
            " Sparkplug B"
        ) from error


def _called(births: Definitions, definition: Definition) -> int | str:
    """Return the alias of a metric, which must stand for its name where the birth gave one."""
    aliases = (alias for alias, one in births.by_alias.items() if one == definition)
    return next(aliases, definition.name)


def _written(
    carriage: Mapping[str, Any], parameters: Mapping[str, Value], datatype: DataType
) -> Value:
    if not carriage["parameter"]:
        value: Value = carriage["value"]
        return value
    given = parameters[carriage["parameter"]]
    if isinstance(given, bool | str):
        return given
    value = given * float(carriage["factor"]) + float(carriage["offset"])
    # 0.3 m are 299.99999999999994 mm.
    if datatype in INTEGERS and math.isclose(value, round(value), rel_tol=_NEAR, abs_tol=_NEAR):
        return round(value)
    return value
