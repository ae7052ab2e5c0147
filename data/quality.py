"""What people set for the quality of series: settings of checks, and the revision of all of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from data.reference.quality_checks import (
    CheckSettings,
    check_settings,
    with_overrides,
)

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]
Scope = Literal["series", "entity"]

# The row stays locked until the end of the transaction, so that revisions follow one another.
_GROW = """
    INSERT INTO quality_state (id, revision) VALUES (1, 1)
    ON CONFLICT (id) DO UPDATE SET revision = quality_state.revision + 1"""

_SERIES = """
    SELECT s.id, s.entity, e.class_code AS entity_class, s.quantity, s.statistic, s.mode,
           s.period_s
    FROM series s JOIN entity e ON e.code = s.entity WHERE s.id = %s"""

_OF_SERIES = """
    SELECT (q.series_id IS NOT NULL) AS own, q.settings, q.actor, q.reason, q.set_at
    FROM quality_setting q JOIN series s ON s.id = %s
    WHERE q.entity = s.entity AND q.quantity = s.quantity
    AND (q.series_id IS NULL OR q.series_id = s.id) ORDER BY own"""

_ALL = "SELECT entity, quantity, series_id, settings FROM quality_setting"

_SET = """
    INSERT INTO quality_setting (entity, quantity, series_id, settings, actor, reason)
    VALUES (%(entity)s, %(quantity)s, %(series)s, %(settings)s, %(actor)s, %(reason)s)
    ON CONFLICT ON CONSTRAINT uq_quality_setting_scope DO UPDATE SET
        settings = excluded.settings, actor = excluded.actor, reason = excluded.reason,
        set_at = now()"""

_UNSET = """
    DELETE FROM quality_setting WHERE entity = %(entity)s AND quantity = %(quantity)s
    AND series_id IS NOT DISTINCT FROM %(series)s"""

_LATEST = "SELECT series_id, ts FROM series_latest WHERE series_id = ANY (%s)"

FAR_AHEAD = timedelta(hours=1)
"""A reading that is observed so long after its arrival must not make the next ones late."""

# Constant bounds let the chunks of other times be left alone.
_LAST_VALUES = """
    SELECT wanted.series_id, o.ts, CASE WHEN o.ts > o.received_at + %(ahead)s THEN o.received_at
           ELSE o.ts END, o.value, o.quality
    FROM unnest(%(series)s::int4[], %(newest)s::timestamptz[]) AS wanted (series_id, newest)
    CROSS JOIN LATERAL (
        SELECT ts, received_at, value, quality FROM observation
        WHERE series_id = wanted.series_id AND ts <= wanted.newest
        AND ts > wanted.newest - interval '3 days'
        AND ts > %(oldest)s::timestamptz - interval '3 days' AND ts <= %(last)s
        ORDER BY ts DESC LIMIT %(most)s
    ) o ORDER BY wanted.series_id, o.ts"""


class UnknownSeriesError(LookupError):
    """A series that the store does not have. Check its number."""


class CheckedSeries(NamedTuple):
    """A series as far as its checks depend on it."""

    id: int
    entity: int
    entity_class: str
    quantity: str
    statistic: str
    mode: str
    period_s: int

    def defaults(self) -> CheckSettings:
        """Return what the reference tables expect of it."""
        return check_settings(self.entity_class, self.quantity, self.statistic, self.period_s)


class Setting(NamedTuple):
    """What somebody set, for one series alone (``own``) or for all of its entity and quantity."""

    own: bool
    settings: dict[str, Any]
    actor: str
    reason: str
    set_at: datetime


class Override(NamedTuple):
    """What is set for an entity and quantity, or for one series of them."""

    entity: int
    quantity: str
    series_id: int | None
    settings: dict[str, Any]


class LastValue(NamedTuple):
    """A stored value of a series; ``seen`` is when it was observed, or arrived if long before."""

    series_id: int
    ts: datetime
    seen: datetime
    value: float
    quality: int


def grow_revision(connection: Connection) -> None:
    """Tell whoever keeps settings and calibrations in memory that they changed."""
    connection.execute(_GROW)


def read_series(connection: Connection, series_id: int) -> CheckedSeries:
    """Return a series.

    Raises:
        UnknownSeriesError: there is none of that number.
    """
    with connection.cursor(row_factory=class_row(CheckedSeries)) as cursor:
        found = cursor.execute(_SERIES, (series_id,)).fetchone()
    if found is None:
        raise UnknownSeriesError(f"series {series_id}: not in the store")
    return found


def settings_of(connection: Connection, series_id: int) -> list[Setting]:
    """Return what is set for a series: for its entity and quantity first, then for itself."""
    with connection.cursor(row_factory=class_row(Setting)) as cursor:
        return cursor.execute(_OF_SERIES, (series_id,)).fetchall()


def effective(series: CheckedSeries, settings: list[Setting]) -> CheckSettings:
    """Return what is expected of a series after all."""
    found = series.defaults()
    for each in settings:
        found = with_overrides(found, each.settings)
    return found


def set_settings(
    connection: Connection,
    series: CheckedSeries,
    scope: Scope,
    settings: Mapping[str, Any],
    *,
    by: tuple[str, str],
) -> None:
    """Replace what is set in a scope; nothing at all leaves the defaults.

    Args:
        connection: the transaction; settings hold from the ingest process's next batch after it.
        series: a series of the scope.
        scope: the series alone, or all series of its entity and quantity.
        settings: fields of ``CheckSettings``; None where nothing is to be expected.
        by: who sets it and why.
    """
    actor, reason = by
    told = {
        "entity": series.entity,
        "quantity": series.quantity,
        "series": series.id if scope == "series" else None,
        "settings": Jsonb(dict(settings)),
        "actor": actor,
        "reason": reason,
    }
    connection.execute(_SET if settings else _UNSET, told)
    grow_revision(connection)


def read_overrides(connection: Connection) -> list[Override]:
    """Return everything that is set."""
    with connection.cursor(row_factory=class_row(Override)) as cursor:
        return cursor.execute(_ALL).fetchall()


def last_values(cursor: Cursor, series_ids: list[int], most: int) -> list[LastValue]:
    """Return the newest stored values of series, up to ``most`` of each, in order of time."""
    newest = cursor.execute(_LATEST, (series_ids,)).fetchall()
    if not newest:
        return []
    numbers, instants = zip(*newest, strict=True)
    told = {
        "series": list(numbers),
        "newest": list(instants),
        "oldest": min(instants),
        "last": max(instants),
        "most": most,
        "ahead": FAR_AHEAD,
    }
    return [LastValue(*row) for row in cursor.execute(_LAST_VALUES, told)]
