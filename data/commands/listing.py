"""Commands with their steps, the newest first."""

from typing import Any, Final, LiteralString

import psycopg
from psycopg.rows import dict_row

Connection = psycopg.Connection[tuple[Any, ...]]

COMMANDS: Final[LiteralString] = """
    SELECT c.id, c.device::text, c.name, c.parameters, c.reason, c.state, c.second_person,
           c.protocol, c.requested_by, c.requested_at, c.expires_at, c.sent_at, c.deadline_at,
           c.ended_at, c.late_answer,
           (SELECT jsonb_agg(jsonb_build_object(
                'event', s.event, 'from_state', s.from_state, 'to', s.to_state, 'actor', s.actor,
                'sentence', s.sentence, 'at', s.at) ORDER BY s.id)
            FROM command_step s WHERE s.command_id = c.id) AS steps
    FROM command c
    WHERE (%(id)s::int8 IS NULL OR c.id = %(id)s)
    AND (%(device)s::int8 IS NULL OR c.device = %(device)s)
    AND (%(state)s::text IS NULL OR c.state = %(state)s)
    AND (%(before)s::int8 IS NULL OR c.id < %(before)s)
    ORDER BY c.id DESC LIMIT %(more)s"""
"""Asks for ``id``, ``device``, ``state``, ``before``, each of which may be None; and ``more``."""

ANY: Final[dict[str, Any]] = {
    "id": None,
    "device": None,
    "state": None,
    "before": None,
    "more": 100,
}


def read_commands(connection: Connection, **wanted: object) -> list[dict[str, Any]]:
    """Return commands, the newest first; conditions of ``COMMANDS`` add up."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(COMMANDS, ANY | wanted).fetchall()
