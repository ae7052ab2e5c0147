"""Events of ChirpStack v4 as JSON (its ``integration.proto`` in protobuf's JSON form)."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ingest.decoders.faults import FaultList
from ingest.decoders.lorawan.codec_names import CodecNames
from ingest.decoders.lorawan.codec_output import CodecOutput
from ingest.decoders.lorawan.reception import first_time, numbers_in, signal_of
from ingest.decoders.lorawan.uplink import (
    UnreadableEventError,
    decode_event,
    decoded_of,
    device_of,
    object_in,
)
from ingest.decoders.quoting import quoted
from twin.model import Decoded, FaultReason, Message, Name

UPLINK: Final = "up"
STATUS: Final = "status"
JOIN: Final = "join"
WITHOUT_READINGS: Final = frozenset({JOIN, "ack", "txack", "log", "location", "integration"})

_TOPIC = re.compile(
    r"(?:.*/)?application/[^/]*/device/(?P<eui>[^/]*)/event/(?P<kind>[^/]*)", re.DOTALL
)


class _Event(NamedTuple):
    """Who says it, and what kind of event it is."""

    device: Name
    kind: str


class ChirpStackDecoder:
    """Reads ``application/{id}/device/{DevEUI}/event/{kind}``, and bodies without a topic.

    Args:
        names: what is known of codecs' names.
    """

    def __init__(self, names: CodecNames) -> None:
        self._names = names

    def decode(self, message: Message) -> Decoded:
        """Return the values of an uplink or a device status; other events have none."""
        return decode_event(message, self._read)

    def _read(self, document: dict[str, object], message: Message) -> Decoded:
        event = _event_of(document, message.topic)
        if event.kind in WITHOUT_READINGS:
            return Decoded()
        faults = FaultList()
        observed_us = first_time(message, _times(document))
        output = CodecOutput(event.device, observed_us, self._names, faults)
        if event.kind == UPLINK:
            _read_uplink(document, output, faults)
        elif event.kind == STATUS:
            _read_status(document, output)
        else:
            raise UnreadableEventError(
                f"event {quoted(event.kind)}: expected up, status,"
                f" {', '.join(sorted(WITHOUT_READINGS))}"
            )
        return decoded_of(output.natives, faults)


def _event_of(document: dict[str, object], topic: str) -> _Event:
    stated = object_in(document, "deviceInfo").get("devEui")
    if not (found := _TOPIC.fullmatch(topic)):
        return _Event(device_of(stated, "deviceInfo.devEui"), _kind_of(document))
    device = device_of(found["eui"], "topic")
    if stated is not None and device_of(stated, "deviceInfo.devEui") != device:
        raise UnreadableEventError(
            f"deviceInfo.devEui {quoted(stated)}: expected {device.value} as in the topic"
        )
    return _Event(device, found["kind"])


def _kind_of(document: dict[str, object]) -> str:
    if document.keys() & {"rxInfo", "object", "fPort", "fCnt"}:
        return UPLINK
    # A margin or a battery level of 0 is left out by protobuf's JSON form.
    if document.keys() & {"margin", "batteryLevel", "externalPowerSource"}:
        return STATUS
    # What is left has no readings, so it does not matter which of them it is.
    return JOIN


def _times(document: dict[str, object]) -> Iterator[tuple[str, object]]:
    yield "time", document.get("time")
    receptions = document.get("rxInfo")
    for reception in receptions if isinstance(receptions, list) else ():
        if isinstance(reception, dict):
            yield from ((f"rxInfo.{key}", reception.get(key)) for key in ("nsTime", "time"))


def _read_uplink(document: dict[str, object], output: CodecOutput, faults: FaultList) -> None:
    fields = document.get("object")
    if isinstance(fields, dict):
        output.read(fields)
    elif fields is not None:
        faults.add(FaultReason.UNDECODABLE, f"object is {quoted(fields)}: expected an object")
    elif document.get("data"):
        faults.add(
            FaultReason.UNDECODABLE,
            f"fPort {quoted(document.get('fPort'))} without decoded values: expected object;"
            " give the device profile a codec that knows this port",
        )
    output.add_missing(signal_of(document.get("rxInfo")))


def _read_status(document: dict[str, object], output: CodecOutput) -> None:
    # A device on external power, or one that cannot measure, answers without a battery level.
    if not (document.get("externalPowerSource") or document.get("batteryLevelUnavailable")):
        output.add_missing(numbers_in(document, {"batteryLevel": "battery_level"}))
    output.add_missing(numbers_in(document, {"margin": "margin"}))
