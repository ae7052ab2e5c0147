"""Times of HJ 212: 14 digits of local time, or 17 with milliseconds (HJ 212-2017, 6.6.1)."""

import re
from datetime import datetime
from functools import lru_cache

from ingest.decoders.quoting import quoted
from ingest.decoders.times import LOCAL_ZONE, UnreadableTimeError
from twin.model import from_us, to_us

_STAMP = re.compile(r"[0-9]{14}(?:[0-9]{3})?")
_SECOND_DIGITS = 14


@lru_cache(maxsize=4096)
def read_stamp(text: str) -> int:
    """Return a time as microseconds since 1970 UTC.

    Raises:
        UnreadableTimeError: another layout, or no such day.
    """
    if not _STAMP.fullmatch(text):
        raise UnreadableTimeError(
            f"time {quoted(text)}: expected 14 or 17 digits, e.g. 20260501080000"
        )
    try:
        local = datetime.fromisoformat(f"{text[:8]}T{text[8:_SECOND_DIGITS]}")
    except ValueError as error:
        raise UnreadableTimeError(
            f"time {quoted(text)}: {error}; expected a day and time that exist"
        ) from error
    return to_us(local.replace(tzinfo=LOCAL_ZONE)) + 1000 * int(text[_SECOND_DIGITS:] or 0)


def second_stamp(at_us: int) -> str:
    """Return a time as 14 digits of local time."""
    return from_us(at_us).astimezone(LOCAL_ZONE).strftime("%Y%m%d%H%M%S")


def request_number(at_us: int) -> str:
    """Return a time as the 17 digits of a request number (QN)."""
    return f"{second_stamp(at_us)}{at_us // 1000 % 1000:03}"
