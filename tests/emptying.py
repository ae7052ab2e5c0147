"""Empties a store between tests: what was written goes, and the rest is left alone."""

from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.abc import Query

Connection = psycopg.Connection[tuple[Any, ...]]

# A file of some length is what a table has that was written since it was last emptied, though
# what was written may have been rolled back; rows of a hypertable lie in its chunks.
_WRITTEN = """
    SELECT relname, EXISTS (SELECT FROM pg_inherits WHERE inhparent = oid)
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND relname NOT IN ('alembic_version', 'spatial_ref_sys')
      AND (pg_relation_size(oid) > 0 OR EXISTS (SELECT FROM pg_inherits WHERE inhparent = oid))"""
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND relname NOT IN ('alembic_version', 'spatial_ref_sys')"""
_RESTART = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"""
_FIRST_ROW = "INSERT INTO registry_state (id, revision, rule_revision) VALUES (1, 0, 0)"


class Written(NamedTuple):
    """The tables that a test wrote to; a hypertable is one that has chunks."""

    tables: list[str]
    hypertables: list[str]


class SharedStore:
    """The store that the tests of a session use one after the other.

    Its connections last: a new one takes 80 ms of a processor before its first point is
    projected, and there would be one for each test.

    Attributes:
        url: of the store, for its plain owner.
    """

    def __init__(self, url: str, admin_url: str) -> None:
        self.url = url
        self._admin = Lasting(admin_url, autocommit=True)
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
            # Who was killed amid a transaction may still be writing.
            tables = [name for (name,) in admin.execute(_TABLES)]
            admin.execute(_of(tables, "LOCK TABLE {} IN EXCLUSIVE MODE"))
            written = _written(admin)
            _remove(admin, written)
        if written.tables:
            admin.execute(_of(written.tables, "VACUUM {}"))

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


def _written(admin: Connection) -> Written:
    found = admin.execute(_WRITTEN).fetchall()
    return Written(
        [name for name, has_chunks in found if not has_chunks],
        [name for name, has_chunks in found if has_chunks],
    )


def _remove(admin: Connection, written: Written) -> None:
    if written.hypertables:
        admin.execute(_of(written.hypertables, "TRUNCATE {} CASCADE"))
    # Neither foreign keys nor the guard of the actors' log ask whether a row may go.
    admin.execute("SET LOCAL session_replication_role = replica")
    for table in written.tables:
        admin.execute(_of([table], "DELETE FROM {}"))
    admin.execute(_RESTART)
    admin.execute(_FIRST_ROW)


def _of(tables: list[str], statement: str) -> Query:
    names = sql.SQL(", ").join(sql.Identifier(name) for name in tables)
    return sql.SQL(statement).format(names)
