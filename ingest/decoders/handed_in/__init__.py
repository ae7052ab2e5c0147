"""Readings of many devices in one body: JSON objects that name their device, and CSV rows."""

from ingest.decoders.handed_in.decoder import HandedInDecoder

__all__ = ["HandedInDecoder"]
