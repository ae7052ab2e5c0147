"""Further names of the rows: which the register lacks, and which the model says no more."""

from collections.abc import Iterator
from typing import NamedTuple

from data.importing.import_map import ImportMap
from data.importing.resolving import NEW, Resolved, free_names
from data.importing.rows import Rows
from data.importing.standing_names import names_said_by_model
from data.registry.staging import Cursor
from data.registry.values import EndedName, NewName


class Naming(NamedTuple):
    """Further names by position of their row: (position, scheme, name)."""

    new: list[tuple[int, str, str]]
    ended: list[tuple[int, str, str]]


def naming_of(cursor: Cursor, rows: Rows, resolved: Resolved, import_map: ImportMap) -> Naming:
    """Return what is to become of further names; a name that is taken refuses its row."""
    new = [
        (at, scheme, name)
        for scheme in rows.names
        for at, name in free_names(cursor, rows, resolved, scheme)
    ]
    return Naming(new, list(_ended(cursor, rows, resolved, import_map)))


def new_names(
    naming: Naming, rows: Rows, resolved: Resolved, codes: list[int], scheme: str
) -> Iterator[NewName]:
    """Yield the names to write: the keys of new entities, and further ones.

    Args:
        naming: of the rows.
        rows: of the file.
        resolved: which entities they are.
        codes: (n,) of the entities; ``NEW`` for rows that are not taken.
        scheme: of the keys.
    """
    for at, known in enumerate(resolved.codes.tolist()):
        if known == NEW and codes[at] != NEW:
            yield NewName(codes[at], scheme, rows.keys[at])
    for at, further, name in naming.new:
        if codes[at] != NEW:
            yield NewName(codes[at], further, name)


def ended_names(naming: Naming, codes: list[int]) -> list[EndedName]:
    """Return the names that end."""
    return [
        EndedName(codes[at], scheme, name) for at, scheme, name in naming.ended if codes[at] != NEW
    ]


def _ended(
    cursor: Cursor, rows: Rows, resolved: Resolved, import_map: ImportMap
) -> Iterator[tuple[int, str, str]]:
    positions = {code: at for at, code in enumerate(resolved.codes.tolist()) if code != NEW}
    for code, scheme, name in names_said_by_model(cursor, import_map.model, list(rows.names)):
        at = positions.get(code)
        if at is None:
            continue
        now = rows.names[scheme][at]
        if now != name and (now is not None or import_map.blank == "clear"):
            yield at, scheme, name
