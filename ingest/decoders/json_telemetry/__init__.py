"""Our own telemetry: JSON objects of quantities on ``citytwin/v1/{entity code}/telemetry``."""

from ingest.decoders.json_telemetry.decoder import JsonTelemetryDecoder

__all__ = ["JsonTelemetryDecoder"]
