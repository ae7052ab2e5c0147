"""What newer change sets touched, for memories that follow the register."""

from typing import Any, NamedTuple

import psycopg

from twin.model import Name

Connection = psycopg.Connection[tuple[Any, ...]]

_MOST = 20_000
"""Beyond this it is quicker to forget everything than to be told of each."""

# One statement, so that revision and change sets are of one snapshot.
_POSITION = """
    SELECT revision, (SELECT coalesce(max(id), 0) FROM change_set),
           (SELECT count(*) FROM change_set WHERE id > %s) FROM registry_state"""

_NAMES = """
    SELECT scheme, value FROM entity_name WHERE change_set_id > %(since)s
    UNION
    SELECT scheme, value FROM entity_name WHERE superseded_in > %(since)s
    LIMIT %(most)s"""

# Of a changed entity those too who monitor it: its properties are theirs, and a retired one
# gives way to the next.
_CODES = """
    WITH changed AS MATERIALIZED (
        SELECT code FROM entity WHERE change_set_id > %(since)s LIMIT %(most)s
    )
    SELECT code FROM changed
    UNION
    SELECT r.origin FROM changed JOIN relation r ON r.target = changed.code
    WHERE r.kind = 'monitors' AND r.superseded_in IS NULL
    UNION
    SELECT origin FROM relation WHERE change_set_id > %(since)s
    UNION
    SELECT origin FROM relation WHERE superseded_in > %(since)s
    LIMIT %(most)s"""


class Position(NamedTuple):
    """Up to where a memory knows the register."""

    revision: int
    change_set: int


class Touched(NamedTuple):
    """Names that were given or ended, and entities that changed or have other relations."""

    names: list[Name]
    codes: list[int]


NOWHERE = Position(-1, 0)


def follow(connection: Connection, since: Position) -> tuple[Position, Touched | None]:
    """Return where the register stands, and what it touched on the way from ``since``.

    None instead of what it touched means anything: too much of it, or more than change sets say.
    """
    found = connection.execute(_POSITION, (since.change_set,)).fetchone()
    if found is None:
        raise LookupError("registry_state: expected one row, run twin migrate")
    revision, newest, newer = found
    if since == NOWHERE or revision - since.revision != newer:
        # A change set that was not seen in its order, or a change of the store itself.
        return Position(revision, newest), None
    return Position(revision, newest), _touched(connection, since.change_set)


def _touched(connection: Connection, since: int) -> Touched | None:
    told = {"since": since, "most": _MOST + 1}
    codes = connection.execute(_CODES, told).fetchall()
    names = connection.execute(_NAMES, told).fetchall()
    if len(codes) > _MOST or len(names) > _MOST:
        return None
    return Touched([Name(*row) for row in names], [row[0] for row in codes])
