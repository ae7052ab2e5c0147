"""Messages as one run of bytes, which is all that a fuzzer knows."""

from collections.abc import Iterable
from typing import Final

from twin.model import Message, Mode

SEPARATOR: Final = b"\xff\x00\xff\x00"
"""Between two messages of one input."""

TOPICLESS: Final = frozenset({"hj212", "senml", "sl651"})
"""Decoders that read nothing from a topic: their messages are payloads alone."""

RECEIVED_US: Final = 1_777_593_600_000_000  # 2026-05-01T00:00:00Z


def messages_of(decoder: str, sent: bytes, mode: Mode) -> list[Message]:
    """Return the messages of an input: each a topic in UTF-8, NUL and a payload."""
    return [_message(decoder, part, mode) for part in sent.split(SEPARATOR)]


def input_of(decoder: str, messages: Iterable[Message]) -> bytes:
    """Return the input that ``messages_of`` reads as these messages."""
    return SEPARATOR.join(
        message.payload if decoder in TOPICLESS else _addressed(message) for message in messages
    )


def _message(decoder: str, part: bytes, mode: Mode) -> Message:
    if decoder in TOPICLESS:
        return Message("fuzz", mode, "", part, RECEIVED_US)
    topic, _, payload = part.partition(b"\0")
    return Message("fuzz", mode, topic.decode("utf-8", "replace"), payload, RECEIVED_US)


def _addressed(message: Message) -> bytes:
    return message.topic.encode("utf-8") + b"\0" + message.payload
