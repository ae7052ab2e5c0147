"""Shelly of generation 1: one topic for each value (Shelly API docs, "Gen1", "MQTT")."""

import re
from typing import Final

from data.reference.vocabularies import Vocabulary
from ingest.decoders.documents import MAX_PAYLOAD_BYTES
from ingest.decoders.household.collecting import Collection, refusal
from ingest.decoders.household.payloads import UnreadableAddressError, index_channel
from ingest.decoders.quoting import quoted
from twin.model import Decoded, FaultReason, Message, Name, Statistic

GEN1_PREFIX: Final = "shellies/"

_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_TRUTHS: Final = {
    "on": 1.0,
    "true": 1.0,
    "open": 1.0,
    "off": 0.0,
    "false": 0.0,
    "close": 0.0,
    # The relay has let go because the load was too much for it.
    "overpower": 0.0,
}
_SILENT: Final = frozenset({
    "announce", "color", "command", "ext_humidities", "ext_switches", "ext_temperatures", "info",
    "input_event", "online", "set", "settings", "status",
})  # fmt: skip
_WORDS: Final = frozenset({
    "roller", "roller.stop_reason", "sensor.act_reasons", "sensor.charger_state", "sensor.gas",
    "sensor.illumination", "sensor.operation", "sensor.self_test", "temperature_status", "valve",
})  # fmt: skip
_COUNTERS: Final = frozenset({
    "emeter.energy", "emeter.returned_energy", "emeter.total", "emeter.total_returned",
    "light.energy", "relay.energy", "roller.energy", "white.energy",
})  # fmt: skip
# What the firmware writes where a probe or the light sensor has no value.
_NO_VALUE: Final = {
    "ext_humidity": 999.0,
    "ext_temperature": 999.0,
    "sensor.battery": -1.0,
    "sensor.humidity": 999.0,
    "sensor.lux": -1.0,
    "sensor.temperature": 999.0,
}


def read_gen1(topic: str, message: Message, terms: Vocabulary) -> Decoded:
    """Read the one value of ``shellies/{id}/{component}[/{number}][/{name}]``.

    Raises:
        UnreadableAddressError: a topic that names no device or no value.
    """
    _, device, *levels = topic.split("/")
    if device in _SILENT and not levels:
        return Decoded()
    if not device or not all(levels) or not levels:
        raise UnreadableAddressError(
            f"topic {quoted(topic)}: expected shellies/{{id}}/{{component}}/{{number}}/{{name}}"
        )
    if not _SILENT.isdisjoint(levels) or not message.payload:
        return Decoded()
    native = ".".join(level for level in levels if not level.isdecimal())
    channel = index_channel(*(level for level in levels if level.isdecimal()))
    return _read_value(Name("mqtt", device), native, channel, message, terms)


def _read_value(
    device: Name, native: str, channel: str, message: Message, terms: Vocabulary
) -> Decoded:
    if len(message.payload) > MAX_PAYLOAD_BYTES:
        return refusal(
            FaultReason.TOO_LARGE,
            f"payload of {len(message.payload)} bytes: expected at most {MAX_PAYLOAD_BYTES}",
        )
    text = message.payload.decode("utf-8", errors="replace")
    number = float(text) if _NUMBER.fullmatch(text) else _TRUTHS.get(text)
    if number is None:
        if native in _WORDS:
            return Decoded()
        expected = "a number" if terms.get(native) else "a number, on or off"
        return refusal(FaultReason.BAD_VALUE, f"{native} {quoted(text)}: expected {expected}")
    if _NO_VALUE.get(native) == number:
        return refusal(
            FaultReason.BAD_VALUE, f"{native} {quoted(number)}: no value; expected a measured one"
        )
    found = Collection("shelly", device, None)
    statistic = Statistic.COUNTER if native in _COUNTERS else Statistic.INSTANT
    found.add(native, number, "", channel, statistic)
    return found.decoded()
