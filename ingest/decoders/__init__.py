"""Bytes in, readings and video events out: one folder for each protocol (docs/ingest.md)."""

from typing import Protocol

from data.reference import quantities
from ingest.decoders.json_telemetry import JsonTelemetryDecoder
from ingest.decoders.onvif import OnvifDecoder
from twin.model import Decoded, Message

__all__ = ["DECODERS", "Decoder"]


class Decoder(Protocol):
    """Reads one protocol. Pure: no clock, no socket, no database."""

    def decode(self, message: Message) -> Decoded:
        """Return what the message says; never raises.

        What cannot be read becomes a fault whose sentence says what was expected.
        """
        ...


DECODERS: dict[str, Decoder] = {
    "json": JsonTelemetryDecoder(quantities()),
    "onvif": OnvifDecoder(),
}
"""Every decoder by the name that a source's configuration gives."""
