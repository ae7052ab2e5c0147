"""Reads the telemetry of Tasmota firmware (its documentation, "MQTT", "JSON Status Responses")."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from data.reference.vocabularies import Vocabulary
from ingest.decoders.documents import UnreadableDocumentError
from ingest.decoders.household.availability import availability
from ingest.decoders.household.collecting import Collection, refusal
from ingest.decoders.household.payloads import (
    UnreadableAddressError,
    believed,
    checked_topic,
    index_channel,
    leaves,
    number_of,
    parse_object,
)
from ingest.decoders.household.tasmota_names import COUNTERS, Spelling, TasmotaNames
from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError, parse_time
from twin.model import Decoded, FaultReason, Message, Name, Statistic

VOCABULARY: Final = "tasmota"
MAX_PHASES: Final = 32

_LAST_WILL: Final = "/LWT"
_PREFIXES: Final = ("tele", "stat", "cmnd")
_BODIES: Final[Mapping[tuple[str, str], str]] = {
    ("tele", "SENSOR"): "",
    ("tele", "STATE"): "",
    ("stat", "STATUS8"): "StatusSNS",
    ("stat", "STATUS10"): "StatusSNS",
    ("stat", "STATUS11"): "StatusSTS",
}
"""Which messages hold values, and under which key of the payload."""

# Other devices speak through these, each with an address of its own.
_BRIDGES: Final = frozenset({"ZbReceived", "ZbInfo", "ZigbeeReceived", "RfReceived", "IrReceived"})

_PASSED_OVER: Final = _BRIDGES | {"Time"}

_UNITS: Final[Mapping[str, Mapping[str, str]]] = {
    "TempUnit": {"C": "Cel", "F": "[degF]"},
    "PressureUnit": {"hPa": "hPa", "mmHg": "mm[Hg]", "inHg": "[in_i'Hg]"},
    "SpeedUnit": {
        "m/s": "m/s",
        "km/h": "km/h",
        "kn": "[kn_i]",
        "mph": "[mi_i]/h",
        "ft/s": "[ft_i]/s",
        "yd/s": "[yd_i]/s",
    },
}
"""UCUM for what the settings SetOption8, SetOption24 and SpeedUnit make of a message."""


class _Address(NamedTuple):
    """Who speaks, and under which key of the payload its values are; None where it has none."""

    device: Name
    body: str | None


class TasmotaDecoder:
    """Reads ``tele/{topic}/SENSOR`` and ``STATE``, in any order that FullTopic gives.

    Args:
        terms: the vocabulary of the names that sensors have.
    """

    def __init__(self, terms: Vocabulary) -> None:
        self._names = TasmotaNames(frozenset(terms))

    def decode(self, message: Message) -> Decoded:
        """Return the numbers and switches of a telemetry message; words are no readings."""
        try:
            address = _read_address(message.topic)
            if message.topic.endswith(_LAST_WILL):
                return availability(address.device.value, message)
            if address.body is None or not message.payload:
                return Decoded()
            return self._telemetry(address.device, _body(message, address.body), message)
        except UnreadableAddressError as error:
            return refusal(FaultReason.UNDECODABLE, str(error))
        except UnreadableTimeError as error:
            return refusal(FaultReason.BAD_TIME, str(error))
        except UnreadableDocumentError as error:
            return Decoded(faults=[error.fault])

    def _telemetry(self, device: Name, fields: dict[str, object], message: Message) -> Decoded:
        found = Collection(VOCABULARY, device, _time(fields, message))
        units = _read_units(fields, found)
        for path, value in leaves(fields):
            if path[0] in _PASSED_OVER:
                continue
            for place, one in _phases(path, value, found):
                number = number_of(one)
                if number is not None:
                    _add(self._names.spelling(path), number, place, units, found)
                elif isinstance(one, dict | list):
                    found.tell_unread(".".join(path), quoted(one), "a value")
        _tell_bridges(fields, found)
        return found.decoded()


def _read_address(topic: str) -> _Address:
    *levels, kind = checked_topic(topic).split("/")
    prefix = next((level for level in levels if level in _PREFIXES), "")
    at = levels.index(prefix) if prefix else -1
    name = "/".join(levels[:at] + levels[at + 1 :])
    if not prefix or not name.strip("/"):
        raise UnreadableAddressError(
            f"topic {quoted(topic)}: expected tele/{{topic}}/SENSOR or {{topic}}/tele/SENSOR"
        )
    return _Address(Name("mqtt", name), _BODIES.get((prefix, kind)))


def _body(message: Message, key: str) -> dict[str, object]:
    document = parse_object(message.payload)
    if not key:
        return document
    body = document.get(key)
    if isinstance(body, dict):
        return body
    raise UnreadableDocumentError(
        FaultReason.UNDECODABLE, f"{key} is {quoted(body)}: expected an object of values"
    )


def _time(fields: dict[str, object], message: Message) -> int | None:
    stamp = fields.get("Time")
    if stamp is None:
        return None
    if isinstance(stamp, str):
        return believed(parse_time(stamp), message)
    if isinstance(stamp, int) and not isinstance(stamp, bool):
        # Only after the command "Time 4": milliseconds.
        return believed(stamp * 1000, message)
    raise UnreadableTimeError(f"Time {quoted(stamp)}: expected e.g. 2026-05-01T08:00:00")


def _read_units(fields: dict[str, object], found: Collection) -> dict[str, str | None]:
    """Return the units that the message states; None for one that nobody knows."""
    units: dict[str, str | None] = {}
    for key, known in _UNITS.items():
        if key in fields:
            stated = fields[key]
            units[key] = known.get(stated) if isinstance(stated, str) else None
            if units[key] is None:
                found.faults.add(
                    FaultReason.BAD_VALUE,
                    f"{key} {quoted(stated)}: expected {' or '.join(known)}",
                )
    return units


def _add(
    spelling: Spelling,
    number: float,
    place: str,
    units: Mapping[str, str | None],
    found: Collection,
) -> None:
    unit = units.get(spelling.unit_key, "") if spelling.unit_key else ""
    if unit is None:
        return
    statistic = Statistic.COUNTER if spelling.native in COUNTERS else Statistic.INSTANT
    found.add(spelling.native, number, unit, index_channel(spelling.channel, place), statistic)


def _phases(
    path: tuple[str, ...], value: object, found: Collection
) -> Iterable[tuple[str, object]]:
    """Return the values of a list with their places, counted from 1 as Tasmota counts relays."""
    if not isinstance(value, list):
        return [("", value)]
    if len(value) > MAX_PHASES:
        found.tell_unread(".".join(path), f"a list of {len(value)}", f"at most {MAX_PHASES}")
        return []
    return [(str(place), one) for place, one in enumerate(value, start=1)]


def _tell_bridges(fields: dict[str, object], found: Collection) -> None:
    for key in sorted(_BRIDGES & fields.keys()):
        found.faults.add(
            FaultReason.UNKNOWN_DEVICE,
            f"{key}: expected values of the device itself, not of another one behind it",
        )
