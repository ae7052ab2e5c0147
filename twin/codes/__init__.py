"""Identifiers as types: they parse once at the edge and print back unchanged."""

from twin.codes.entity_code import EntityCode, InvalidEntityCodeError

__all__ = ["EntityCode", "InvalidEntityCodeError"]
