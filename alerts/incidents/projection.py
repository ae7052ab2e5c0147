"""The incident as everybody outside sees it: one document for lists and notices."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import psycopg
from psycopg.rows import dict_row

from twin.codes import EntityCode

IncidentDocument = dict[str, object]

COLUMNS = """
SELECT i.id, i.mode, i.domain, i.level, i.state, i.root_alert, i.title_zh, i.title_en, i.began_at,
       i.changed_at, i.ended_at, i.closed_at, i.version, i.members, i.standing, i.merged_into,
       i.department, i.owner, i.accepted_at, i.offered, i.came_from, i.respond_by, i.complete_by,
       i.response_overdue_at, i.completion_overdue_at, i.supervisor, i.first_alert,
       a.entity, a.rule AS root_rule, e.name AS entity_name, d.name_zh AS department_zh,
       d.name_en AS department_en, p.lon, p.lat
FROM incident i
LEFT JOIN alert a ON a.id = i.root_alert
LEFT JOIN entity e ON e.code = a.entity
LEFT JOIN department d ON d.code = i.department
LEFT JOIN LATERAL (
    SELECT round(st_x(g.point)::numeric, 6)::float8 AS lon,
           round(st_y(g.point)::numeric, 6)::float8 AS lat
    FROM (SELECT st_transform(st_centroid(i.place), 4326) AS point) g
) p ON true
"""
"""One row an incident, with the names that its document needs."""

_BY_ID = COLUMNS + "WHERE i.id = ANY(%s)"


def document(row: Mapping[str, Any]) -> IncidentDocument:
    """Return the document of a row of ``COLUMNS``.

    Codes are texts of 16 digits, times RFC 3339 in UTC with milliseconds, ``place`` is
    [longitude, latitude] in WGS 84 of the middle of its alerts, or None.
    """
    return {
        "id": row["id"],
        "mode": row["mode"],
        "domain": row["domain"],
        "level": row["level"],
        "state": row["state"],
        "title_zh": row["title_zh"],
        "title_en": row["title_en"],
        "root_alert": row["root_alert"],
        "root_rule": row["root_rule"],
        "entity": None if row["entity"] is None else str(EntityCode.from_int(row["entity"])),
        "entity_name": row["entity_name"],
        "place": None if row["lon"] is None else [row["lon"], row["lat"]],
        "alerts": row["members"],
        "standing": row["standing"],
        "began_at": time_text(row["began_at"]),
        "changed_at": time_text(row["changed_at"]),
        "ended_at": time_text(row["ended_at"]),
        "closed_at": time_text(row["closed_at"]),
        "merged_into": row["merged_into"],
        "version": row["version"],
        **_people(row),
    }


def _people(row: Mapping[str, Any]) -> IncidentDocument:
    return {
        "department": row["department"],
        "department_zh": row["department_zh"],
        "department_en": row["department_en"],
        "owner": row["owner"],
        "accepted_at": time_text(row["accepted_at"]),
        "offered": row["offered"],
        "came_from": row["came_from"],
        "respond_by": time_text(row["respond_by"]),
        "complete_by": time_text(row["complete_by"]),
        "response_overdue_at": time_text(row["response_overdue_at"]),
        "completion_overdue_at": time_text(row["completion_overdue_at"]),
        "supervisor": row["supervisor"],
    }


def rows_by_id(
    connection: psycopg.Connection[Any], ids: Iterable[int]
) -> dict[int, Mapping[str, Any]]:
    """Return the rows that documents are made of, by incident, in one query."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_BY_ID, [list(ids)])
        return {row["id"]: row for row in cursor}


async def read_documents(
    connection: psycopg.AsyncConnection[Any], ids: Iterable[int]
) -> dict[int, IncidentDocument]:
    """Return the documents of incidents by id, in one query."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_BY_ID, [list(ids)])
        return {row["id"]: document(row) async for row in cursor}


def time_text(instant: object) -> str | None:
    """Return an instant as documents have it; None for none."""
    if not isinstance(instant, datetime):
        return None
    text = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def topic_of(incident: Mapping[str, object]) -> str:
    """Return the topic of a notice about a document; only ``actual`` has the plain one."""
    mode = cast("str", incident["mode"])
    realm = "citytwin" if mode == "actual" else f"citytwin/{mode}"
    return f"{realm}/v1/incidents/{incident['level']}/{incident['id']}"
