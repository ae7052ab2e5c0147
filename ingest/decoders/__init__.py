"""Bytes in, readings and video events out: one folder for each protocol (docs/ingest.md)."""

from typing import Protocol

from data.reference import quantities, units
from data.reference.vocabularies import vocabulary
from ingest.decoders.handed_in import HandedInDecoder
from ingest.decoders.hj212 import Hj212Decoder
from ingest.decoders.homeassistant import HomeAssistantDecoder
from ingest.decoders.household import ShellyDecoder, TasmotaDecoder, Zigbee2MqttDecoder
from ingest.decoders.json_telemetry import JsonTelemetryDecoder
from ingest.decoders.lorawan import ChirpStackDecoder, ThingsStackDecoder, codec_names
from ingest.decoders.onvif import OnvifDecoder
from ingest.decoders.senml import SenmlDecoder
from ingest.decoders.sl651 import Sl651Decoder
from ingest.decoders.sparkplug import SparkplugDecoder
from ingest.decoders.thingsboard import ThingsBoardDecoder
from twin.model import Decoded, Message

__all__ = ["DECODERS", "SPARKPLUG", "Decoder"]


class Decoder(Protocol):
    """Reads one protocol. Pure: no clock, no socket, no database."""

    def decode(self, message: Message) -> Decoded:
        """Return what the message says; never raises.

        What cannot be read becomes a fault whose sentence says what was expected.
        """
        ...


SPARKPLUG = SparkplugDecoder()
"""Knows the births that commands need to be written by."""

DECODERS: dict[str, Decoder] = {
    "json": JsonTelemetryDecoder(quantities()),
    "handed_in": HandedInDecoder(quantities()),
    "onvif": OnvifDecoder(),
    "hj212": Hj212Decoder(),
    "sl651": Sl651Decoder(),
    "senml": SenmlDecoder(),
    "sparkplug": SPARKPLUG,
    "chirpstack": ChirpStackDecoder(codec_names()),
    "ttn": ThingsStackDecoder(codec_names()),
    "thingsboard": ThingsBoardDecoder(),
    "zigbee2mqtt": Zigbee2MqttDecoder(vocabulary("zigbee2mqtt")),
    "tasmota": TasmotaDecoder(vocabulary("tasmota")),
    "shelly": ShellyDecoder(vocabulary("shelly")),
    "homeassistant": HomeAssistantDecoder(units()),
}
"""Every decoder by the name that a source's configuration gives."""
