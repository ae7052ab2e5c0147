"""ONVIF events as JSON over MQTT (ONVIF Core, event broker; ``…/onvif-ej/…``)."""

from ingest.decoders.onvif.decoder import OnvifDecoder

__all__ = ["OnvifDecoder"]
