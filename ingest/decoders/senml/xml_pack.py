"""SenML packs in XML (RFC 8428, section 7), without entities or document types."""

import re
from collections.abc import Mapping
from typing import Final, NoReturn
from xml.parsers import expat

from ingest.decoders.documents import UnreadableDocumentError
from ingest.decoders.quoting import quoted
from twin.model import FaultReason

NAMESPACE: Final = "urn:ietf:params:xml:ns:senml"

_NUMBERS = frozenset({"v", "s", "t", "ut", "bt", "bv", "bs"})
_TRUTHS: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False}
_DOUBLE = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|-?INF|NaN", re.ASCII)
_INT = re.compile(r"[+-]?\d{1,10}", re.ASCII)


def parse_xml(payload: bytes) -> list[object]:
    """Return the records of a ``sensml`` element, numbers and truth values as JSON would have them.

    Python's expat reads it: lxml keeps every name that it has ever met, so a faulty device could
    fill the memory.

    Raises:
        UnreadableDocumentError: not XML in UTF-8, a document type, or another element.
    """
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        parser.Parse(payload, True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise _undecodable(f"payload is not XML ({error}): expected a sensml element") from error
    return reader.records


class _Reader:
    """Collects the attributes of the ``senml`` elements."""

    def __init__(self) -> None:
        self.records: list[object] = []
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        expected = "senml" if self._depth else "sensml"
        # Devices forget the namespace; nothing else is called so.
        if name not in {f"{NAMESPACE} {expected}", expected} or self._depth > 1:
            raise _undecodable(f"element {quoted(name)}: expected {expected}")
        if self._depth:
            self.records.append({key: _value(key, text) for key, text in attributes.items()})
        self._depth += 1

    def end(self, _name: str) -> None:
        self._depth -= 1


def _value(label: str, text: str) -> object:
    """Return an attribute as its type (RFC 8428, table 5); what has another form stays text."""
    trimmed = text.strip(" \t\r\n")
    if label in _NUMBERS and _DOUBLE.fullmatch(trimmed):
        return float(trimmed)
    if label == "bver" and _INT.fullmatch(trimmed):
        return int(trimmed)
    return _TRUTHS.get(trimmed, text) if label == "vb" else text


def _refuse_document_type(*_declared: object) -> NoReturn:
    raise _undecodable("document type: expected XML without one")


def _undecodable(sentence: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(FaultReason.UNDECODABLE, sentence)
