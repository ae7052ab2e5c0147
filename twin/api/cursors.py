"""Opaque cursors: where a list goes on, as the sort key of its last item."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime

from twin.api.problems import MalformedError
from twin.model import from_us

_INT8 = 1 << 63
_LONGEST = 2000


def encode(*key: int | str) -> str:
    """Return the cursor that stands after the item with this sort key."""
    text = json.dumps(key, separators=(",", ":"), ensure_ascii=True)
    return urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")


def decode(cursor: str, kinds: Sequence[type[int] | type[str]]) -> tuple[int | str, ...]:
    """Return the sort key in a cursor.

    Raises:
        MalformedError: it is none of ours, or one of another list.
    """
    if len(cursor) > _LONGEST:
        raise MalformedError(f"cursor of {len(cursor)} characters: expected 'next' of a list")
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = json.loads(urlsafe_b64decode(padded))
    except (UnicodeError, binascii.Error, ValueError, RecursionError):
        key = None
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
        raise MalformedError(f"cursor {cursor!r}: expected 'next' of the same list")
    if not all(_storable(part) for part in key):
        raise MalformedError(f"cursor {cursor!r}: expected 'next' of the same list")
    return tuple(key)


def decode_int(cursor: str | None) -> int | None:
    """Return the number in a cursor of a list that is sorted by one; None where there is none."""
    return None if cursor is None else int(decode(cursor, (int,))[0])


def decode_instant(cursor: str | None) -> datetime | None:
    """Return the instant in a cursor of a list that is sorted by time; None where there is none."""
    microseconds = decode_int(cursor)
    return None if cursor is None or microseconds is None else instant(cursor, microseconds)


def instant(cursor: str, microseconds: int) -> datetime:
    """Return microseconds since 1970 that stood in a cursor as an instant.

    Raises:
        MalformedError: there is no such instant.
    """
    try:
        return from_us(microseconds)
    except OverflowError:
        raise MalformedError(f"cursor {cursor!r}: expected 'next' of the same list") from None


def _storable(part: int | str) -> bool:
    if isinstance(part, int):
        return -_INT8 <= part < _INT8
    return "\0" not in part and not any("\ud800" <= character <= "\udfff" for character in part)
