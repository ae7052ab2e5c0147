"""Reads the state messages of Zigbee2MQTT (its guide, "MQTT topics and messages", "Exposes")."""

import re
from typing import Final

from data.reference.vocabularies import Vocabulary
from ingest.decoders.documents import UnreadableDocumentError, parse_document
from ingest.decoders.household.availability import availability
from ingest.decoders.household.collecting import Collection, refusal
from ingest.decoders.household.payloads import (
    UnreadableAddressError,
    believed,
    checked_topic,
    leaves,
    number_of,
)
from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError, parse_time
from twin.model import Decoded, FaultReason, Message, Name, Statistic

VOCABULARY: Final = "zigbee2mqtt"

# Only the bridge's own topics: a device may well be called "north/bridge/leak".
_NOT_STATES = re.compile(
    r".*/bridge/(?:state|info|devices|groups|event|log|logging|config|definitions|definition"
    r"|extensions|converters|health|networkmap|request|response|group)(?:/.*)?"
    r"|.*/(?:availability|set|get)|.*/(?:set|get)/[^/]+",
    re.DOTALL,
)
_AVAILABILITY: Final = "/availability"
_ABOUT_THE_DEVICE: Final = frozenset({"last_seen", "update", "device", "definition", "group_list"})
_ENDPOINT = re.compile(
    r"(?P<name>.+)_(?P<endpoint>l?\d{1,2}|phase_[abc]|neutral|left|right|center|top|bottom|both"
    r"|(?:top|center|bottom)_(?:left|right)|in|out|ep\d{1,2})"
)
_QUOTED_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_COUNTERS: Final = frozenset({"energy", "produced_energy", "energy_produced"})
_MAX_CELL_V: Final = 60
_MIN_CELL_MV: Final = 1_000


class Zigbee2MqttDecoder:
    """Reads ``{base}/{friendly name}``: an object of the device's state.

    Args:
        terms: the vocabulary of the names that devices expose.
    """

    def __init__(self, terms: Vocabulary) -> None:
        self._known = frozenset(terms)
        self._measured = frozenset(name for name, term in terms.items() if term.unit != "1")

    def decode(self, message: Message) -> Decoded:
        """Return the numbers and truth values of a state; words are no readings."""
        try:
            topic = checked_topic(message.topic)
            if topic.endswith(_AVAILABILITY):
                return availability(topic.removesuffix(_AVAILABILITY), message)
            if not message.payload or _NOT_STATES.fullmatch(topic):
                return Decoded()
            return self._state(topic, message)
        except UnreadableAddressError as error:
            return refusal(FaultReason.UNDECODABLE, str(error))
        except UnreadableTimeError as error:
            return refusal(FaultReason.BAD_TIME, str(error))
        except UnreadableDocumentError as error:
            return Decoded(faults=[error.fault])

    def _state(self, topic: str, message: Message) -> Decoded:
        document = parse_document(message.payload)
        if isinstance(document, dict):
            found = Collection(VOCABULARY, Name("mqtt", topic), _last_seen(document, message))
            self._collect(document, found)
            return found.decoded()
        # With the setting "output: attribute" each value has a topic of its own.
        device, _, key = topic.rpartition("/")
        if not device or self._split(key)[0] not in self._known:
            return refusal(
                FaultReason.UNDECODABLE,
                f"payload is {quoted(document)}: expected an object of the device's state",
            )
        found = Collection(VOCABULARY, Name("mqtt", device), None)
        self._collect({key: document}, found)
        return found.decoded()

    def _collect(self, fields: dict[str, object], found: Collection) -> None:
        for path, value in leaves(fields):
            if path[0] in _ABOUT_THE_DEVICE:
                continue
            native, channel = self._split(".".join(path))
            number = self._number(native, value)
            if number is not None:
                _add(native, number, channel, fields, found)
            elif isinstance(value, dict):
                found.tell_unread(native, quoted(value), "a value")

    def _split(self, name: str) -> tuple[str, str]:
        """Take the endpoint off a name: ``state_l1`` is the ``state`` of the channel ``l1``."""
        if name in self._known or not (found := _ENDPOINT.fullmatch(name)):
            return name, ""
        if found["name"] in self._known:
            return found["name"], found["endpoint"]
        return name, ""

    def _number(self, native: str, value: object) -> float | None:
        number = number_of(value)
        if number is None and isinstance(value, str) and native in self._measured:
            # Releases before 1.0 sent "100.00" for a battery.
            return float(value) if _QUOTED_NUMBER.fullmatch(value) else None
        return number


def _last_seen(fields: dict[str, object], message: Message) -> int | None:
    stamp = fields.get("last_seen")
    if stamp is None:
        return None
    if isinstance(stamp, str):
        return believed(parse_time(stamp), message)
    if isinstance(stamp, int) and not isinstance(stamp, bool):
        return believed(stamp * 1000, message)
    raise UnreadableTimeError(
        f"last_seen {quoted(stamp)}: expected RFC 3339 text or whole milliseconds since 1970"
    )


def _add(
    native: str, number: float, channel: str, fields: dict[str, object], found: Collection
) -> None:
    if native == "voltage":
        native, unit = _voltage(number, battery="battery" in fields or "battery_low" in fields)
        found.add(native, number, unit, channel)
    else:
        statistic = Statistic.COUNTER if native in _COUNTERS else Statistic.INSTANT
        found.add(native, number, "", channel, statistic)


def _voltage(number: float, *, battery: bool) -> tuple[str, str]:
    """Tell a battery's millivolts from the volts of the mains, which share a name."""
    if number >= _MIN_CELL_MV:
        return "voltage", "mV"
    if battery:
        return "voltage", "V" if number <= _MAX_CELL_V else "mV"
    return "mains_voltage", "V"
