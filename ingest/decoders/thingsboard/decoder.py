"""Reads telemetry of single devices and of gateways that speak for many."""

from collections.abc import Iterator
from typing import Final

from ingest.decoders.documents import UnreadableDocumentError, parse_document
from ingest.decoders.faults import FaultList
from ingest.decoders.quoting import quoted
from ingest.decoders.thingsboard.address import (
    UnreadableAddressError,
    device_of,
    read_address,
)
from ingest.decoders.thingsboard.points import read_point
from twin.codes import InvalidTextNameError
from twin.model import Decoded, Fault, FaultReason, Message, Name, NativeReading

MAX_POINTS: Final = 10_000

_VOCABULARY = "thingsboard"


class UnreadableTelemetryError(ValueError):
    """JSON that is no telemetry of this API. Check what is published on the topic."""


class ThingsBoardDecoder:
    """Reads telemetry of ``v1/gateway``, and of ``v1/devices/{name}`` or ``tb/{name}``."""

    def decode(self, message: Message) -> Decoded:
        """Return the values of every point; attributes, connections and calls have none."""
        try:
            address = read_address(message.topic)
            document = parse_document(message.payload)
            if not address.has_readings:
                return Decoded()
            if address.device is None:
                return _read_gateway(document, message)
            return _read_points({address.device: _listed(document)}, message, FaultList())
        except UnreadableDocumentError as error:
            return Decoded(faults=[error.fault])
        except (
            UnreadableAddressError,
            UnreadableTelemetryError,
            InvalidTextNameError,
        ) as error:
            return Decoded(faults=[Fault(FaultReason.UNDECODABLE, str(error))])


def _read_gateway(document: object, message: Message) -> Decoded:
    if not isinstance(document, dict):
        raise UnreadableTelemetryError(
            f"payload is {quoted(document)}: expected an object with a list for each device"
        )
    faults = FaultList()
    sent: dict[Name, list[object]] = {}
    for name, points in document.items():
        try:
            sent[device_of(name)] = _listed(points)
        except (InvalidTextNameError, UnreadableTelemetryError) as error:
            faults.add(FaultReason.UNDECODABLE, f"device {quoted(name)}: {error}")
    return _read_points(sent, message, faults)


def _listed(points: object) -> list[object]:
    if isinstance(points, list):
        return points
    if isinstance(points, dict):
        return [points]
    raise UnreadableTelemetryError(f"telemetry is {quoted(points)}: expected an object or a list")


def _read_points(sent: dict[Name, list[object]], message: Message, faults: FaultList) -> Decoded:
    count = sum(map(len, sent.values()))
    if count > MAX_POINTS:
        sentence = f"{count} points: expected at most {MAX_POINTS} in one message"
        return Decoded(faults=[Fault(FaultReason.TOO_LARGE, sentence)])
    natives: list[NativeReading] = []
    for place, device, point in _placed(sent):
        faults.place = place
        natives += read_point(point, device, message, faults)
    return Decoded(
        natives=natives, vocabulary=_VOCABULARY if natives else "", faults=faults.listed()
    )


def _placed(sent: dict[Name, list[object]]) -> Iterator[tuple[str, Name, object]]:
    """Yield each point with the words that lead a reader of its faults there."""
    for device, points in sent.items():
        who = f"device {quoted(device.value)}: " if len(sent) > 1 else ""
        for number, point in enumerate(points, start=1):
            place = f"{who}point {number}: " if len(points) > 1 else who
            yield place, device, point
