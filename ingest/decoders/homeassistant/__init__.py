"""Home Assistant MQTT discovery: what devices announce, and their states (docs/protocols)."""

from ingest.decoders.homeassistant.decoder import HomeAssistantDecoder
from ingest.decoders.homeassistant.discovery import Discovered, read_discovery

__all__ = ["Discovered", "HomeAssistantDecoder", "read_discovery"]
