"""Times as devices write them, and which of them can be believed."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from ingest.decoders.quoting import quoted
from twin.model import Mode, from_us, to_us

LOCAL_ZONE: Final = timezone(timedelta(hours=8))
"""What a time without a zone means."""

EARLIEST_ACTUAL_US: Final = to_us(datetime(2000, 1, 1, tzinfo=UTC))
MAX_AHEAD_US: Final = 24 * 3600 * 1_000_000

_FIRST_US: Final = to_us(datetime(1, 1, 1, tzinfo=UTC))
_LAST_US: Final = to_us(datetime.max.replace(tzinfo=UTC))

_RFC_3339 = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<minute>[01]\d:[0-5]\d|2[0-3]:[0-5]\d)"
    r":(?P<second>[0-5]\d|60)(?P<fraction>\.\d{1,12})?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>[01]\d|2[0-3])(?::?(?P<minutes>[0-5]\d))?)?",
    re.ASCII,
)


class UnreadableTimeError(ValueError):
    """A time that cannot be read or believed. Park what it belongs to."""


def parse_time(text: str, zone: tzinfo = LOCAL_ZONE) -> int:
    """Read an RFC 3339 time; without a zone of its own it is taken in ``zone``.

    Returns:
        Microseconds since 1970 UTC; finer digits are cut, a leap second is the next one's start.

    Raises:
        UnreadableTimeError: another layout, or no such day.
    """
    if not (found := _RFC_3339.fullmatch(text)):
        raise UnreadableTimeError(
            f"time {quoted(text)}: expected RFC 3339, e.g. 2026-05-01T08:00:00+08:00"
        )
    leap = found["second"] == "60"
    second = "59" if leap else found["second"]
    fraction = "" if leap else (found["fraction"] or "")[:7]
    try:
        local = datetime.fromisoformat(f"{found['date']}T{found['minute']}:{second}{fraction}")
    except ValueError as error:
        raise UnreadableTimeError(f"time {quoted(text)}: {error}") from error
    aware = local.replace(tzinfo=_zone_of(text, found, zone))
    return to_us(aware) + (1_000_000 if leap else 0)


def objection(observed_us: int, mode: Mode, received_us: int) -> str:
    """Return why a time cannot be taken, empty when it can.

    In mode actual a time before 2000 or more than 24 h after its arrival is not believed; in the
    other modes every time is taken that the store can keep (years 1 to 9999).
    """
    if not _FIRST_US <= observed_us <= _LAST_US:
        return f"time of {observed_us} microseconds since 1970: expected the years 1 to 9999"
    if mode is not Mode.ACTUAL:
        return ""
    if observed_us < EARLIEST_ACTUAL_US:
        return (
            f"time {_shown(observed_us)}: expected 2000-01-01 or later; is the device's clock set?"
        )
    if observed_us > received_us + MAX_AHEAD_US:
        return f"time {_shown(observed_us)}: expected at most 24 h after it arrived"
    return ""


def _zone_of(text: str, found: re.Match[str], zone: tzinfo) -> tzinfo:
    if text[-1] in "Zz":
        return UTC
    if not found["sign"]:
        return zone
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return timezone(-offset if found["sign"] == "-" else offset)


def _shown(observed_us: int) -> str:
    return from_us(observed_us).isoformat().replace("+00:00", "Z")
