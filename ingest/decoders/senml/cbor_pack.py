"""SenML packs in CBOR (RFC 8428, section 6)."""

from decimal import Decimal
from io import BytesIO
from typing import Final, NoReturn

from cbor2 import CBORDecodeEOF, CBORDecodeError, CBORDecoder

from ingest.decoders.documents import UnreadableDocumentError
from twin.model import FaultReason

LABELS: Final = {
    -1: "bver",
    -2: "bn",
    -3: "bt",
    -4: "bu",
    -5: "bv",
    -6: "bs",
    0: "n",
    1: "u",
    2: "v",
    3: "vs",
    4: "vb",
    5: "s",
    6: "t",
    7: "ut",
    8: "vd",
}
"""RFC 8428, table 4."""

SELF_DESCRIBED: Final = b"\xd9\xd9\xf7"
"""The tag 55799, by which a payload may say that it is CBOR (RFC 8949, 3.4.6)."""

MAX_DEPTH: Final = 8

# Of the tags that the library reads, SenML has but the decimal fraction (4); the others would
# build regular expressions, mail, or lists that hold themselves.
REFUSED_TAGS: Final = (
    *(0, 1, 2, 3, 5, 25, 28, 29, 30, 35, 36, 37),
    *(52, 54, 100, 256, 258, 260, 261, 1004, 43000),
)


class _ForeignTagError(ValueError):
    """A tag that no SenML has. Park the message."""


def _refuse(_value: object, _immutable: bool) -> NoReturn:  # noqa: FBT001
    raise _ForeignTagError


_DECODERS = dict.fromkeys(REFUSED_TAGS, _refuse)


def parse_cbor(payload: bytes) -> object:
    """Return a pack with JSON's labels for CBOR's; fields of other numbers are left out.

    Raises:
        UnreadableDocumentError: not one whole CBOR item, too deep, or of tags that SenML lacks.
    """
    item = BytesIO(payload.removeprefix(SELF_DESCRIBED))
    decoder = CBORDecoder(item, semantic_decoders=_DECODERS, max_depth=MAX_DEPTH)
    try:
        pack = decoder.decode()
    except CBORDecodeError as error:
        raise _undecodable(f"payload is not CBOR of SenML ({error}): expected one array") from error
    _check_end(decoder)
    if isinstance(pack, list):
        return [_record(one) for one in pack]
    return _record(pack)


def _check_end(decoder: CBORDecoder) -> None:
    try:
        decoder.read(1)
    except CBORDecodeEOF:
        return
    raise _undecodable("bytes after the CBOR array: expected one array and nothing else")


def _record(item: object) -> object:
    if not isinstance(item, dict):
        return item
    named = ((LABELS.get(key) if type(key) is int else key, item[key]) for key in item)
    return {
        label: float(value) if isinstance(value, Decimal) else value
        for label, value in named
        if isinstance(label, str)
    }


def _undecodable(sentence: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(FaultReason.UNDECODABLE, sentence)
