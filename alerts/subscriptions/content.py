"""The body of a notice: what is told of incidents and alerts, as it stood when it was planned."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

from alerts.projection import context_rows, document
from alerts.subscriptions.groups import Verdict
from alerts.subscriptions.judging import Member
from alerts.subscriptions.subscription import LEVELS
from alerts.subscriptions.texts import words_of

Connection = psycopg.Connection[tuple[Any, ...]]
Document = dict[str, Any]

MOST_ALERTS = 20
"""That stand in a notice of a group; it says how many there are."""

MOST_JOINED = 2
"""That stand in a notice of several groups, of each of them."""

_INCIDENTS = """
SELECT i.id, i.state, i.level, i.domain, i.title_zh, i.title_en, i.began_at, i.ended_at, i.version,
       ST_X(p.point) AS lon, ST_Y(p.point) AS lat
FROM incident i
LEFT JOIN LATERAL (SELECT ST_Transform(ST_PointOnSurface(i.place), 4326) AS point) p ON true
WHERE i.id = ANY(%s)
"""


class Sources(NamedTuple):
    """Rows that bodies are made of: incidents by number, documents of alerts by id."""

    incidents: Mapping[int, Mapping[str, Any]]
    alerts: Mapping[int, Document]


def shown_members(members: Sequence[Member]) -> list[Member]:
    """Return the members that stand in a notice: the open first, of those the highest level."""
    seen = [one for one in members if not one.muted or not one.is_open] or list(members)
    order = sorted(seen, key=lambda one: (not one.is_open, -LEVELS.index(one.level), one.alert))
    return order[:MOST_ALERTS]


def read_sources(
    connection: Connection, incidents: Iterable[int], members: Iterable[Sequence[Member]]
) -> Sources:
    """Read what the bodies of groups need, in two queries."""
    ids = {one.alert for group in members for one in shown_members(group)}
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_INCIDENTS, [sorted(incidents)])
        found = {row["id"]: row for row in cursor}
    rows = context_rows(connection, ids) if ids else {}
    return Sources(found, {number: document(row) for number, row in rows.items()})


def group_document(verdict: Verdict, sources: Sources) -> Document:
    """Return what a notice says about one group."""
    group = verdict.group
    return subject_document(group.subject, group.incident, group.members, sources) | {
        "reason": verdict.judged.reason,
        "over": verdict.judged.over or group.successor is not None,
        "continues_in": group.successor,
    }


def subject_document(
    subject: str, incident: int | None, members: Sequence[Member], sources: Sources
) -> Document:
    """Return an incident, or an alert that has none, with its alerts."""
    shown = [sources.alerts[one.alert] for one in shown_members(members)]
    row = sources.incidents.get(incident or 0)
    head = _of_incident(row) if row is not None else _of_alert(shown)
    counted = [one for one in members if not one.muted or not one.is_open]
    standing = [one.level for one in counted if one.is_open]
    return {
        "subject": subject,
        "incident": incident,
        **head,
        "level": max(standing, key=LEVELS.index, default=head["level"]),
        "alert_count": len(counted),
        "open_count": len(standing),
        "muted_count": len(members) - len(counted),
        "alerts": shown,
    }


def _of_incident(row: Mapping[str, Any]) -> Document:
    return {
        "state": row["state"],
        "domain": row["domain"],
        "level": row["level"],
        "title_zh": row["title_zh"],
        "title_en": row["title_en"],
        "since": instant(row["began_at"]),
        "place": None if row["lon"] is None else [round(row["lon"], 6), round(row["lat"], 6)],
        "version": row["version"],
    }


def _of_alert(shown: Sequence[Document]) -> Document:
    first = shown[0] if shown else {}
    name, rule = first.get("entity_name") or "", first.get("rule") or ""
    return {
        "state": first.get("state"),
        "domain": first.get("domain"),
        "level": first.get("level"),
        "title_zh": f"{name}{first.get('title_zh') or rule}",
        "title_en": f"{first.get('title_en') or rule}, {name}",
        "since": first.get("raised_at"),
        "place": first.get("place"),
        "version": first.get("version"),
    }


def body_of(
    reason: str, mode: str, groups: Sequence[Document], at: datetime, message: str = ""
) -> Document:
    """Return the body of a notice without its number, which the sender adds."""
    words = words_of(reason, mode, groups, message)
    return {
        "reason": reason,
        "mode": mode,
        "at": instant(at),
        **words._asdict(),
        "message": message,
        "groups": list(groups),
    }


def instant(moment: datetime) -> str:
    """Return RFC 3339 in UTC with milliseconds."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
