"""Change sets of the register: what changes together becomes one set of versions, or nothing."""

from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from data.reference.class_properties import check_properties
from data.registry import conflicts, names, places, staging
from data.registry.errors import ChangeRefusedError, EntityUnknownError
from data.registry.first_load import checked_afterwards
from data.registry.staging import FIELDS, STATE, Cursor
from data.registry.values import STAGES, ChangeSet, EntityChange, Forward, Recorded
from data.tables import SRID

Connection = psycopg.Connection[tuple[Any, ...]]

_MUCH = 1_000

_FORMER = SQL("""
    INSERT INTO entity_version (code, created_in, superseded_in, {state})
    SELECT e.code, e.change_set_id, %(change_set)s, {of_entity}
    FROM entity e JOIN next_state n USING (code)""").format(
    state=STATE,
    of_entity=SQL(", ").join(
        SQL(f"e.{column}") for column in (*(field.column for field in FIELDS), "properties")
    ),
)
_CHANGED = SQL("""
    UPDATE entity e SET ({state}, change_set_id) = ROW ({of_next}, %(change_set)s)
    FROM next_state n WHERE n.code = e.code AND NOT n.is_new""").format(
    state=STATE,
    of_next=SQL(", ").join(
        SQL(f"n.{column}") for column in (*(field.column for field in FIELDS), "properties")
    ),
)
_CREATED = SQL("""
    INSERT INTO entity (code, {state}, change_set_id)
    SELECT code, {state}, %(change_set)s FROM next_state WHERE is_new ORDER BY code""").format(
    state=STATE
)
_SERIALS = """
    INSERT INTO code_serial (county, class_code, last)
    SELECT substr(code::text, 1, 6), substr(code::text, 7, 4), max(mod(code, 1000000))
    FROM next_state WHERE is_new GROUP BY 1, 2
    ON CONFLICT (county, class_code) DO UPDATE
    SET last = greatest(code_serial.last, excluded.last)"""
_COUNTS = """
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
           count(*) FILTER (WHERE 'retired' = ANY (changed) AND retired) FROM next_state"""


def lock(connection: Connection) -> None:
    """Let change sets follow one another: hold others back until the transaction ends."""
    connection.execute("UPDATE registry_state SET revision = revision")


def record(
    connection: Connection,
    change: ChangeSet,
    *,
    said: Callable[[Cursor], None] | None = None,
    checked: bool = False,
) -> Recorded:
    """Write a change set in the connection's transaction; the caller commits.

    What is said already leaves no trace: no version, no change set, no new revision. A value for
    a property that another source is the authority of is kept as a conflict.

    Args:
        connection: in no failed transaction.
        change: what shall stand.
        said: is given the cursor when ``staged`` and ``next_state`` are there, to look at them.
        checked: whether stages are known, properties as ``check_properties`` returned them, and
            names canonical.

    Raises:
        ChangeRefusedError: a name is taken, a relation impossible, a stage unknown.
        EntityUnknownError: a name or relation of an entity that is not in the register.
        InvalidIdentifierError: a name that is none of its scheme's.
        InvalidPropertyError: a property that its class does not have, or a value of another kind.
    """
    lock(connection)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        change_set = _opened(cursor, change)
        entities = change.entities if checked else _checked(change.entities)
        staging.stage(cursor, entities, srid_of(connection))
        kept = conflicts.set_apart(cursor, change_set, change.source)
        staging.compare(cursor)
        if said is not None:
            said(cursor)
        cursor.execute(_COUNTS)
        created, changed, retired = cursor.fetchall()[0]
        if created or changed:
            _write_entities(cursor, change_set, created)
        staging.drop(cursor)
        named, related = _write_others(cursor, change_set, change, checked=checked)
        done = Recorded(change_set, created, changed, retired, named, related, kept)
        return _closed(cursor, done)


def srid_of(connection: Connection) -> int:
    """Return the EPSG code of the district's projected CRS."""
    found = connection.execute("SELECT srid FROM registry_state").fetchone()
    return SRID if found is None else int(found[0])


def revision(connection: Connection) -> int:
    """Return how many change sets the register has taken."""
    found = connection.execute("SELECT revision FROM registry_state").fetchone()
    if found is None:
        raise LookupError("registry_state: expected one row, run twin migrate")
    return int(found[0])


def open_change_set(cursor: Cursor, actor: str, reason: str, source: str) -> int:
    """Begin a change set that is written by other means; ``close_change_set`` ends it."""
    return _opened(cursor, ChangeSet(actor, reason, source))


def close_change_set(cursor: Cursor, change_set: int, counts: dict[str, int]) -> None:
    """Stamp the change set, once everything in it is written, and count the register's revision."""
    cursor.execute(
        "UPDATE change_set SET recorded_at = clock_timestamp(), counts = %s WHERE id = %s",
        (Jsonb(counts), change_set),
    )
    cursor.execute("UPDATE registry_state SET revision = revision + 1")


def _checked(entities: Iterable[EntityChange]) -> Iterable[EntityChange]:
    """Yield the changes with their properties in the types of their classes."""
    for entity in entities:
        if isinstance(entity.stage, str) and entity.stage not in STAGES:
            raise ChangeRefusedError(
                f"stage {entity.stage!r} of entity {entity.code}: expected one of "
                + ", ".join(STAGES)
            )
        if entity.properties:
            properties = check_properties(str(entity.code)[6:10], entity.properties)
            yield entity._replace(properties=properties)
        else:
            yield entity


def _opened(cursor: Cursor, change: ChangeSet) -> int:
    cursor.execute(
        "INSERT INTO change_set (actor, reason, source, model, file, digest)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        (change.actor, change.reason, change.source, change.model, change.file, change.digest),
    )
    return int(cursor.fetchall()[0][0])


def _write_entities(cursor: Cursor, change_set: int, created: int) -> None:
    told = {"change_set": change_set}
    cursor.execute(_FORMER, told)
    cursor.execute(_CHANGED, told)
    with checked_afterwards(cursor, "entity", created):
        cursor.execute(_CREATED, told)
    cursor.execute(_SERIALS)
    places.settle(cursor)
    conflicts.settle(cursor, change_set)


def _write_others(
    cursor: Cursor, change_set: int, change: ChangeSet, *, checked: bool
) -> tuple[int, int]:
    named = names.end_names(cursor, change_set, change.ended_names)
    named += names.add_names(cursor, change_set, change.names, checked=checked)
    related = names.end_relations(cursor, change_set, change.ended_relations)
    related += names.add_relations(cursor, change_set, change.relations)
    related += names.write_refusals(cursor, change_set, change.refusals)
    related += _write_forwards(cursor, change_set, change.forwards)
    return named, related


def _write_forwards(cursor: Cursor, change_set: int, forwards: Iterable[Forward]) -> int:
    rows = [(*forward, change_set) for forward in forwards]
    try:
        cursor.executemany(
            "INSERT INTO entity_forward (old_code, new_code, reason, change_set_id)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT (old_code, new_code) DO NOTHING",
            rows,
        )
    except psycopg.errors.ForeignKeyViolation as error:
        raise EntityUnknownError(f"forward to an entity that is not there: {error}") from error
    return max(0, cursor.rowcount)


def _closed(cursor: Cursor, done: Recorded) -> Recorded:
    if not any(done[1:]):
        cursor.execute("DELETE FROM change_set WHERE id = %s", (done.change_set,))
        return done._replace(change_set=None)
    counts = dict(zip(Recorded._fields[1:], done[1:], strict=True))
    close_change_set(cursor, done.change_set or 0, counts)
    _tell_planner(cursor, done)
    return done


def _tell_planner(cursor: Cursor, done: Recorded) -> None:
    """Have much that changed counted now: the store's own turn comes a minute later.

    Until then a table counts as it was, and joins of what was empty take minutes.
    """
    entities = done.created + done.changed
    written = (
        ("entity", entities),
        ("entity_place", entities),
        ("entity_name", done.names),
        ("relation", done.relations),
    )
    for table, rows in written:
        if rows >= _MUCH:
            cursor.execute(f"ANALYZE {table}".encode())
