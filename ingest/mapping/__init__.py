"""Mappings: tables that connect any JSON to devices and quantities, without code."""

from ingest.mapping.decoder import MappedDecoder, Step
from ingest.mapping.tables import MappingConfig

__all__ = ["MappedDecoder", "MappingConfig", "Step"]
