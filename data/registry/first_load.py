"""The first big load of an empty table: its indexes come after the rows, at a third of the cost.

The table is locked for readers until the transaction ends, which an empty register can bear.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.sql import SQL, Identifier

from data.registry.staging import Cursor

_MANY = 10_000

_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    FROM pg_index i WHERE i.indrelid = %s::regclass
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
    ORDER BY 1"""


@contextmanager
def indexes_afterwards(cursor: Cursor, table: str, rows: int) -> Iterator[None]:
    """Take the indexes of an empty table away while many rows are written, and make them anew.

    Indexes of constraints stay; a table with rows, or a small load, is left alone.
    """
    if rows < _MANY or _has_rows(cursor, table):
        yield
        return
    cursor.execute(_INDEXES, (table,))
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(SQL("DROP INDEX {}").format(Identifier(name)))
    yield
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _, definition in found:
        cursor.execute(definition)


def _has_rows(cursor: Cursor, table: str) -> bool:
    cursor.execute(SQL("SELECT EXISTS (SELECT FROM {})").format(Identifier(table)))
    return bool(cursor.fetchall()[0][0])
