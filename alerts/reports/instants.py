"""Instants as recordings and labels write them, many at once."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alerts.rules.courses import Ints

LOCAL = "+08:00"
"""The zone of times that name none."""
UNREADABLE = np.iinfo(np.int64).min
"""Stands for an instant that could not be read."""
_FARTHEST_US = 7_258_118_400_000_000
"""The year 2200, and as far before 1970: nobody observed anything beyond."""

_ZONED = r"(?:[Zz]|[+-]\d{2}:?\d{2})$"
_ZONE_CHARS = 6
_SAMPLE = 200
_YEAR_FIRST = r"^\s*(\d{4})/(\d{1,2})/(\d{1,2})"
_MAGNITUDES = ((1e17, 1e-3), (1e14, 1.0), (1e11, 1e3), (0.0, 1e6))
"""From which number on an epoch is in ns, us, ms and s, and microseconds of one of them."""


class ZoneError(ValueError):
    """A time zone that there is not. Write an offset or a name of the IANA list."""


def zone_of(text: str) -> tzinfo:
    """Return the zone for ``+08:00``, ``Z`` or a name.

    Raises:
        ZoneError: no such zone.
    """
    if text in {"Z", "UTC"}:
        return UTC
    if found := re.fullmatch(r"([+-])([01]\d|2[0-3]):([0-5]\d)", text, re.ASCII):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ZoneError(f"zone {text!r}: expected an offset or a name, e.g. '+08:00'") from None


def instants(column: "pd.Series[Any]", zone: tzinfo) -> Ints:
    """Return microseconds since 1970 UTC for times in any usual form.

    Args:
        column: instants with or without a zone, texts of ISO 8601 (also ``2014/2/1 10:15``), or
            numbers of seconds, milliseconds, microseconds or nanoseconds since 1970.
        zone: of those that name none; of an hour that comes twice a year the second one is taken.

    Returns:
        int64[n], ``UNREADABLE`` where there is none between 1740 and 2200.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _localised(column, zone)
    if _are_numbers(column.head(_SAMPLE)):
        numbers = pd.to_numeric(column, errors="coerce")
        return _epochs(numbers.to_numpy(np.float64, na_value=np.nan))
    texts = column.astype("string").str.strip()
    if texts.str.contains("/", regex=False).any():
        texts = texts.str.replace(_YEAR_FIRST, _dashed, regex=True)
    is_zoned = _zoned(texts)
    found = np.full(len(texts), UNREADABLE)
    zoned = pd.to_datetime(texts[is_zoned], format="ISO8601", utc=True, errors="coerce")
    found[is_zoned] = _localised(zoned, zone)
    plain = pd.to_datetime(texts[~is_zoned], format="ISO8601", errors="coerce")
    found[~is_zoned] = _localised(plain, zone)
    return found


def _are_numbers(column: "pd.Series[Any]") -> bool:
    """Return whether most of them are."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return 2 * int(np.isfinite(numbers).sum()) > len(numbers)


def _zoned(texts: "pd.Series[Any]") -> NDArray[np.bool_]:
    """Return which times name a zone; a date alone, ``2026-02``, ends like one and names none."""
    code, ends = pd.factorize(texts.str.slice(-_ZONE_CHARS))
    is_zone = np.array([bool(re.search(_ZONED, str(end))) for end in ends] + [False], np.bool_)
    has_hours = texts.str.contains(":", regex=False).fillna(value=False).to_numpy(bool)
    return is_zone[code] & has_hours


def instant(text: str, zone: tzinfo) -> int:
    """Return one, ``UNREADABLE`` if it is none."""
    return int(instants(pd.Series([text], dtype="string"), zone)[0])


def instants_of(texts: Sequence[str], zone: tzinfo) -> Ints:
    """Return those of a list."""
    return instants(pd.Series(list(texts), dtype="string"), zone)


def _dashed(found: re.Match[str]) -> str:
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"


def _localised(column: "pd.Series[Any]", zone: tzinfo) -> Ints:
    if column.dt.tz is None:
        ambiguous: NDArray[np.bool_] = np.zeros(len(column), np.bool_)
        column = column.dt.tz_localize(zone, ambiguous=ambiguous, nonexistent="shift_forward")
    told = column.dt.tz_convert(UTC).dt.as_unit("us")
    found = told.astype("int64").to_numpy(np.int64).copy()
    found[column.isna().to_numpy(bool) | (np.abs(found) >= _FARTHEST_US)] = UNREADABLE
    return np.asarray(found, np.int64)


def _epochs(numbers: NDArray[np.float64]) -> Ints:
    known = np.isfinite(numbers)
    size = float(np.median(np.abs(numbers[known])))
    by = next(us for least, us in _MAGNITUDES if size >= least)
    found = np.full(len(numbers), UNREADABLE)
    known[known] = np.abs(numbers[known] * by) < _FARTHEST_US
    found[known] = np.round(numbers[known] * by).astype(np.int64)
    return found


def as_datetime(ts_us: int) -> datetime:
    """Return an instant in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ts_us)
