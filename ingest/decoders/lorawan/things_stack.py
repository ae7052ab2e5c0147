"""Messages of The Things Stack v3 as JSON (its ``ApplicationUp``)."""

from collections.abc import Iterator
from typing import Final

from ingest.decoders.faults import FaultList
from ingest.decoders.lorawan.codec_names import CodecNames
from ingest.decoders.lorawan.codec_output import CodecOutput
from ingest.decoders.lorawan.reception import first_time, signal_of
from ingest.decoders.lorawan.uplink import (
    UnreadableEventError,
    decode_event,
    decoded_of,
    device_of,
    object_in,
)
from ingest.decoders.quoting import quoted
from ingest.decoders.times import UnreadableTimeError
from twin.model import Decoded, FaultReason, Message

UPLINK: Final = "uplink_message"
WITHOUT_READINGS: Final = frozenset(
    {
        "uplink_normalized",  # repeats what uplink_message has
        "join_accept",
        "downlink_ack",
        "downlink_nack",
        "downlink_sent",
        "downlink_failed",
        "downlink_queued",
        "downlink_queue_invalidated",
        "location_solved",
        "service_data",
    }
)


class ThingsStackDecoder:
    """Reads what is published on ``v3/{app}@{tenant}/devices/{id}/…``, and bodies without a topic.

    Args:
        names: what is known of codecs' names.
    """

    def __init__(self, names: CodecNames) -> None:
        self._names = names

    def decode(self, message: Message) -> Decoded:
        """Return the values of an uplink; other messages and simulated ones have none."""
        return decode_event(message, self._read)

    def _read(self, document: dict[str, object], message: Message) -> Decoded:
        uplink = document.get(UPLINK)
        if not isinstance(uplink, dict):
            return _nothing_in(document)
        if document.get("simulated"):
            return Decoded()
        device = device_of(
            object_in(document, "end_device_ids").get("dev_eui"), "end_device_ids.dev_eui"
        )
        faults = FaultList()
        observed_us = first_time(message, _times(document, uplink))
        output = CodecOutput(device, observed_us, self._names, faults)
        _read_values(uplink, output, message, faults)
        output.observed_us, output.channel = observed_us, ""
        output.add_missing(signal_of(uplink.get("rx_metadata")))
        return decoded_of(output.natives, faults)


def _nothing_in(document: dict[str, object]) -> Decoded:
    if UPLINK not in document and document.keys() & WITHOUT_READINGS:
        return Decoded()
    raise UnreadableEventError(
        f"{UPLINK} {quoted(document.get(UPLINK))}: expected a message of The Things Stack v3"
    )


def _times(document: dict[str, object], uplink: dict[str, object]) -> Iterator[tuple[str, object]]:
    # The network server's clock first: a gateway without a receiver for time can be wrong.
    yield "uplink_message.received_at", uplink.get("received_at")
    yield "settings.time", object_in(uplink, "settings").get("time")
    yield "received_at", document.get("received_at")


def _read_values(
    uplink: dict[str, object], output: CodecOutput, message: Message, faults: FaultList
) -> None:
    fields, measurements = uplink.get("decoded_payload"), uplink.get("normalized_payload")
    if isinstance(fields, dict):
        output.read(fields)
    elif fields is not None:
        faults.add(
            FaultReason.UNDECODABLE, f"decoded_payload is {quoted(fields)}: expected an object"
        )
    elif isinstance(measurements, list):
        _read_measurements(measurements, output, message, faults)
    elif uplink.get("frm_payload"):
        faults.add(
            FaultReason.UNDECODABLE,
            f"f_port {quoted(uplink.get('f_port'))} without decoded values: expected"
            " decoded_payload; give the device a payload formatter that knows this port",
        )


def _read_measurements(
    measurements: list[object], output: CodecOutput, message: Message, faults: FaultList
) -> None:
    """Read a normalized payload; of several items without a time the number is the channel."""
    arrival = output.observed_us
    for number, item in enumerate(measurements, start=1):
        faults.place = f"measurement {number}: "
        if not isinstance(item, dict):
            faults.add(FaultReason.UNDECODABLE, f"{quoted(item)}: expected an object")
            continue
        try:
            own = first_time(message, [("time", item.get("time"))])
        except UnreadableTimeError as error:
            faults.add(FaultReason.BAD_TIME, str(error))
            continue
        output.observed_us = arrival if own is None else own
        output.channel = str(number) if own is None and len(measurements) > 1 else ""
        output.read({key: value for key, value in item.items() if key != "time"})
    faults.place = ""
