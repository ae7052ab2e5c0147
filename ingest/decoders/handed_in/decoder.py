"""Reads the objects of the json decoder, each with the device that it is of."""

from typing import Final

from ingest.decoders.documents import UnreadableDocumentError, parse_document
from ingest.decoders.faults import FaultList
from ingest.decoders.handed_in.devices import UnreadableDeviceError, device_of
from ingest.decoders.json_telemetry import JsonTelemetryDecoder
from ingest.decoders.json_telemetry.decoder import MAX_OBJECTS
from ingest.decoders.json_telemetry.fields import read_object
from ingest.decoders.quoting import quoted
from twin.model import Decoded, Fault, FaultReason, Message, Reading

DEVICE: Final = "device"


class HandedInDecoder(JsonTelemetryDecoder):
    """Reads ``{"device": "4403118501000001", "ts": …, "level": 1.23}`` or a list of such objects.

    The topic does not matter.
    """

    def decode(self, message: Message) -> Decoded:
        """Return the readings of every object; a bad object does not harm its neighbours."""
        try:
            document = parse_document(message.payload)
        except UnreadableDocumentError as error:
            return Decoded(faults=[error.fault])
        objects = document if isinstance(document, list) else [document]
        if not objects or len(objects) > MAX_OBJECTS:
            return Decoded(faults=[_refusal(len(objects))])
        faults = FaultList()
        readings: list[Reading] = []
        for number, one in enumerate(objects, start=1):
            faults.place = f"object {number}: " if len(objects) > 1 else ""
            readings += self._of_object(one, message, faults)
        return Decoded(readings=readings, faults=faults.listed())

    def _of_object(self, one: object, message: Message, faults: FaultList) -> list[Reading]:
        if not isinstance(one, dict):
            sentence = f"{quoted(one)}: expected an object with a device and quantities"
            faults.add(FaultReason.UNDECODABLE, sentence)
            return []
        try:
            device = device_of(one.pop(DEVICE, None))
        except UnreadableDeviceError as error:
            faults.add(FaultReason.UNKNOWN_DEVICE, str(error))
            return []
        plain = self._plain(one, device, message)
        return plain or read_object(one, device, message, self._table, faults)


def _refusal(count: int) -> Fault:
    if not count:
        return Fault(
            FaultReason.UNDECODABLE,
            "body is an empty list: expected an object or a list of objects",
        )
    sentence = f"list of {count} objects: expected at most {MAX_OBJECTS}"
    return Fault(FaultReason.TOO_LARGE, sentence)
