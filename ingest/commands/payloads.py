"""Commands and answers as JSON over MQTT: pure."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from data.commands import MQTT, Answer, Event, Order, Value
from data.parked import storable
from ingest.decoders.quoting import is_storable, quoted

ANSWER_FILTER: Final = "citytwin/v1/+/commands/answers"

_MAX_BYTES = 16_384
_MAX_REFERENCE = 64
_MAX_SENTENCE = 500
_MAX_REPORTED = 20
_MAX_NAME = 64
_MAX_TEXT = 200
_LEVELS = 5

_EVENTS: Mapping[str, Event] = {
    "accepted": Event.ACCEPT,
    "executed": Event.EXECUTE,
    "refused": Event.REFUSE,
}


class UnreadableAnswerError(ValueError):
    """A message that answers no command. Mend the device; see docs/commands.md."""


def command_topic(address: str) -> str:
    """Return where a device listens."""
    return f"citytwin/v1/{address}/commands"


def command_payload(order: Order, reference: str, now: datetime) -> bytes:
    """Return what a device is sent; it must not begin after ``expires_at``."""
    return orjson.dumps(
        {
            "id": reference,
            "name": order.name,
            "parameters": dict(order.parameters),
            "issued_at": _stamp(now),
            "expires_at": _stamp(now + timedelta(seconds=order.answer_s)),
        }
    )


def read_answer(topic: str, payload: bytes, at: datetime) -> Answer:
    """Read what a device answers.

    Raises:
        UnreadableAnswerError: no such topic, no JSON object, or a field that it cannot have.
    """
    document = _document(payload)
    reference, state = document.get("id"), document.get("state")
    if not isinstance(reference, str) or not is_storable(reference, _MAX_REFERENCE):
        raise UnreadableAnswerError(f"id {quoted(reference)}: expected that of the command")
    if not isinstance(state, str) or state not in _EVENTS:
        raise UnreadableAnswerError(f"state {quoted(state)}: expected one of {', '.join(_EVENTS)}")
    sentence = document.get("sentence", "")
    if not isinstance(sentence, str):
        raise UnreadableAnswerError(f"sentence {quoted(sentence)}: expected a text")
    return Answer(
        MQTT,
        _address(topic),
        reference,
        _EVENTS[state],
        storable(sentence[:_MAX_SENTENCE]) or f"says {state}",
        _reported(document.get("reported", {})),
        at,
    )


def _address(topic: str) -> str:
    levels = topic.split("/")
    if len(levels) != _LEVELS or levels[3:] != ["commands", "answers"]:
        raise UnreadableAnswerError(f"topic {quoted(topic)}: expected {ANSWER_FILTER}")
    return levels[2]


def _document(payload: bytes) -> dict[str, Any]:
    if len(payload) > _MAX_BYTES:
        raise UnreadableAnswerError(
            f"answer of {len(payload)} bytes: expected {_MAX_BYTES} at most"
        )
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise UnreadableAnswerError(f"answer is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise UnreadableAnswerError(f"answer is {quoted(document)}: expected an object")
    return document


def _reported(states: object) -> dict[str, Value]:
    if not isinstance(states, dict) or len(states) > _MAX_REPORTED:
        raise UnreadableAnswerError(
            f"reported is {quoted(states)}: expected an object of at most {_MAX_REPORTED} states"
        )
    return {_name(name): _value(name, value) for name, value in states.items()}


def _name(name: str) -> str:
    if not name or not is_storable(name, _MAX_NAME):
        raise UnreadableAnswerError(f"reported {quoted(name)}: expected a short name")
    return name


def _value(name: str, value: object) -> Value:
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, str) and is_storable(value, _MAX_TEXT):
        return value
    raise UnreadableAnswerError(
        f"reported {quoted(name)} is {quoted(value)}: expected a number, boolean or short text"
    )


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
