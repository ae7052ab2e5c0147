"""Sparkplug B 3.0: edge nodes and their devices on ``spBv1.0/#``."""

from ingest.decoders.sparkplug.decoder import SparkplugDecoder, SparkplugOutcome
from ingest.decoders.sparkplug.session import RebirthWanted, StateChanged

__all__ = ["RebirthWanted", "SparkplugDecoder", "SparkplugOutcome", "StateChanged"]
