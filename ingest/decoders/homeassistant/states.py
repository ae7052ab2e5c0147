"""What a state message says of one announced entity."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ingest.decoders.documents import UnreadableDocumentError, parse_document
from ingest.decoders.faults import FaultList
from ingest.decoders.homeassistant.discovery import Discovered, word_of
from ingest.decoders.homeassistant.templates import Path
from ingest.decoders.quoting import quoted
from twin.model import FaultReason

SWITCHED: Final = frozenset({"binary_sensor", "switch"})
MEASURED: Final = frozenset({"number", "sensor"})

_NUMBER = re.compile(r"\s*[+-]?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?\s*", re.ASCII)
_NOTHING_KNOWN: Final = frozenset({"", "unknown", "unavailable", "none", "null", "nan"})
_WORDED: Final = frozenset({"date", "enum", "timestamp"})
_TRUTHS: Final = {"true": 1.0, "false": 0.0, "on": 1.0, "off": 0.0, "1": 1.0, "0": 0.0}


class UnreadableStateError(ValueError):
    """A state that is none of its entity. Park the message; take its other values."""


def state_numbers(
    payload: bytes, entities: Sequence[Discovered], faults: FaultList
) -> Iterator[tuple[Discovered, float]]:
    """Yield the entities that a state message gives a number, and note what it fails to give."""
    document = _document(payload, faults) if any(one.value_path for one in entities) else None
    text = payload.decode("utf-8", errors="replace")
    for entity in entities:
        if entity.value_path is None:
            continue
        value = pointed_at(document, entity.value_path) if entity.value_path else text
        try:
            number = state_number(entity, value)
        except UnreadableStateError as error:
            faults.add(FaultReason.BAD_VALUE, str(error))
            continue
        if number is not None:
            yield entity, number


def _document(payload: bytes, faults: FaultList) -> object:
    try:
        document = parse_document(payload)
    except UnreadableDocumentError as error:
        faults.add(*error.fault)
        return None
    if not isinstance(document, dict | list):
        shown = quoted(document)
        faults.add(FaultReason.UNDECODABLE, f"payload is {shown}: expected an object of values")
    return document


def pointed_at(document: object, path: Path) -> object:
    """Return what a path leads to; None where the message does not say it."""
    here = document
    for step in path:
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return None
    return here


def state_number(entity: Discovered, value: object) -> float | None:
    """Return the number that a state stands for; None for a word, or where nothing is known.

    Raises:
        UnreadableStateError: no number though the entity measures, or no word that it announced.
    """
    word = word_of(value)
    if value is None or word in _NOTHING_KNOWN:
        return None
    if entity.component in SWITCHED:
        return _switched(entity, word)
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    measures = entity.unit or entity.state_class or entity.device_class
    if measures and entity.device_class not in _WORDED:
        raise UnreadableStateError(f"{entity.unique_id} {quoted(value)}: expected a number")
    return None


def _switched(entity: Discovered, word: str) -> float:
    on, off = entity.words
    if word in {on, off}:
        return 1.0 if word == on else 0.0
    if word in _TRUTHS:
        return _TRUTHS[word]
    raise UnreadableStateError(f"{entity.unique_id} {quoted(word)}: expected {on!r} or {off!r}")
