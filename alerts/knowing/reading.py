"""What the store knows about things, their series, their devices and what stands at them."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import class_row, dict_row

from alerts.freshness import PATIENCE

Connection = psycopg.AsyncConnection[Any]

_IN_SCOPE = """
    NOT e.retired AND (%(entities)s::int8[] IS NULL OR e.code = ANY (%(entities)s))
    AND (%(area)s::int8 IS NULL
         OR st_intersects(e.geom, (SELECT geom FROM entity WHERE code = %(area)s)))
"""
# A series is heard while its last reliable reading is not older than three intervals of its device
# (docs/devices.md); which one that is must be looked up only where the newest is refused.
_SERIES = f"""
SELECT s.id, s.entity, e.class_code, s.quantity, s.channel,
       ARRAY(SELECT k FROM unnest(%(limits)s::text[]) k WHERE e.properties ? k) AS limits,
       coalesce(k.datum, '') AS datum, l.ts AS newest,
       {PATIENCE} AS patience,
       CASE WHEN l.quality & 3 = 2 THEN (
           SELECT max(o.ts) FROM observation o
           WHERE o.series_id = s.id AND o.ts <= l.ts AND o.quality & 3 <> 2
             AND o.ts > l.ts - greatest(interval '7 days', {PATIENCE})
             AND o.ts > %(now)s::timestamptz - interval '1 year')
       ELSE l.ts END AS sound
FROM series s
JOIN entity e ON e.code = s.entity
LEFT JOIN entity d ON d.code = s.device
LEFT JOIN series_latest l ON l.series_id = s.id
LEFT JOIN device_state v ON v.device = s.device
LEFT JOIN series_calibration k ON k.series_id = s.id AND k.valid @> %(now)s::timestamptz
WHERE s.mode = 'actual' AND s.quantity = ANY (%(quantities)s) AND {_IN_SCOPE}
  AND (s.device IS NULL OR NOT d.retired AND s.entity = coalesce((
      SELECT r.target FROM relation r JOIN entity x ON x.code = r.target AND NOT x.retired
      WHERE r.origin = s.device AND r.kind = 'monitors' AND r.superseded_in IS NULL
      ORDER BY r.distance_m NULLS LAST, r.id LIMIT 1), s.device))
"""  # noqa: S608 - the condition above
_DEVICES = f"""
SELECT e.code AS entity, e.class_code, v.state, v.since
FROM device_state v JOIN entity e ON e.code = v.device
WHERE {_IN_SCOPE}
"""  # noqa: S608 - the condition above
# What a person has closed over still stands; what a person has found stands until it is closed.
_STANDING = f"""
SELECT s.entity, e.class_code, s.rule, NULL AS domain, s.level
FROM rule_state s JOIN entity e ON e.code = s.entity
WHERE s.mode = 'actual' AND s.level IS NOT NULL AND s.rule = ANY (%(rules)s) AND {_IN_SCOPE}
UNION ALL
SELECT a.entity, e.class_code, a.rule, a.domain, a.level
FROM alert a JOIN entity e ON e.code = a.entity
WHERE a.mode = 'actual' AND a.found_by <> 'rule' AND a.state NOT IN ('cleared', 'closed')
  AND (%(domain)s::text IS NULL OR a.domain = %(domain)s) AND {_IN_SCOPE}
"""  # noqa: S608 - the condition above
_COUNTS = f"""
SELECT e.class_code, count(*) AS things FROM entity e
WHERE e.class_code = ANY (%(classes)s) AND {_IN_SCOPE}
GROUP BY 1
"""  # noqa: S608 - the condition above
_OTHERS = f"""
SELECT e.code, e.class_code FROM entity e
WHERE e.class_code = ANY (%(classes)s) AND e.code >= %(first)s AND e.code <> ALL (%(known)s)
  AND {_IN_SCOPE}
ORDER BY e.code LIMIT %(rows)s
"""  # noqa: S608 - the condition above
_ALERTS = """
SELECT g.entity, g.rule, a.id AS alert, a.raised_at, a.reason, a.cleared_at
FROM json_to_recordset(%s::json) AS g (entity int8, rule text)
CROSS JOIN LATERAL (
    SELECT id, raised_at, reason, cleared_at FROM alert
    WHERE entity = g.entity AND rule = g.rule AND mode = 'actual'
    ORDER BY id DESC LIMIT 1) a
"""
_NAMES = "SELECT code, name FROM entity WHERE code = ANY (%s)"


class Heard(NamedTuple):
    """A series of a thing, and when it was last heard.

    Attributes:
        id: its number.
        entity: code of the thing.
        class_code: of the thing.
        quantity: what it measures.
        channel: the source's own qualifier.
        limits: the properties of the thing that are limits of rules.
        datum: of its values.
        newest: its newest reading; None if it has none.
        patience: three of its intervals.
        sound: its newest reading that can be relied on; None if there is none in a week, or in
            three intervals where that is longer.
    """

    id: int
    entity: int
    class_code: str
    quantity: str
    channel: str
    limits: list[str]
    datum: str
    newest: datetime | None
    patience: timedelta
    sound: datetime | None


class Device(NamedTuple):
    """A device and its state of docs/devices.md."""

    entity: int
    class_code: str
    state: str
    since: datetime | None


class Stands(NamedTuple):
    """A level that stands; ``domain`` is that of a person's find, None where a rule says it."""

    entity: int
    class_code: str
    rule: str
    domain: str | None
    level: str


class Told(NamedTuple):
    """The latest alert of a rule at a thing."""

    entity: int
    rule: str
    alert: int
    raised_at: datetime
    reason: str
    cleared_at: datetime | None


class Other(NamedTuple):
    """A thing at which nothing is measured."""

    code: int
    class_code: str


class Reader:
    """Asks the store about the things of a scope.

    Args:
        connection: of the store.
        asked: the parameters ``entities``, ``area``, ``domain``, ``now``.
    """

    def __init__(self, connection: Connection, asked: dict[str, object]) -> None:
        self._connection = connection
        self._asked = asked

    async def series(self, quantities: Collection[str], limits: Collection[str]) -> list[Heard]:
        """Return the series of some quantities that tell of things still.

        Args:
            quantities: of the series.
            limits: names of properties that are limits of rules.
        """
        told = {"quantities": sorted(quantities), "limits": sorted(limits)}
        return await self._rows(Heard, _SERIES, **told)

    async def devices(self) -> list[Device]:
        """Return devices."""
        return await self._rows(Device, _DEVICES)

    async def standing(self, rules: Iterable[str]) -> list[Stands]:
        """Return the levels of rules, and of people's finds, that stand."""
        return await self._rows(Stands, _STANDING, rules=list(rules))

    async def counts(self, classes: Collection[str]) -> dict[str, int]:
        """Return how many things of each class there are."""
        async with self._connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_COUNTS.encode(), {**self._asked, "classes": list(classes)})
            return {row["class_code"]: row["things"] for row in await cursor.fetchall()}

    async def others(
        self, classes: Collection[str], known: Collection[int], first: int, rows: int
    ) -> list[Other]:
        """Return things of classes that are not known, by their codes from one on."""
        told = {"classes": list(classes), "known": list(known), "first": first, "rows": rows}
        return await self._rows(Other, _OTHERS, **told)

    async def alerts(self, recordset: str) -> list[Told]:
        """Return the latest alerts of rules at things, given as JSON rows."""
        async with self._connection.cursor(row_factory=class_row(Told)) as cursor:
            await cursor.execute(_ALERTS, [recordset])
            return await cursor.fetchall()

    async def names(self, codes: Collection[int]) -> dict[int, str]:
        """Return the names of things."""
        async with self._connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_NAMES, [list(codes)])
            return {row["code"]: row["name"] for row in await cursor.fetchall()}

    async def _rows(self, kind: type[Any], query: str, **more: object) -> list[Any]:
        async with self._connection.cursor(row_factory=class_row(kind)) as cursor:
            await cursor.execute(query.encode(), {**self._asked, **more})
            return await cursor.fetchall()
