"""Times of recorded files: RFC 3339 or a strptime pattern, in the zone that the map names."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from re import ASCII, fullmatch
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from ingest.decoders.times import UnreadableTimeError, parse_time
from twin.model import to_us

RFC_3339 = "rfc3339"


def is_pattern(text: str) -> str:
    """Return the text if it is a time format.

    Raises:
        ValueError: it is neither ``rfc3339`` nor a pattern that strptime takes.
    """
    if text == RFC_3339:
        return text
    sample = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    if "%" not in text:
        raise ValueError(f"format {text!r}: expected {RFC_3339!r} or a pattern, e.g. '%Y-%m-%d'")
    try:
        datetime.strptime(sample.strftime(text), text).replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"format {text!r}: {error}") from error
    return text


@cache
def zone_of(text: str) -> tzinfo:
    """Return the zone for ``+08:00``, ``Z`` or a name.

    Raises:
        ValueError: no such zone.
    """
    if text in {"Z", "UTC"}:
        return UTC
    if found := fullmatch(r"([+-])([01]\d|2[0-3]):([0-5]\d)", text, ASCII):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"zone {text!r}: expected an offset or a name, e.g. '+08:00' or 'Asia/Shanghai'"
        ) from None


def _is_zone(text: str) -> str:
    zone_of(text)
    return text


Zone = Annotated[str, AfterValidator(_is_zone)]


def read_time(text: str, pattern: str, zone: str) -> int:
    """Return a recorded time as microseconds since 1970 UTC.

    Raises:
        UnreadableTimeError: it is not written in this format.
    """
    if pattern == RFC_3339:
        return parse_time(text, zone_of(zone))
    try:
        # The zone is the map's: a pattern with %z brings its own, all others have none.
        read = datetime.strptime(text, pattern)  # noqa: DTZ007
    except ValueError as error:
        raise UnreadableTimeError(f"time {text!r}: expected the format {pattern!r}") from error
    return to_us(read if read.tzinfo else read.replace(tzinfo=zone_of(zone)))
