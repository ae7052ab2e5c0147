"""The first big load of an empty table: indexes and foreign keys come after the rows.

To build and to check them once costs a third of doing it row by row. The table and those it refers
to are locked for readers until the transaction ends, which an empty register can bear.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.sql import SQL, Composed, Identifier

from data.registry.staging import Cursor

_MANY = 10_000

_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    FROM pg_index i WHERE i.indrelid = %s::regclass
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
    ORDER BY 1"""

_FOREIGN_KEYS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY 1"""


@contextmanager
def checked_afterwards(cursor: Cursor, table: str, rows: int) -> Iterator[None]:
    """Take indexes and foreign keys of an empty table away while many rows are written.

    They are made anew after it. Indexes of other constraints stay; a table with rows, or a small
    load, is left alone.

    Raises:
        psycopg.errors.ForeignKeyViolation: a row refers to what is not there.
    """
    if rows < _MANY or _has_rows(cursor, table):
        yield
        return
    cursor.execute(_INDEXES, (table,))
    indexes = cursor.fetchall()
    cursor.execute(_FOREIGN_KEYS, (table,))
    keys = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(SQL("DROP INDEX {}").format(Identifier(name)))
    for name, _ in keys:
        cursor.execute(_alter(table, "DROP CONSTRAINT {name}", name))
    yield
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _, definition in indexes:
        cursor.execute(definition)
    for name, definition in keys:
        cursor.execute(_alter(table, "ADD CONSTRAINT {name} " + definition, name))


def _alter(table: str, change: str, name: str) -> Composed:
    wanted = SQL("ALTER TABLE {table} " + change)
    return wanted.format(table=Identifier(table), name=Identifier(name))


def _has_rows(cursor: Cursor, table: str) -> bool:
    cursor.execute(SQL("SELECT EXISTS (SELECT FROM {})").format(Identifier(table)))
    return bool(cursor.fetchall()[0][0])
