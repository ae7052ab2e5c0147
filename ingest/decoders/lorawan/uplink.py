"""What both network servers have in common: one JSON object for each event of a device."""

from collections.abc import Callable

from ingest.decoders.documents import UnreadableDocumentError, parse_document
from ingest.decoders.faults import FaultList
from ingest.decoders.lorawan.codec_names import VOCABULARY
from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError
from twin.codes import DevEui, InvalidDevEuiError
from twin.model import Decoded, Fault, FaultReason, Message, Name, NativeReading


class UnreadableEventError(ValueError):
    """A JSON document that is not an event of the network server. Check what it publishes."""


def decode_event(
    message: Message, read: Callable[[dict[str, object], Message], Decoded]
) -> Decoded:
    """Return what ``read`` makes of a payload's object, or the fault that it has."""
    try:
        return read(_parsed(message.payload), message)
    except UnreadableDocumentError as error:
        return Decoded(faults=[error.fault])
    except UnreadableTimeError as error:
        return Decoded(faults=[Fault(FaultReason.BAD_TIME, str(error))])
    except (UnreadableEventError, InvalidDevEuiError) as error:
        return Decoded(faults=[Fault(FaultReason.UNDECODABLE, str(error))])


def device_of(text: object, place: str) -> Name:
    """Return the device of a DevEUI in whatever case.

    Raises:
        UnreadableEventError: no text.
        InvalidDevEuiError: not 16 hex digits.
    """
    if not isinstance(text, str):
        raise UnreadableEventError(f"{place} {quoted(text)}: expected a DevEUI of 16 hex digits")
    return Name("deveui", str(DevEui.parse(text)))


def object_in(document: dict[str, object], key: str) -> dict[str, object]:
    """Return the object under a key, an empty one where there is none."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def decoded_of(natives: list[NativeReading], faults: FaultList) -> Decoded:
    """Return natives with their vocabulary, and faults."""
    return Decoded(
        natives=natives, vocabulary=VOCABULARY if natives else "", faults=faults.listed()
    )


def _parsed(payload: bytes) -> dict[str, object]:
    document = parse_document(payload)
    if isinstance(document, dict):
        return document
    raise UnreadableEventError(f"payload is {quoted(document)}: expected an event's object")
