"""Home and shop devices over MQTT: Zigbee2MQTT, Tasmota, Shelly (docs/protocols/household.md)."""

from ingest.decoders.household.shelly import ShellyDecoder
from ingest.decoders.household.tasmota import TasmotaDecoder
from ingest.decoders.household.zigbee2mqtt import Zigbee2MqttDecoder

__all__ = ["ShellyDecoder", "TasmotaDecoder", "Zigbee2MqttDecoder"]
