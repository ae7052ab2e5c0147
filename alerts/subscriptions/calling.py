"""Calls everyone on an incident, whatever the hour; and follows who got it and who answered."""

from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

from alerts.subscriptions.content import Document, body_of, read_sources, subject_document
from alerts.subscriptions.grouping import FITS, MUTED
from alerts.subscriptions.judging import Member
from alerts.subscriptions.planning import WAKE_WORD, add_delivery
from alerts.subscriptions.receipts import receipts_of
from alerts.subscriptions.watermark import wait_for_turn

Connection = psycopg.Connection[tuple[Any, ...]]

# Who follows it already is called though its level is not theirs.
_MATCHING = f"""
SELECT s.id FROM subscription s
WHERE s.enabled AND s.withdrawn_at IS NULL AND s.kind <> 'cap' AND EXISTS (
    SELECT FROM incident_alert i
    JOIN alert a ON a.id = i.alert_id
    JOIN entity e ON e.code = a.entity
    WHERE i.incident_id = %(incident)s AND ({FITS})
      AND (s.levels = '{{}}' OR a.level = ANY(s.levels) OR EXISTS (
          SELECT FROM notice_group g
          WHERE g.subscription_id = s.id AND g.subject = %(subject)s)))
ORDER BY s.id
"""  # noqa: S608 -- the conditions of grouping
_MEMBERS = f"""
SELECT a.id, a.level, a.state, {MUTED}, a.mode
FROM incident_alert i JOIN alert a ON a.id = i.alert_id
WHERE i.incident_id = %(incident)s ORDER BY a.id
"""  # noqa: S608 -- the condition of grouping
_MODE = "SELECT mode FROM incident WHERE id = %s"
_CALL = """
INSERT INTO incident_call (incident_id, message, actor, at) VALUES (%s, %s, %s, %s) RETURNING id
"""
_CALLS = """
SELECT id, message, actor, at FROM incident_call WHERE incident_id = %s ORDER BY id DESC
"""
_SENT = """
SELECT d.call_id, d.notice_id AS id, s.name AS subscription_name, s.kind, d.attempts,
       replace(d.state, ' ', '_') AS state, d.delivered_at, d.error
FROM delivery d JOIN subscription s ON s.id = d.subscription_id
WHERE d.call_id = ANY(%s) ORDER BY d.id
"""


class UnknownIncidentError(LookupError):
    """No incident has this number. Look it up in the list."""


class Call(NamedTuple):
    """A call that was made: its number, and how many subscriptions it goes to."""

    id: int
    deliveries: int


def call_everyone(
    connection: Connection, incident: int, message: str, *, actor: str, now: datetime
) -> Call:
    """Call all whose subscription fits an incident; quiet hours and rates do not hold.

    Raises:
        UnknownIncidentError: there is no such incident.
    """
    mode = _mode(connection, incident)
    # After whatever is being planned about it, so that the order of numbers is that of events.
    wait_for_turn(connection)
    row = connection.execute(_CALL, [incident, message, actor, now]).fetchone()
    number = int(row[0]) if row else 0
    subject = f"incident:{incident}"
    told = _told(connection, incident, subject, now) | {"reason": "call"}
    body = body_of("call", mode, [told], now, message)
    names = {"incident": incident, "subject": subject}
    matching = [found[0] for found in connection.execute(_MATCHING.encode(), names)]
    for subscription in matching:
        add_delivery(connection, subscription, body, [subject], now, number)
    connection.execute(f"NOTIFY {WAKE_WORD}")
    return Call(number, len(matching))


def list_calls(connection: Connection, incident: int) -> list[Document]:
    """Return the calls on an incident, the newest first, with deliveries and answers.

    Raises:
        UnknownIncidentError: there is no such incident.
    """
    _mode(connection, incident)
    with connection.cursor(row_factory=dict_row) as cursor:
        calls = cursor.execute(_CALLS, [incident]).fetchall()
        sent = cursor.execute(_SENT, [[call["id"] for call in calls]]).fetchall()
    answers = receipts_of(connection, [one["id"] for one in sent])
    deliveries: dict[int, list[Document]] = {call["id"]: [] for call in calls}
    for one in sent:
        deliveries[one.pop("call_id")].append(one | {"receipts": answers[one["id"]]})
    return [call | {"deliveries": deliveries[call["id"]]} for call in calls]


def _mode(connection: Connection, incident: int) -> str:
    row = connection.execute(_MODE, [incident]).fetchone()
    if row is None:
        raise UnknownIncidentError(f"incident {incident}: expected one of the list")
    return str(row[0])


def _told(connection: Connection, incident: int, subject: str, now: datetime) -> Document:
    values = {"incident": incident, "now": now}
    rows = connection.execute(_MEMBERS.encode(), values)
    members = [Member(*row[:-1]) for row in rows]
    sources = read_sources(connection, [incident], [members])
    return subject_document(subject, incident, members, sources) | {"over": False}
