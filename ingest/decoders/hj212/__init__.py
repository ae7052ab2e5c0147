"""HJ 212-2017, and what is left of HJ/T 212-2005: monitoring points of pollution over TCP."""

from ingest.decoders.hj212.decoder import Hj212Decoder

__all__ = ["Hj212Decoder"]
