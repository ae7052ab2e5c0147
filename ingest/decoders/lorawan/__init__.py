"""LoRaWAN uplinks as the network servers ChirpStack v4 and The Things Stack v3 publish them."""

from ingest.decoders.lorawan.chirpstack import ChirpStackDecoder
from ingest.decoders.lorawan.codec_names import CodecNames, codec_names
from ingest.decoders.lorawan.things_stack import ThingsStackDecoder

__all__ = ["ChirpStackDecoder", "CodecNames", "ThingsStackDecoder", "codec_names"]
