"""Instants as microseconds since 1970 UTC: what batches carry, and the way to datetime and back."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(instant: datetime) -> int:
    """Return an aware datetime as microseconds since 1970 UTC.

    Raises:
        ValueError: the datetime has no zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"time {instant.isoformat()}: expected a zone, e.g. +08:00")
    return (instant - _EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """Return microseconds since 1970 as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
