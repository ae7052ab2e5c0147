"""The metrics of one message: native readings, and what a birth says of later messages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ingest.decoders.faults import FaultList
from ingest.decoders.quoting import is_storable, quoted
from ingest.decoders.sparkplug.properties import read_properties
from ingest.decoders.sparkplug.schema import Metric, Payload
from ingest.decoders.sparkplug.values import BadMetricError, number_of
from ingest.decoders.times import UnreadableTimeError, objection
from twin.model import FaultReason, Message, Name, NativeReading

MAX_NAME_CHARS: Final = 255
BD_SEQ: Final = "bdSeq"
"""The metric that tells to which birth a death belongs; no reading."""

_BD_SEQ = BD_SEQ.encode()
_CONTROLS = ("Node Control/", "Device Control/")


class UnknownMetricError(ValueError):
    """An alias that no birth gave out. Park the message and ask its edge node for a rebirth."""


class Definition(NamedTuple):
    """What a birth says of a metric.

    Attributes:
        name: of the metric.
        datatype: of its values.
        unit: of its values, empty where the birth names none.
        measured: it is neither a control nor part of the protocol itself.
    """

    name: str
    datatype: int
    unit: str
    measured: bool


class Definitions(NamedTuple):
    """Every metric of one birth.

    Attributes:
        by_name: as the name travels.
        by_alias: where the birth gave one.
        since_us: when the birth arrived; before that its aliases may have meant others.
    """

    by_name: Mapping[bytes, Definition] = MappingProxyType({})
    by_alias: Mapping[int, Definition] = MappingProxyType({})
    since_us: int = 0

    def at(self, received_us: int) -> "Definitions":
        """Return what counts for a message that arrived then and was read only later."""
        return self if received_us >= self.since_us else Definitions(self.by_name)


UNBORN: Final = Definitions()
"""What is known of a device whose birth was not seen."""


class MetricReader:
    """Reads the metrics of one message; a bad one does not harm its neighbours.

    Args:
        device: who says them.
        message: what carries them.
        payload: the same, parsed.

    Attributes:
        natives: what was read.
        faults: what could not be read.
        surprise: the first metric of which the birth did not speak, empty where there is none.
    """

    __slots__ = (
        "_bad_times",
        "_believed",
        "_device",
        "_message",
        "_payload",
        "faults",
        "natives",
        "surprise",
    )

    def __init__(self, device: Name, message: Message, payload: Payload) -> None:
        self.natives: list[NativeReading] = []
        self.faults = FaultList()
        self.surprise = ""
        self._device = device
        self._message = message
        self._payload = payload
        self._believed: int | None = None
        self._bad_times: set[str] = set()

    def read_birth(self) -> Definitions:
        """Read names, aliases, data types and units with their first values."""
        by_name: dict[bytes, Definition] = {}
        by_alias: dict[int, Definition] = {}
        twice: set[int] = set()
        for metric in self._payload.metrics:
            try:
                definition, flags = _defined(metric)
            except BadMetricError as error:
                self._refuse(metric, error)
                continue
            by_name[metric.name] = definition
            if metric.HasField("alias"):
                if metric.alias in by_alias:
                    twice.add(metric.alias)
                by_alias[metric.alias] = definition
            self._take(metric, definition, definition.unit, flags)
        for alias in twice:
            self._refuse_alias(alias, by_alias.pop(alias))
        return Definitions(by_name, by_alias, self._message.received_us)

    def read_data(self, definitions: Definitions) -> None:
        """Read values whose names, data types and units a birth may have told."""
        for metric in self._payload.metrics:
            try:
                definition = self._definition(metric, definitions)
                unit, flags = read_properties(metric)
            except UnknownMetricError as error:
                self.surprise = self.surprise or str(error)
                self.faults.add(FaultReason.UNDECODABLE, str(error))
            except BadMetricError as error:
                self._refuse(metric, error)
            else:
                self._take(metric, definition, unit or definition.unit, flags)

    def _definition(self, metric: Metric, definitions: Definitions) -> Definition:
        sent = metric.name
        if sent:
            found = definitions.by_name.get(sent)
            if found is None:
                name = _name(sent)
                self.surprise = self.surprise or f"metric {quoted(name)} is not of the birth"
                found = Definition(name, metric.datatype, "", _is_measured(name))
            return found
        if not metric.HasField("alias"):
            raise BadMetricError("without alias: expected a name or an alias")
        found = definitions.by_alias.get(metric.alias)
        if found is None:
            raise UnknownMetricError(
                f"alias {metric.alias}: expected one that the birth gave to a metric"
            )
        return found

    def _take(self, metric: Metric, definition: Definition, unit: str, flags: int) -> None:
        if not definition.measured or metric.is_null:
            return
        try:
            value = number_of(metric, metric.datatype or definition.datatype)
            if value is None:
                return
            observed_us = self._observed_us(metric)
        except BadMetricError as error:
            self._refuse(metric, error)
        except UnreadableTimeError as error:
            self._refuse_time(str(error))
        else:
            self.natives.append(
                NativeReading(self._device, definition.name, value, unit, observed_us, flags=flags)
            )

    def _observed_us(self, metric: Metric) -> int | None:
        """Return when a value was captured, else when it was sent."""
        stamp = metric.timestamp
        if not stamp and not metric.HasField("timestamp"):
            if not self._payload.HasField("timestamp"):
                return None
            stamp = self._payload.timestamp
        observed_us = stamp * 1000
        if stamp != self._believed:
            if why := objection(observed_us, self._message.mode, self._message.received_us):
                raise UnreadableTimeError(why)
            self._believed = stamp
        return observed_us

    def _refuse_time(self, sentence: str) -> None:
        """Note a time that several metrics may share once only."""
        if sentence not in self._bad_times:
            self._bad_times.add(sentence)
            self.faults.add(FaultReason.BAD_TIME, sentence)

    def _refuse_alias(self, alias: int, definition: Definition) -> None:
        self.faults.add(
            FaultReason.UNDECODABLE,
            f"alias {alias} of {quoted(definition.name)} and another metric: "
            "expected one metric for each alias",
        )

    def _refuse(self, metric: Metric, error: BadMetricError) -> None:
        if metric.name or not metric.HasField("alias"):
            shown = quoted(metric.name.decode("utf-8", "replace"))
        else:
            shown = f"of alias {metric.alias}"
        self.faults.add(FaultReason.BAD_VALUE, f"metric {shown} {error}")


def birth_number(payload: Payload) -> int | None:
    """Return the bdSeq of a node's birth or death; None where it has none (6.4.19, 6.4.25)."""
    for metric in payload.metrics:
        if metric.name == _BD_SEQ:
            return metric.long_value or metric.int_value
    return None


def _defined(metric: Metric) -> tuple[Definition, int]:
    if not metric.name:
        raise BadMetricError("in a birth: expected a name")
    name = _name(metric.name)
    unit, flags = read_properties(metric)
    return Definition(name, metric.datatype, unit, _is_measured(name)), flags


def _name(sent: bytes) -> str:
    try:
        name = sent.decode()
    except UnicodeDecodeError as error:
        raise BadMetricError("is no UTF-8: expected a name that is") from error
    if not is_storable(name, MAX_NAME_CHARS):
        raise BadMetricError(f"as a name: expected at most {MAX_NAME_CHARS} printable characters")
    return name


def _is_measured(name: str) -> bool:
    return name != BD_SEQ and not name.startswith(_CONTROLS)
