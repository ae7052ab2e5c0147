"""What makes alerts quiet when they are raised, and what makes quiet ones speak again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from alerts.projection import ALERT_COLUMNS
from alerts.record import AlertRecord, Step
from alerts.states import IS_OPEN

Cursor = psycopg.Cursor[tuple[Any, ...]]

NOBODY = "twin"
"""Who ends what was to end by itself; no account can have this name."""

_RANK = "array_position(ARRAY['blue', 'yellow', 'orange', 'red'], {})"

# Of several silences the one that lasts longest counts, so that its end is the end of all.
_SILENCE = f"""
UPDATE alert SET silenced_by = m.silence
FROM (
    SELECT DISTINCT ON (a.id) a.id, s.id AS silence, s.kind, s.reason
    FROM alert a
    JOIN entity e ON e.code = a.entity
    LEFT JOIN entity d ON d.code = a.device
    JOIN alert_silence s
      ON s.ended_at IS NULL AND s.mode = a.mode
     AND s.starts_at <= a.raised_at AND a.raised_at < s.ends_at
     AND {_RANK.format("a.level")} <= {_RANK.format("s.at_most")}
     AND (s.rules IS NULL OR a.rule = ANY (s.rules))
     AND (s.domains IS NULL OR a.domain = ANY (s.domains))
     AND (s.entities IS NULL OR a.entity = ANY (s.entities)
          OR s.kind = 'maintenance' AND a.device = ANY (s.entities))
     AND (s.classes IS NULL OR e.class_code = ANY (s.classes)
          OR s.kind = 'maintenance' AND d.class_code = ANY (s.classes))
    LEFT JOIN entity i ON i.code = s.area
    WHERE a.id = ANY (%s)
      AND (s.area IS NULL OR a.entity = s.area OR ST_Intersects(i.geom, e.geom)
           OR s.kind = 'maintenance' AND ST_Intersects(i.geom, d.geom))
    ORDER BY a.id, s.ends_at DESC, s.id
) m
WHERE alert.id = m.id
RETURNING alert.id, m.kind || ' ' || m.silence || ': ' || m.reason
"""  # noqa: S608 -- constants of this module
_ANY_SILENCE = "SELECT EXISTS (SELECT FROM alert_silence WHERE ended_at IS NULL)"

_LOUDER_SHELVED = f"""
UPDATE alert a SET shelved_until = NULL, version = version + 1
WHERE a.id = ANY (%s) AND a.shelved_until IS NOT NULL
RETURNING {ALERT_COLUMNS}
"""  # noqa: S608 -- the record's own columns
_LOUDER_SILENCED = f"""
UPDATE alert a SET silenced_by = NULL, version = a.version + 1
FROM alert_silence s
WHERE a.id = ANY (%s) AND s.id = a.silenced_by
  AND {_RANK.format("a.level")} > {_RANK.format("s.at_most")}
RETURNING {ALERT_COLUMNS}
"""  # noqa: S608 -- the record's own columns

_END_SILENCES = """
UPDATE alert_silence SET ended_at = ends_at, ended_by = %s WHERE ended_at IS NULL AND ends_at <= %s
"""
_END_SHELVED = f"""
UPDATE alert a SET shelved_until = NULL, version = version + 1
WHERE a.shelved_until <= %s
RETURNING {ALERT_COLUMNS}
"""  # noqa: S608 -- the record's own columns
_END_SILENCED = f"""
UPDATE alert a SET silenced_by = NULL, version = a.version + 1
FROM alert_silence s
WHERE s.id = a.silenced_by AND a.{IS_OPEN} AND s.ended_at <= %s
RETURNING {ALERT_COLUMNS}
"""  # noqa: S608 -- the record's own columns


def silence(cursor: Cursor, raised: Sequence[int]) -> Mapping[int, str]:
    """Mark the alerts that were raised under a silence; return what is noted of each."""
    if not raised:
        return {}
    cursor.execute(_ANY_SILENCE)
    if cursor.fetchall() == [(False,)]:
        return {}
    cursor.execute(_SILENCE, [list(raised)])
    return dict(cursor.fetchall())


async def silence_found(connection: psycopg.AsyncConnection[Any], alert: int) -> str:
    """Mark a find that was raised under a silence; return what is noted of it, or nothing."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_SILENCE.encode(), [[alert]])
        row = await cursor.fetchone()
    return "" if row is None else str(row[1])


def speak_louder(cursor: Cursor, escalated: Mapping[int, datetime]) -> list[Step]:
    """Make alerts speak whose level rose above that at which somebody made them quiet.

    Args:
        cursor: of the running transaction.
        escalated: the alerts whose level rose, and when.
    """
    if not escalated:
        return []
    ids = list(escalated)
    cursor.execute(_LOUDER_SHELVED, [ids])
    steps = [_step(row, "unshelved", "its level rose", escalated[row[0]]) for row in cursor]
    cursor.execute(_LOUDER_SILENCED, [ids])
    return steps + [
        _step(row, "unsilenced", "its level is above the silence's", escalated[row[0]])
        for row in cursor
    ]


def speak_again(cursor: Cursor, now: datetime) -> list[Step]:
    """Make alerts speak whose shelf or silence is over."""
    cursor.execute(_END_SILENCES, [NOBODY, now])
    cursor.execute(_END_SHELVED, [now])
    steps = [_step(row, "unshelved", "its time on the shelf is over", now) for row in cursor]
    cursor.execute(_END_SILENCED, [now])
    return steps + [_step(row, "unsilenced", "its silence is over", now) for row in cursor]


def _step(row: tuple[Any, ...], event: str, reason: str, at: datetime) -> Step:
    alert = AlertRecord(*row)
    return Step(alert, event, alert.state, NOBODY, reason, at, None, None)
