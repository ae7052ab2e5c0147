"""Reads telemetry payloads; the shape that nearly every message has takes the shortest way."""

import re
from typing import Final

from ingest.decoders.documents import UnreadableDocumentError, parse_document
from ingest.decoders.faults import FaultList
from ingest.decoders.json_telemetry.fields import read_object
from ingest.decoders.json_telemetry.gzipped import MAGIC, unpacked
from ingest.decoders.json_telemetry.qualifiers import (
    QUALIFIERS,
    BadQualifierError,
    read_qualifiers,
)
from ingest.decoders.quoting import quoted
from ingest.decoders.times import objection
from twin.codes import EntityCode, InvalidEntityCodeError
from twin.model import Decoded, Fault, FaultReason, Message, Name, Reading, Statistic
from twin.quantities import QuantityTable

MAX_OBJECTS: Final = 10_000

_TOPIC = re.compile(
    r"citytwin/(?:(?:exercise|replay|backfill)/)?v1/(?P<code>[^/]*)/telemetry", re.DOTALL
)
_SHOWN_CHARS = 60
_TOPICS_REMEMBERED = 100_000
_new = tuple.__new__
_CODE = re.compile(r"[1-9][0-9]{15}")


class UnreadableTopicError(ValueError):
    """A topic that names no device. Park the message; its sender must publish elsewhere."""


class JsonTelemetryDecoder:
    """Reads ``{"ts": …, "level": 1.23, …}`` or a list of such objects, gzip or not.

    Args:
        table: the quantities that an object may have.
    """

    def __init__(self, table: QuantityTable) -> None:
        self._table = table
        self._quantities = frozenset(table)
        self._devices: dict[str, Name] = {}

    def decode(self, message: Message) -> Decoded:
        """Return the readings of every object; a bad field does not harm its neighbours."""
        try:
            device = self._devices.get(message.topic) or self._device(message.topic)
            payload = message.payload
            document = parse_document(unpacked(payload) if payload[:2] == MAGIC else payload)
        except (UnreadableTopicError, InvalidEntityCodeError) as error:
            return Decoded(faults=[Fault(FaultReason.UNDECODABLE, str(error))])
        except UnreadableDocumentError as error:
            return Decoded(faults=[error.fault])
        if isinstance(document, dict):
            readings = self._plain(document, device, message)
            if readings:
                return Decoded(readings=readings)
            return self._each([document], device, message)
        if isinstance(document, list) and 0 < len(document) <= MAX_OBJECTS:
            return self._each(document, device, message)
        return Decoded(faults=[_refusal(document)])

    def _device(self, topic: str) -> Name:
        if len(self._devices) >= _TOPICS_REMEMBERED:
            self._devices.clear()
        device = self._devices[topic] = Name("code", _device_code(topic))
        return device

    def _plain(
        self, fields: dict[str, object], device: Name, message: Message
    ) -> list[Reading] | None:
        """Read epoch milliseconds, good numbers and qualifiers; None if there is anything else."""
        stamp = fields.get("ts")
        if type(stamp) is not int or objection(stamp * 1000, message.mode, message.received_us):
            return None
        observed_us = stamp * 1000
        known = self._quantities
        readings = []
        qualified = False
        for key, value in fields.items():
            if key in known and (type(value) is float or type(value) is int):
                # As Reading(…) does, in half of the time: most of what arrives goes through here.
                one = (device, key, float(value), observed_us, "", Statistic.INSTANT, 0, 0)
                readings.append(_new(Reading, one))
            elif key != "ts":
                if key not in QUALIFIERS:
                    return None
                qualified = True
        return _qualified(readings, fields) if qualified else readings

    def _each(self, objects: list[object], device: Name, message: Message) -> Decoded:
        faults = FaultList()
        readings: list[Reading] = []
        for number, one in enumerate(objects, start=1):
            plain = self._plain(one, device, message) if isinstance(one, dict) else None
            if plain:
                readings += plain
                continue
            faults.place = f"object {number}: " if len(objects) > 1 else ""
            readings += read_object(one, device, message, self._table, faults)
        return Decoded(readings=readings, faults=faults.listed())


def _qualified(readings: list[Reading], fields: dict[str, object]) -> list[Reading] | None:
    try:
        qualifiers = read_qualifiers(fields)
    except BadQualifierError:
        return None  # read_object says why
    return [Reading(*reading[:4], *qualifiers) for reading in readings]


def _device_code(topic: str) -> str:
    if not (found := _TOPIC.fullmatch(topic)):
        raise UnreadableTopicError(
            f"topic {quoted(topic)}: expected citytwin/v1/{{entity code}}/telemetry"
        )
    code = found["code"]
    return code if _CODE.fullmatch(code) else str(EntityCode.parse(code[:_SHOWN_CHARS]))


def _refusal(document: object) -> Fault:
    if isinstance(document, list) and document:
        sentence = f"list of {len(document)} objects: expected at most {MAX_OBJECTS}"
        return Fault(FaultReason.TOO_LARGE, sentence)
    shown = "an empty list" if isinstance(document, list) else quoted(document)
    sentence = f"payload is {shown}: expected an object or a list of objects"
    return Fault(FaultReason.UNDECODABLE, sentence)
