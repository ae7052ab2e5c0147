"""JSON payloads: parsed once, refused with a sentence (RFC 8259)."""

import re
from typing import Final

import orjson

from twin.model import Fault, FaultReason

MAX_PAYLOAD_BYTES: Final = 1 << 20

_NOT_A_NUMBER = re.compile(r"-?(nan|inf)", re.IGNORECASE)


class UnreadableDocumentError(ValueError):
    """A payload that is not a JSON document of ours. Park it; do not retry.

    Attributes:
        fault: what a decoder reports.
    """

    def __init__(self, reason: FaultReason, sentence: str) -> None:
        super().__init__(sentence)
        self.fault = Fault(reason, sentence)


def parse_document(payload: bytes) -> object:
    """Return the payload's JSON value.

    Raises:
        UnreadableDocumentError: larger than 1 MiB, not JSON (NaN and Infinity are not), too deep.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise UnreadableDocumentError(
            FaultReason.TOO_LARGE,
            f"payload of {len(payload)} bytes: expected at most {MAX_PAYLOAD_BYTES}",
        )
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise UnreadableDocumentError(FaultReason.UNDECODABLE, _explained(error)) from error


def _explained(error: orjson.JSONDecodeError) -> str:
    # orjson points at the N of NaN but behind the minus of -Infinity.
    near = error.doc[max(0, error.pos - 1) : error.pos + 4]
    if _NOT_A_NUMBER.search(near) or error.msg.startswith("number is infinity"):
        return (
            "payload has NaN or an infinite number, which JSON does not have: "
            "expected a finite number, or null where there is no value"
        )
    return f"payload is not JSON ({error.msg} at character {error.pos}): expected UTF-8 JSON"
