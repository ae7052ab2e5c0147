"""ThingsBoard's MQTT device and gateway API, as its devices and gateways publish."""

from ingest.decoders.thingsboard.decoder import ThingsBoardDecoder

__all__ = ["ThingsBoardDecoder"]
