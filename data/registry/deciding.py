"""What people decide: whose word counts, and what becomes of a value that was set apart."""

from datetime import datetime
from typing import Any

import psycopg
from shapely.geometry import shape

from data.registry.conflicts import Conflict, take_out, write_authority
from data.registry.lifecycle import Author
from data.registry.recording import close_change_set, lock, open_change_set, record
from data.registry.staging import FIELDS
from data.registry.values import ChangeSet, EntityChange, Recorded

Connection = psycopg.Connection[tuple[Any, ...]]

_AUTHORITY = "SELECT source FROM authority WHERE class_code = %s AND property = %s"
_FIELDS = frozenset(field.name for field in FIELDS)
_INSTANTS = frozenset({"valid_from", "valid_to"})
_TEXTS = frozenset({"name", "owner", "steward", "address"})


def take(connection: Connection, author: Author, conflict_id: int) -> Recorded:
    """Let a value that was set apart stand, as the word of its property's authority.

    The decision and the change that follows are two change sets of one transaction.

    Args:
        connection: the caller commits.
        author: who decides and why; the source is that of the decision.
        conflict_id: of an open conflict.

    Raises:
        ChangeRefusedError: it is not open.
        InvalidPropertyError: a value that the class cannot have any more.
    """
    conflict = _resolved(connection, author, conflict_id, "taken")
    source = authority_of(connection, str(conflict.code)[6:10], conflict.property)
    change = ChangeSet(
        author.actor, author.reason, source or conflict.source, entities=[_change(conflict)]
    )
    return record(connection, change)


def dismiss(connection: Connection, author: Author, conflict_id: int) -> Conflict:
    """Let what stands stay; the same value of the same source is not brought up again.

    Raises:
        ChangeRefusedError: the conflict is not open.
    """
    return _resolved(connection, author, conflict_id, "dismissed")


def set_authority(
    connection: Connection, author: Author, klass: str, property_name: str, source: str | None
) -> None:
    """Say whose word counts for a property of a class from now on; None leaves it to everybody.

    What is said already leaves no trace.
    """
    lock(connection)
    if authority_of(connection, klass, property_name) == source:
        return
    with connection.cursor() as cursor:
        change_set = open_change_set(cursor, *author)
        write_authority(cursor, change_set, klass, property_name, source)
        close_change_set(cursor, change_set, {"authorities": 1})


def authority_of(connection: Connection, klass: str, property_name: str) -> str | None:
    """Return whose word counts for a property of a class, None if everybody's does."""
    found = connection.execute(_AUTHORITY, (klass, property_name)).fetchone()
    return None if found is None else str(found[0])


def _resolved(
    connection: Connection, author: Author, conflict_id: int, resolution: str
) -> Conflict:
    lock(connection)
    with connection.cursor() as cursor:
        change_set = open_change_set(cursor, *author)
        conflict = take_out(cursor, change_set, conflict_id, resolution)
        close_change_set(cursor, change_set, {"decisions": 1})
    return conflict


def _change(conflict: Conflict) -> EntityChange:
    """Return the change that makes the value of a conflict stand."""
    name, value = conflict.property, conflict.value
    if name not in _FIELDS:
        return EntityChange(conflict.code, properties={name: value})
    return EntityChange(conflict.code)._replace(**{name: _field(name, value)})


def _field(name: str, value: Any) -> Any:  # noqa: ANN401 - of whatever type the field is
    """Return a field's value from the JSON in which it was set apart."""
    if value is None:
        return "" if name in _TEXTS else None
    if name == "geometry":
        return shape(value)
    return datetime.fromisoformat(value) if name in _INSTANTS else value
