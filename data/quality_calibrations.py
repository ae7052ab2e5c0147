"""Calibrations of series: value = scale x raw value + shift, and the datum, each for its time."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import class_row

from data.quality import grow_revision

Connection = psycopg.Connection[tuple[Any, ...]]

_EVER = datetime(1, 1, 2, tzinfo=UTC)
_NEVER = datetime(9999, 12, 30, tzinfo=UTC)

# Infinite ends have no datetime; nothing is observed beyond these.
_PERIODS = """
    SELECT id, series_id, greatest(lower(valid), %(ever)s) AS begins,
           least(upper(valid), %(never)s) AS ends, scale, shift, datum
    FROM series_calibration
    WHERE NOT isempty(valid) AND (%(series)s::int4 IS NULL OR series_id = %(series)s)
    ORDER BY series_id, valid"""

_LEAD = "SELECT now() + interval '5 seconds'"

_LATER = "SELECT max(ts) FROM observation WHERE series_id = %s AND ts >= %s"

_FORGET = "DELETE FROM series_calibration WHERE series_id = %(series)s AND lower(valid) >= %(at)s"
_END = """
    UPDATE series_calibration SET valid = tstzrange(lower(valid), %(at)s)
    WHERE series_id = %(series)s AND valid @> %(at)s::timestamptz"""
_BEGIN = """
    INSERT INTO series_calibration (series_id, valid, scale, shift, datum)
    VALUES (%(series)s, tstzrange(%(at)s, NULL), %(scale)s, %(shift)s, %(datum)s)"""
# A gate for changes of one series, which lets ingest write its values meanwhile.
_ALONE = "SELECT FROM series WHERE id = %s FOR NO KEY UPDATE"


class CalibrationRefusedError(ValueError):
    """A calibration that would change the meaning of stored values. Let it begin after them."""


class Calibration(NamedTuple):
    """How raw values become values: ``scale`` x raw + ``shift``, counted from ``datum``."""

    scale: float
    shift: float
    datum: str


class Period(NamedTuple):
    """A calibration and when it is valid, beginning included and end not."""

    id: int
    series_id: int
    begins: datetime
    ends: datetime
    scale: float
    shift: float
    datum: str

    @property
    def begun(self) -> datetime | None:
        """When it begins, None if it always was valid."""
        return None if self.begins <= _EVER else self.begins

    @property
    def ended(self) -> datetime | None:
        """When it ends, None if it never does."""
        return None if self.ends >= _NEVER else self.ends


def read_periods(connection: Connection, series_id: int | None = None) -> list[Period]:
    """Return the calibrations of a series, or of all, in the order of series and time."""
    told = {"series": series_id, "ever": _EVER, "never": _NEVER}
    with connection.cursor(row_factory=class_row(Period)) as cursor:
        return cursor.execute(_PERIODS, told).fetchall()


def calibrate(
    connection: Connection, series_id: int, calibration: Calibration, begins: datetime | None
) -> datetime:
    """Let a calibration be valid from an instant on, in place of whatever was to come then.

    Stored values keep their meaning: it must begin after the last of them. Without an instant it
    begins in five seconds, by when the ingest process knows.

    Returns:
        When it begins.

    Raises:
        CalibrationRefusedError: values stand from then on.
    """
    connection.execute(_ALONE, (series_id,))
    if begins is None:
        (begins,) = connection.execute(_LEAD).fetchall()[0]
    (last,) = connection.execute(_LATER, (series_id, begins)).fetchall()[0]
    if last is not None:
        raise CalibrationRefusedError(
            f"from {begins.isoformat()}: series {series_id} has values up to {last.isoformat()},"
            " expected a beginning after them"
        )
    told = {"series": series_id, "at": begins, **calibration._asdict()}
    for statement in (_FORGET, _END, _BEGIN):
        connection.execute(statement, told)
    grow_revision(connection)
    return begins
