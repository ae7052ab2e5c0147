"""One datum, one source: what another than the authority says is kept apart and changes nothing."""

from typing import Any, NamedTuple

import psycopg
from psycopg.sql import SQL, Composed

from data.registry.errors import ChangeRefusedError
from data.registry.staging import FIELDS, Cursor, bit

_DISPUTED = """
    CREATE TEMP TABLE disputed ON COMMIT DROP AS
    SELECT s.code, p.property, p.bit, p.value, p.value = p.standing AS agrees
    FROM staged s JOIN entity e USING (code)
    CROSS JOIN LATERAL (
        VALUES {fields}
        UNION ALL
        SELECT key, 0, true, value, e.properties -> key FROM jsonb_each(s.properties)
        UNION ALL
        SELECT key, 0, true, 'null', e.properties -> key FROM unnest(s.removed) AS key
    ) AS p (property, bit, given, value, standing)
    JOIN authority a ON a.class_code = e.class_code AND a.property = p.property
    WHERE a.source <> %(source)s AND p.given
      AND p.standing IS NOT NULL AND p.standing NOT IN ('null', '""')"""

# A value that a person has dismissed once is not brought up again by the same source.
_KEPT = """
    INSERT INTO property_conflict AS c (code, property, source, value, change_set_id)
    SELECT d.code, d.property, %(source)s, d.value, %(change_set)s FROM disputed d
    WHERE NOT d.agrees AND NOT EXISTS (
        SELECT FROM property_conflict x WHERE x.code = d.code AND x.property = d.property
        AND x.source = %(source)s AND x.resolution = 'dismissed' AND x.value = d.value)
    ON CONFLICT (code, property, source) WHERE resolved_in IS NULL
    DO UPDATE SET value = excluded.value, change_set_id = excluded.change_set_id
    WHERE c.value <> excluded.value"""

_WITHDRAWN = """
    UPDATE property_conflict c SET resolved_in = %(change_set)s, resolution = 'withdrawn'
    FROM disputed d WHERE d.agrees AND c.code = d.code AND c.property = d.property
    AND c.source = %(source)s AND c.resolved_in IS NULL"""

_LEFT_OUT = """
    UPDATE staged s SET given = s.given & ~d.bits, properties = s.properties - d.keys,
        removed = (SELECT coalesce(array_agg(r), '{}') FROM unnest(s.removed) r
                   WHERE r <> ALL (d.keys))
    FROM (SELECT code, bit_or(bit) AS bits, array_agg(property) AS keys
          FROM disputed WHERE NOT agrees GROUP BY code) AS d
    WHERE d.code = s.code"""

_AGREED = """
    UPDATE property_conflict c SET resolved_in = %(change_set)s, resolution = 'agreed'
    FROM next_state n JOIN entity e USING (code)
    WHERE c.code = n.code AND c.resolved_in IS NULL AND c.value = coalesce(
        CASE c.property {fields} ELSE e.properties -> c.property END, 'null')"""

_AUTHORITY = """
    INSERT INTO authority (class_code, property, source, change_set_id) VALUES (%s, %s, %s, %s)
    ON CONFLICT (class_code, property) DO UPDATE
    SET source = excluded.source, change_set_id = excluded.change_set_id"""


class Conflict(NamedTuple):
    """A value that another than the authority gives for a property of an entity."""

    id: int
    code: int
    property: str
    source: str
    value: Any


def set_apart(cursor: Cursor, change_set: int, source: str) -> int:
    """Take out of ``staged`` what is not this source's to say; return how many values were kept.

    What is empty may be filled by anybody: there is nothing that it would overwrite.
    """
    cursor.execute("SELECT EXISTS (SELECT FROM authority WHERE source <> %s)", (source,))
    if not cursor.fetchall()[0][0]:
        return 0
    told = {"change_set": change_set, "source": source}
    cursor.execute(_disputed(), told)
    cursor.execute(_KEPT, told)
    kept = cursor.rowcount
    cursor.execute(_WITHDRAWN, told)
    withdrawn = cursor.rowcount
    cursor.execute(_LEFT_OUT)
    cursor.execute("DROP TABLE disputed")
    return kept + withdrawn


def settle(cursor: Cursor, change_set: int) -> None:
    """Resolve the conflicts whose value stands now."""
    cursor.execute("SELECT EXISTS (SELECT FROM property_conflict WHERE resolved_in IS NULL)")
    if cursor.fetchall()[0][0]:
        cursor.execute(_agreed(), {"change_set": change_set})


def write_authority(
    cursor: Cursor, change_set: int, klass: str, property_name: str, source: str | None
) -> None:
    """Say whose word counts for a property of a class; None leaves it to everybody."""
    if source is None:
        cursor.execute(
            "DELETE FROM authority WHERE class_code = %s AND property = %s",
            (klass, property_name),
        )
    else:
        cursor.execute(_AUTHORITY, (klass, property_name, source, change_set))


def take_out(cursor: Cursor, change_set: int, conflict_id: int, resolution: str) -> Conflict:
    """Resolve one open conflict and return it.

    Raises:
        ChangeRefusedError: it is not open.
    """
    cursor.execute(
        "UPDATE property_conflict SET resolved_in = %s, resolution = %s"
        " WHERE id = %s AND resolved_in IS NULL RETURNING id, code, property, source, value",
        (change_set, resolution, conflict_id),
    )
    found = cursor.fetchone()
    if found is None:
        raise ChangeRefusedError(f"conflict {conflict_id}: expected one that is open")
    return Conflict(*found)


def open_conflicts(
    connection: psycopg.Connection[tuple[Any, ...]], code: int | None = None
) -> list[Conflict]:
    """Return what waits for a decision, of one entity or of all."""
    rows = connection.execute(
        "SELECT id, code, property, source, value FROM property_conflict"
        " WHERE resolved_in IS NULL AND (%(code)s::int8 IS NULL OR code = %(code)s) ORDER BY id",
        {"code": code},
    )
    return [Conflict(*row) for row in rows]


def _disputed() -> Composed:
    fields = SQL(", ").join(
        SQL("({}, {}, s.given & {} <> 0, coalesce({}, 'null'), {})").format(
            field.name, bit(field), bit(field), field.as_json("s"), field.as_json("e")
        )
        for field in FIELDS
    )
    return SQL(_DISPUTED).format(fields=fields)


def _agreed() -> Composed:
    cases = (SQL("WHEN {} THEN {}").format(field.name, field.as_json("e")) for field in FIELDS)
    return SQL(_AGREED).format(fields=SQL(" ").join(cases))
