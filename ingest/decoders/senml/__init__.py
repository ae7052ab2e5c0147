"""Sensor Measurement Lists: SenML packs in JSON, CBOR and XML (RFC 8428)."""

from ingest.decoders.senml.decoder import SenmlDecoder

__all__ = ["SenmlDecoder"]
