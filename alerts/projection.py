"""The alert as everybody outside sees it: one document for lists, live stream and notices."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import cast

import psycopg
from psycopg.rows import DictRow, dict_row

from alerts.freshness import PATIENCE
from alerts.handling.record import Handling, quiet_reason
from alerts.record import AlertRecord
from data.reference import quantities
from data.reference.case_classes import case_class_of_rule
from twin.codes import EntityCode

AlertDocument = dict[str, object]

ALERT_COLUMNS = ", ".join(f"a.{column}" for column in AlertRecord._fields)
HANDLING_COLUMNS = ", ".join(f"a.{column}" for column in Handling._fields)

ALERTS_IN_CONTEXT = f"""
SELECT {ALERT_COLUMNS}, {HANDLING_COLUMNS},
       e.name AS entity_name,
       d.name AS device_name,
       coalesce(a.lon, p.lon) AS lon, coalesce(a.lat, p.lat) AS lat,
       coalesce(s.quantity, r.body->>'quantity') AS quantity,
       r.body->>'title_zh' AS title_zh,
       r.body->>'title_en' AS title_en,
       f.stale_since
FROM alert a
JOIN entity e ON e.code = a.entity
LEFT JOIN entity d ON d.code = a.device
LEFT JOIN series s ON s.id = a.series_id
LEFT JOIN rule_version r ON r.rule = a.rule AND r.version = a.rule_version
LEFT JOIN series_latest l ON l.series_id = s.id AND s.mode = 'actual'
LEFT JOIN device_state v ON v.device = s.device
LEFT JOIN LATERAL (
    SELECT w.due AS stale_since FROM (SELECT l.ts + {PATIENCE} AS due) w WHERE w.due <= now()
) f ON true
LEFT JOIN LATERAL (
    SELECT round(st_x(g.point)::numeric, 6)::float8 AS lon,
           round(st_y(g.point)::numeric, 6)::float8 AS lat
    FROM (SELECT st_transform(st_pointonsurface(e.geom), 4326) AS point) g
) p ON true
"""  # noqa: S608 -- the names of the record's own columns
"""One row an alert, with the names and the place that its document needs."""

_BY_ID = ALERTS_IN_CONTEXT + "WHERE a.id = ANY(%s)"


def document(row: Mapping[str, object]) -> AlertDocument:
    """Return the document of a row of ``ALERTS_IN_CONTEXT``.

    Codes are texts of 16 digits, times RFC 3339 in UTC with milliseconds, ``place`` is
    [longitude, latitude] in WGS 84 or None.
    """
    return {
        "id": row["id"],
        "mode": row["mode"],
        "domain": row["domain"],
        "level": row["level"],
        "entity": _code(row["entity"]),
        "device": _code(row["device"]),
        "series": row["series_id"],
        "rule": row["rule"],
        "rule_version": row["rule_version"],
        "state": row["state"],
        "raised_at": _time(row["raised_at"]),
        "observed_at": _time(row["observed_at"]),
        "acknowledged_at": _time(row["acknowledged_at"]),
        "cleared_at": _time(row["cleared_at"]),
        "closed_at": _time(row["closed_at"]),
        "reason": row["reason"],
        "value": row["value"],
        "limit": row["limit_value"],
        "version": row["version"],
        "occurrences": row["occurrences"],
        **_handling(row),
        **_context(row),
        **_data(row),
    }


def _data(row: Mapping[str, object]) -> AlertDocument:
    """Return whether what a standing alert is about is measured still; None without a series."""
    since = row["stale_since"]
    stands = row["state"] not in ("cleared", "closed")
    known = stands and row["series_id"] is not None and row["mode"] == "actual"
    return {
        "data": ("current" if since is None else "stale") if known else None,
        "data_stale_since": _time(since) if known else None,
    }


def _handling(row: Mapping[str, object]) -> AlertDocument:
    quiet = quiet_reason(row["shelved_until"], row["silenced_by"], row["suppressed_by"])
    return {
        "assignee": row["assignee"],
        "department": row["department"],
        "handling_since": _time(row["handling_since"]),
        "quiet": quiet,
        "shelved_until": _time(row["shelved_until"]),
        "silenced_by": row["silenced_by"],
        "suppressed_by": row["suppressed_by"],
        "verdict": row["verdict"],
        "verdict_reason": row["verdict_reason"],
        "duplicate_of": row["duplicate_of"],
        "found_by": row["found_by"],
        "algorithm": row["algorithm"],
    }


def _context(row: Mapping[str, object]) -> AlertDocument:
    quantity = cast("str | None", row["quantity"])
    known = quantity is not None and quantity in quantities()
    found = case_class_of_rule(cast("str", row["rule"]))
    return {
        "entity_name": row["entity_name"],
        "device_name": row["device_name"],
        "place": None if row["lon"] is None else [row["lon"], row["lat"]],
        "quantity": quantity,
        "unit": quantities()[quantity].unit if quantity is not None and known else None,
        "title_zh": found.title_zh if found else row["title_zh"],
        "title_en": found.title_en if found else row["title_en"],
    }


def context_rows(connection: psycopg.Connection[object], ids: Iterable[int]) -> dict[int, DictRow]:
    """Return the rows that documents are made of, by alert id, in one query."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_BY_ID, [list(ids)])
        return {row["id"]: row for row in cursor}


async def read_documents(
    connection: psycopg.AsyncConnection[object], ids: Iterable[int]
) -> dict[int, AlertDocument]:
    """Return the documents of alerts by id, in one query."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_BY_ID, [list(ids)])
        return {row["id"]: document(row) async for row in cursor}


def _code(number: object) -> str | None:
    return None if number is None else str(EntityCode.from_int(cast("int", number)))


def _time(instant: object) -> str | None:
    if not isinstance(instant, datetime):
        return None
    text = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
