"""Names and relations of a change set: checked, written, ended."""

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.types.range import TimestamptzRange

from data.reference import relation_kinds
from data.reference.parts import may_be_part_of
from data.registry.errors import ChangeRefusedError, EntityUnknownError, NameTakenError
from data.registry.first_load import checked_afterwards
from data.registry.staging import Cursor
from data.registry.values import EndedName, EndedRelation, LinkRefusal, NewName, NewRelation
from twin.codes import canonical

_SHOWN = 5

_TAKEN = """
    SELECT n.scheme, n.value, n.code, e.code FROM new_name n JOIN entity_name e
    ON e.scheme = n.scheme AND e.value = n.value AND e.code_system = n.code_system
    WHERE e.superseded_in IS NULL AND e.valid && n.valid AND e.code <> n.code
    UNION ALL
    SELECT a.scheme, a.value, a.code, b.code FROM new_name a JOIN new_name b
    ON a.scheme = b.scheme AND a.value = b.value AND a.code_system = b.code_system
    WHERE a.code < b.code AND a.valid && b.valid
    LIMIT %s"""

_NAMES = """
    INSERT INTO entity_name (code, scheme, value, code_system, valid, change_set_id)
    SELECT DISTINCT code, scheme, value, code_system, valid, %s FROM new_name n
    WHERE NOT EXISTS (
        SELECT FROM entity_name e WHERE e.scheme = n.scheme AND e.value = n.value
        AND e.code_system = n.code_system AND e.valid && n.valid AND e.superseded_in IS NULL)"""

_ENDED_NAMES = """
    UPDATE entity_name e SET superseded_in = %s
    FROM unnest(%s::int8[], %s::text[], %s::text[]) AS n (code, scheme, value)
    WHERE e.code = n.code AND e.scheme = n.scheme AND e.value = n.value
    AND e.superseded_in IS NULL"""

_RELATIONS = """
    INSERT INTO relation (origin, kind, target, method, distance_m, change_set_id)
    SELECT origin, kind, target, method, distance_m, %s FROM new_relation
    ON CONFLICT (origin, kind, target) WHERE superseded_in IS NULL DO NOTHING"""

_FORMER_WHOLE = """
    UPDATE relation r SET superseded_in = %s FROM new_relation n
    WHERE n.kind = 'part_of' AND r.kind = 'part_of' AND r.origin = n.origin
    AND r.target <> n.target AND r.superseded_in IS NULL"""

_ENDED_RELATIONS = """
    UPDATE relation r SET superseded_in = %s
    FROM unnest(%s::int8[], %s::text[], %s::int8[]) AS n (origin, kind, target)
    WHERE r.origin = n.origin AND r.kind = n.kind AND r.target = n.target
    AND r.superseded_in IS NULL"""

_CIRCLE = """
    WITH RECURSIVE above (start, code) AS (
        SELECT origin, origin FROM new_relation WHERE kind = 'part_of'
        UNION
        SELECT a.start, r.target FROM above a JOIN relation r ON r.origin = a.code
        WHERE r.kind = 'part_of' AND r.superseded_in IS NULL)
    SELECT start FROM above a JOIN relation r ON r.origin = a.code AND r.target = a.start
    WHERE r.kind = 'part_of' AND r.superseded_in IS NULL LIMIT 1"""

_MISSING = """
    SELECT code FROM {table} n WHERE NOT EXISTS (SELECT FROM entity e WHERE e.code = n.code)
    LIMIT 1"""


def add_names(
    cursor: Cursor, change_set: int, names: Iterable[NewName], *, checked: bool = False
) -> int:
    """Write names that do not stand yet and return how many; checked ones are canonical.

    Raises:
        InvalidIdentifierError: a value is none of its scheme's.
        NameTakenError: a name means another entity at some time.
        EntityUnknownError: a code that is not in the register.
    """
    cursor.execute(
        "CREATE TEMP TABLE new_name (code int8, scheme text, value text, code_system text,"
        " valid tstzrange) ON COMMIT DROP"
    )
    count = 0
    with cursor.copy("COPY new_name FROM STDIN") as copy:
        for name in names:
            copy.write_row(_row(name if checked else _checked(name)))
            count += 1
    if not count:
        cursor.execute("DROP TABLE new_name")
        return 0
    cursor.execute("ANALYZE new_name")
    cursor.execute(_TAKEN, (_SHOWN,))
    if taken := cursor.fetchall():
        raise NameTakenError("; ".join(_taken(*row) for row in taken))
    _refuse_unknown(cursor, "SELECT DISTINCT code FROM new_name")
    with checked_afterwards(cursor, "entity_name", count):
        cursor.execute(_NAMES, (change_set,))
        added = cursor.rowcount
    cursor.execute("DROP TABLE new_name")
    return added


def end_names(cursor: Cursor, change_set: int, names: Iterable[EndedName]) -> int:
    """End names and return how many stood."""
    ended = [(name.code, name.scheme, canonical(name.scheme, name.value)) for name in names]
    return _end(cursor, _ENDED_NAMES, change_set, ended)


def add_relations(cursor: Cursor, change_set: int, relations: Iterable[NewRelation]) -> int:
    """Write relations that do not stand yet and return how many.

    Raises:
        ChangeRefusedError: an unknown kind, a part that its whole cannot have, or a circle.
        EntityUnknownError: a code that is not in the register.
    """
    cursor.execute(
        "CREATE TEMP TABLE new_relation (origin int8, kind text, target int8, method text,"
        " distance_m float8) ON COMMIT DROP"
    )
    with cursor.copy("COPY new_relation FROM STDIN") as copy:
        for relation in relations:
            _check_kind(relation)
            copy.write_row(relation)
    _refuse_unknown(
        cursor, "SELECT origin AS code FROM new_relation UNION SELECT target FROM new_relation"
    )
    cursor.execute(_FORMER_WHOLE, (change_set,))
    ended = cursor.rowcount
    cursor.execute(_RELATIONS, (change_set,))
    added = cursor.rowcount
    _refuse_circle(cursor)
    cursor.execute("DROP TABLE new_relation")
    return ended + added


def end_relations(cursor: Cursor, change_set: int, relations: Iterable[EndedRelation]) -> int:
    """End relations and return how many stood."""
    return _end(cursor, _ENDED_RELATIONS, change_set, list(relations))


def write_refusals(cursor: Cursor, change_set: int, refusals: Iterable[LinkRefusal]) -> int:
    """Write why sensors are not linked and return how many reasons are new."""
    cursor.executemany(
        "INSERT INTO link_refusal (origin, kind, reason, change_set_id) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (origin, kind) DO UPDATE"
        " SET reason = excluded.reason, change_set_id = excluded.change_set_id"
        " WHERE link_refusal.reason <> excluded.reason",
        [(*refusal, change_set) for refusal in refusals],
    )
    return max(0, cursor.rowcount)


def _checked(name: NewName) -> NewName:
    return name._replace(value=canonical(name.scheme, name.value))


def _row(name: NewName) -> tuple[Any, ...]:
    bounds = "[)" if name.valid_from else "()"
    for_ever = name.valid_from is None and name.valid_to is None
    valid = "(,)" if for_ever else TimestamptzRange(name.valid_from, name.valid_to, bounds)
    return name.code, name.scheme, name.value, name.code_system, valid


def _taken(scheme: str, value: str, wanted: int, holder: int) -> str:
    return (
        f"{scheme} name {value!r} for entity {wanted}: it is entity {holder}'s, "
        "expected a name that is free"
    )


def _check_kind(relation: NewRelation) -> None:
    if relation.kind not in relation_kinds():
        raise ChangeRefusedError(
            f"relation {relation.kind!r} of entity {relation.origin}: expected one of "
            + ", ".join(relation_kinds())
        )
    part, whole = (str(code)[6:10] for code in (relation.origin, relation.target))
    if relation.kind == "part_of" and not may_be_part_of(part, whole):
        raise ChangeRefusedError(
            f"entity {relation.origin} of class {part} as a part of {relation.target} of class "
            f"{whole}: expected a pair of parts.csv"
        )


def _refuse_circle(cursor: Cursor) -> None:
    cursor.execute(_CIRCLE)
    if found := cursor.fetchone():
        raise ChangeRefusedError(
            f"entity {found[0]}: it would be a part of itself, expected no circle"
        )


def _refuse_unknown(cursor: Cursor, codes: str) -> None:
    query = psycopg.sql.SQL(_MISSING).format(table=psycopg.sql.SQL(f"({codes})"))
    cursor.execute(query)
    if found := cursor.fetchone():
        raise EntityUnknownError(f"entity {found[0]}: not in the register")


def _end(cursor: Cursor, statement: str, change_set: int, ended: list[Any]) -> int:
    if not ended:
        return 0
    cursor.execute(statement, (change_set, *(list(column) for column in zip(*ended, strict=True))))
    return cursor.rowcount
