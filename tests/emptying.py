"""Empties a store between tests: what was written goes, and the rest is left alone."""

from collections.abc import Callable, Iterable
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

Connection = psycopg.Connection[tuple[Any, ...]]

# Rows of a hypertable lie in its chunks.
_TABLES = """
    SELECT relname, pg_relation_size(oid) / current_setting('block_size')::int,
           EXISTS (SELECT FROM pg_inherits WHERE inhparent = oid)
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND relname NOT IN ('alembic_version', 'spatial_ref_sys')"""
_RESTART = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"""
_FIRST_ROW = "INSERT INTO registry_state (id, revision, rule_revision) VALUES (1, 0, 0)"


class Table(NamedTuple):
    """A table of the store.

    Attributes:
        name: of the table.
        pages: that it fills, with what was removed or rolled back too.
        has_chunks: whether it is a hypertable with anything in it.
    """

    name: str
    pages: int
    has_chunks: bool


class SharedStore:
    """The store that the tests of a session use one after the other.

    Its connections last: a new one takes 80 ms of a processor before its first point is
    projected, and there would be one for each test.

    Attributes:
        url: of the store, for its plain owner.
    """

    def __init__(self, url: str, admin_url: str) -> None:
        self.url = url
        # A later commit writes what is left unwritten here, so that no crash brings rows back.
        self._admin = Lasting(
            make_conninfo(admin_url, options="-c synchronous_commit=off"), autocommit=True
        )
        self._owner = Lasting(url)

    def fill(self, write: Callable[[Connection], None]) -> None:
        """Have something written by a connection that has projected points before."""
        write(self._owner.opened())

    def empty(self) -> None:
        """Leave what the migrations left: no row but the state of the register, no chunk.

        TRUNCATE is kept for hypertables: it writes a table and each of its indexes anew in
        the catalogue, which after some hundred tests takes longer than most of them.
        """
        admin = self._admin.opened()
        with admin.transaction():
            tables = [Table(*row) for row in admin.execute(_TABLES)]
            # Who was killed amid a transaction may still be writing.
            admin.execute(_of((table.name for table in tables), "LOCK TABLE {} IN EXCLUSIVE MODE"))
            _remove(admin, [Table(*row) for row in admin.execute(_TABLES)])
        # On one page rows stay in the order of their writing, whatever was removed before them.
        grown = [table.name for table in tables if table.pages > 1]
        if grown:
            admin.execute(_of(grown, "VACUUM {}"))

    def close(self) -> None:
        """End the connections."""
        self._admin.close()
        self._owner.close()


class Lasting:
    """A connection that is opened again where the server has ended it."""

    def __init__(self, url: str, *, autocommit: bool = False) -> None:
        self._url = url
        self._autocommit = autocommit
        self._connection: Connection | None = None

    def opened(self) -> Connection:
        """Return the connection, which answers."""
        if self._connection is not None and _answers(self._connection):
            return self._connection
        self._connection = psycopg.connect(self._url, autocommit=self._autocommit)
        return self._connection

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()


def _answers(connection: Connection) -> bool:
    try:
        connection.rollback()
        connection.execute("SELECT")
        connection.rollback()
    except psycopg.OperationalError:
        connection.close()
        return False
    return True


def _remove(admin: Connection, tables: list[Table]) -> None:
    chunked = [table.name for table in tables if table.has_chunks]
    if chunked:
        admin.execute(_of(chunked, "TRUNCATE {} CASCADE"))
    # Neither foreign keys nor the guard of the actors' log ask whether a row may go.
    admin.execute("SET LOCAL session_replication_role = replica")
    for name in _with_rows(admin, [table.name for table in tables if table.pages]):
        admin.execute(_of([name], "DELETE FROM {}"))
    admin.execute(_RESTART)
    admin.execute(_FIRST_ROW)


def _with_rows(admin: Connection, tables: list[str]) -> list[str]:
    each = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name))
        for name in tables
    ]
    return [name for (name,) in admin.execute(sql.SQL(" UNION ALL ").join(each))] if each else []


def _of(tables: Iterable[str], statement: LiteralString) -> sql.Composed:
    names = sql.SQL(", ").join(sql.Identifier(name) for name in tables)
    return sql.SQL(statement).format(names)
