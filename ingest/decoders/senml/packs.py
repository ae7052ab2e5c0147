"""The three writings of a SenML pack, told apart by its first byte."""

from typing import Final

from ingest.decoders.documents import (
    MAX_PAYLOAD_BYTES,
    UnreadableDocumentError,
    parse_document,
)
from ingest.decoders.quoting import quoted
from ingest.decoders.senml.cbor_pack import parse_cbor
from ingest.decoders.senml.xml_pack import parse_xml
from twin.model import FaultReason

MAX_RECORDS: Final = 10_000

_BLANKS = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# RFC 8949: major types 4 (array) and 5 (map), and the tag that says "this is CBOR".
_CBOR_STARTS = frozenset(range(0x80, 0xC0)) | {0xD9}


def records_of(payload: bytes) -> list[object]:
    """Return the records of a pack, CBOR labels and XML attributes in their JSON form.

    Raises:
        UnreadableDocumentError: larger than 1 MiB, of more than 10,000 records, of none, or
            neither JSON (RFC 8428, 5) nor CBOR (6) nor XML (7).
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise UnreadableDocumentError(
            FaultReason.TOO_LARGE,
            f"payload of {len(payload)} bytes: expected at most {MAX_PAYLOAD_BYTES}",
        )
    pack = _parsed(payload.removeprefix(_BYTE_ORDER_MARK).lstrip(_BLANKS))
    records = [pack] if isinstance(pack, dict) else pack
    if not isinstance(records, list):
        raise _undecodable(f"payload is {quoted(pack)}: expected a list of SenML records")
    if not records:
        raise _undecodable("pack without a record: expected at least one")
    if len(records) > MAX_RECORDS:
        raise UnreadableDocumentError(
            FaultReason.TOO_LARGE, f"pack of {len(records)} records: expected at most {MAX_RECORDS}"
        )
    return records


def _parsed(payload: bytes) -> object:
    if not payload:
        raise _undecodable("payload is empty: expected a SenML pack in JSON, CBOR or XML")
    first = payload[0]
    if first in b"[{":
        return parse_document(payload)
    if first == ord("<"):
        return parse_xml(payload)
    if first in _CBOR_STARTS:
        return parse_cbor(payload)
    raise _undecodable(
        f"payload begins with byte 0x{first:02x}: expected a SenML pack in JSON, CBOR or XML"
    )


def _undecodable(sentence: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(FaultReason.UNDECODABLE, sentence)
