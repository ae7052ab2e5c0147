"""Which entity each row is, and which names and relations the register lacks of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.importing.import_map import ImportMap
from data.importing.rows import Ints, Rows
from data.importing.standing_names import Holders, holders
from data.registry.lifecycle import follow
from data.registry.staging import Cursor

NEW = 0
"""Stands for the code of a row that the register does not have yet."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """Which entities the rows are; n rows.

    Attributes:
        codes: (n,) entity codes, ``NEW`` for what the register does not have.
        retired: (n,) whether the entity is retired.
        present: every entity that a key of the file means, whatever becomes of its row.
    """

    codes: Ints
    retired: NDArray[np.bool_]
    present: set[int]


def resolve(cursor: Cursor, rows: Rows, import_map: ImportMap) -> Resolved:
    """Return which entity each row is; rows that cannot be told are refused in their sieve."""
    scheme = import_map.key.scheme
    found = _placed(rows, holders(cursor, scheme, rows.keys), scheme)
    if scheme == "code":
        unknown = np.flatnonzero(found.codes == NEW)
        reasons = (f"entity {rows.keys[at]}: not in the register" for at in unknown)
        rows.sieve.refuse(unknown, reasons)
    _refuse_succeeded(cursor, rows, found)
    _refuse_same_entity(rows, found)
    _refuse_other_class(rows, found)
    return found


def _placed(rows: Rows, held: Holders, scheme: str) -> Resolved:
    count = len(rows.keys)
    found = Resolved(
        np.full(count, NEW, dtype=np.int64), np.zeros(count, dtype=bool), set(held.codes.tolist())
    )
    now = held.only(held.now)
    found.codes[now.at], found.retired[now.at] = now.codes, now.retired
    for at, code in held.only(~held.now).pairs():
        rows.refuse(
            at,
            f"key {rows.keys[at]!r} ({scheme}): it is entity {code}'s at another time, "
            "expected a name that stands now",
        )
    for at, code in now.only(found.codes[now.at] != now.codes).pairs():
        rows.refuse(
            at,
            f"key {rows.keys[at]!r} ({scheme}): it means {code} and {found.codes[at]}, "
            "expected one entity",
        )
    return found


def _refuse_succeeded(cursor: Cursor, rows: Rows, found: Resolved) -> None:
    retired = np.flatnonzero(found.retired & rows.passed())
    cursor.execute(
        "SELECT old_code FROM entity_forward WHERE old_code = ANY (%s)",
        (found.codes[retired].tolist(),),
    )
    led = [int(row[0]) for row in cursor.fetchall()]
    for at in retired[np.isin(found.codes[retired], led)].tolist():
        code = int(found.codes[at])
        if successors := follow(cursor.connection, code):
            listed = ", ".join(map(str, successors))
            rows.refuse(
                at, f"entity {code} is retired, it is {listed} now: expected a row of one in use"
            )


def _refuse_same_entity(rows: Rows, found: Resolved) -> None:
    known = np.flatnonzero((found.codes != NEW) & rows.passed())
    _, first, which = np.unique(found.codes[known], return_index=True, return_inverse=True)
    again = known[first[which]] != known
    for at, earlier in zip(known[again].tolist(), known[first[which]][again].tolist(), strict=True):
        rows.refuse(
            at,
            f"key {rows.keys[at]!r} means entity {found.codes[at]}, which row "
            f"{rows.numbers[earlier]} is already",
        )


def _refuse_other_class(rows: Rows, found: Resolved) -> None:
    said, standing = np.array(rows.classes, dtype="U4"), class_of(found.codes)
    known = found.codes != NEW
    for at in np.flatnonzero(known & (said != "") & (said != standing)).tolist():
        rows.refuse(
            at, f"entity {found.codes[at]} is of class {standing[at]}, the file says {said[at]}"
        )
    for at in np.flatnonzero(~known & (said == "")).tolist():
        rows.refuse(at, f"key {rows.keys[at]!r} is new, and the map has no class for it")


def class_of(codes: Ints) -> NDArray[np.str_]:
    """Return the (n,) classes that codes name; "0000" for ``NEW``."""
    classes, which = np.unique(codes // 1_000_000 % 10_000, return_inverse=True)
    return np.array([f"{klass:04}" for klass in classes.tolist()], dtype="U4")[which]


def entity_classes_of(rows: Rows, resolved: Resolved) -> list[str]:
    """Return the (n,) classes: of the entity where there is one, else of the file."""
    new = np.array(rows.classes, dtype="U4")
    found: list[str] = np.where(resolved.codes == NEW, new, class_of(resolved.codes)).tolist()
    return found


def free_names(
    cursor: Cursor, rows: Rows, resolved: Resolved, scheme: str
) -> list[tuple[int, str]]:
    """Return (position, name) of the names in a further scheme that the register lacks.

    A name of another entity, and one that an earlier row has too, refuses its row.
    """
    names = rows.names[scheme]
    has: set[int] = set()
    for at, code in holders(cursor, scheme, names).pairs():
        if code == resolved.codes[at]:
            has.add(at)
        else:
            rows.refuse(
                at,
                f"{scheme} name {names[at]!r}: it is entity {code}'s, expected a name that is free",
            )
    _refuse_shared(names, scheme, rows)
    return [(at, name) for at, name in enumerate(names) if name and at not in has]


def _refuse_shared(names: Sequence[str | None], scheme: str, rows: Rows) -> None:
    first: dict[str, int] = {}
    for at in np.flatnonzero(rows.passed()).tolist():
        name = names[at]
        if name is not None and first.setdefault(name, at) != at:
            earlier = rows.numbers[first[name]]
            rows.refuse(at, f"{scheme} name {name!r}: row {earlier} has it too")
