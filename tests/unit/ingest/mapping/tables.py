"""Mappings of tests, from their TOML."""

import tomllib

from ingest.mapping import MappedDecoder, MappingConfig
from twin.model import Decoded, Message, Mode

NOON_US = 1_777_550_400_000_000

HEAD = """
name = "pumps"
topics = ["plant/{station}/data"]
device = { scheme = "asset.water", text = "PS-{station}" }
"""
LEVEL = '[[readings]]\nexpression = "level"\nquantity = "level"\n'


def config_of(text: str) -> MappingConfig:
    return MappingConfig.model_validate(tomllib.loads(text))


def message_of(payload: str | bytes, topic: str = "plant/7/data") -> Message:
    sent = payload.encode() if isinstance(payload, str) else payload
    return Message("pumps", Mode.ACTUAL, topic, sent, NOON_US)


def read(text: str, payload: str | bytes, topic: str = "plant/7/data") -> Decoded:
    return MappedDecoder(config_of(text)).decode(message_of(payload, topic))
