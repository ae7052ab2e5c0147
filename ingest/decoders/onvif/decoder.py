"""Reads an ONVIF event message: the address from the topic, the rest from the payload."""

from collections.abc import Mapping
from typing import Final

from ingest.decoders.documents import UnreadableDocumentError, parse_document
from ingest.decoders.onvif.address import (
    MAX_CHARS,
    Address,
    UnreadableAddressError,
    read_address,
)
from ingest.decoders.onvif.payload import Event, UnreadablePayloadError, read_event
from ingest.decoders.quoting import is_storable, quoted
from ingest.decoders.times import UnreadableTimeError, objection
from twin.model import Decoded, Fault, FaultReason, Message, VideoEvent

MAX_DEPTH: Final = 16
"""How deep the fields of an event may be nested."""


class OnvifDecoder:
    """Reads ``{prefix}/onvif-ej/{LocalTopic}[/&Source...]``."""

    def decode(self, message: Message) -> Decoded:
        """Return the one event of a message, or the fault that it has."""
        try:
            return Decoded(events=[_read(message)])
        except UnreadableDocumentError as error:
            return Decoded(faults=[error.fault])
        except UnreadableTimeError as error:
            return Decoded(faults=[Fault(FaultReason.BAD_TIME, str(error))])
        except (UnreadableAddressError, UnreadablePayloadError) as error:
            return Decoded(faults=[Fault(FaultReason.UNDECODABLE, str(error))])


def _read(message: Message) -> VideoEvent:
    address = read_address(message.topic)
    if not message.payload:
        # The specification deletes a property event by an empty payload: its state is over.
        return _checked(address, Event("", "", None, active=False, data={}))
    event = read_event(parse_document(message.payload))
    if event.observed_us is not None and (
        why := objection(event.observed_us, message.mode, message.received_us)
    ):
        raise UnreadableTimeError(why)
    return _checked(address, event)


def _checked(address: Address, event: Event) -> VideoEvent:
    topic = event.topic or address.topic
    source = address.source or event.source
    if not topic:
        raise UnreadableAddressError("event without a topic: expected one after onvif-ej")
    for name, text in (("topic", topic), ("source", source)):
        if not is_storable(text, MAX_CHARS):
            raise UnreadablePayloadError(
                f"{name} {quoted(text)}: expected at most {MAX_CHARS} printable characters"
            )
    _check_fields(event.data)
    return VideoEvent(address.camera, topic, source, event.observed_us, event.active, event.data)


def _check_fields(value: object, depth: int = 0) -> None:
    """Refuse what the store's JSON cannot hold: deep nesting and U+0000."""
    if depth > MAX_DEPTH:
        raise UnreadablePayloadError(f"fields nested deeper than {MAX_DEPTH}: expected fewer")
    if isinstance(value, str) and "\0" in value:
        raise UnreadablePayloadError(f"text {quoted(value)}: expected no U+0000")
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_fields(key, depth + 1)
            _check_fields(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_fields(item, depth + 1)
