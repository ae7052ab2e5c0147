"""Which entity each row is, and which names and relations the register lacks of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.importing.import_map import ImportMap
from data.importing.rows import Ints, Rows
from data.importing.standing_names import Holder, holders
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
    found = Resolved(
        np.full(len(rows.keys), NEW, dtype=np.int64), np.zeros(len(rows.keys), dtype=bool), set()
    )
    for holder in holders(cursor, scheme, rows.keys):
        _place(found, holder, rows, scheme)
    if scheme == "code":
        unknown = np.flatnonzero(found.codes == NEW)
        reasons = (f"entity {rows.keys[at]}: not in the register" for at in unknown)
        rows.sieve.refuse(unknown, reasons)
    _refuse_succeeded(cursor, rows, found)
    _refuse_same_entity(rows, found)
    _refuse_other_class(rows, found)
    return found


def _place(found: Resolved, holder: Holder, rows: Rows, scheme: str) -> None:
    at, known = holder.at, int(found.codes[holder.at])
    found.present.add(holder.code)
    if not holder.now:
        rows.refuse(
            at,
            f"key {rows.keys[at]!r} ({scheme}): it is entity {holder.code}'s at another time, "
            "expected a name that stands now",
        )
    elif known not in {NEW, holder.code}:
        rows.refuse(
            at,
            f"key {rows.keys[at]!r} ({scheme}): it means {known} and {holder.code}, "
            "expected one entity",
        )
    else:
        found.codes[at], found.retired[at] = holder.code, holder.retired


def _refuse_succeeded(cursor: Cursor, rows: Rows, found: Resolved) -> None:
    for at in np.flatnonzero(found.retired & rows.passed()).tolist():
        code = int(found.codes[at])
        if successors := follow(cursor.connection, code):
            listed = ", ".join(map(str, successors))
            rows.refuse(
                at, f"entity {code} is retired, it is {listed} now: expected a row of one in use"
            )


def _refuse_same_entity(rows: Rows, found: Resolved) -> None:
    first: dict[int, int] = {}
    for at in np.flatnonzero((found.codes != NEW) & rows.passed()).tolist():
        code = int(found.codes[at])
        earlier = first.setdefault(code, at)
        if earlier != at:
            rows.refuse(
                at,
                f"key {rows.keys[at]!r} means entity {code}, which row "
                f"{rows.numbers[earlier]} is already",
            )


def _refuse_other_class(rows: Rows, found: Resolved) -> None:
    standing = class_of(found.codes)
    for at in np.flatnonzero(found.codes != NEW).tolist():
        if rows.classes[at] not in {"", standing[at]}:
            rows.refuse(
                at,
                f"entity {found.codes[at]} is of class {standing[at]}, "
                f"the file says {rows.classes[at]}",
            )
    for at in np.flatnonzero(found.codes == NEW).tolist():
        if not rows.classes[at]:
            rows.refuse(at, f"key {rows.keys[at]!r} is new, and the map has no class for it")


def class_of(codes: Ints) -> list[str]:
    """Return the (n,) classes that codes name; "0000" for ``NEW``."""
    return [f"{klass:04}" for klass in (codes // 1_000_000 % 10_000).tolist()]


def entity_classes_of(rows: Rows, resolved: Resolved) -> list[str]:
    """Return the (n,) classes: of the entity where there is one, else of the file."""
    standing = class_of(resolved.codes)
    return [
        standing[at] if code != NEW else rows.classes[at]
        for at, code in enumerate(resolved.codes.tolist())
    ]


def free_names(
    cursor: Cursor, rows: Rows, resolved: Resolved, scheme: str
) -> list[tuple[int, str]]:
    """Return (position, name) of the names in a further scheme that the register lacks.

    A name of another entity, and one that an earlier row has too, refuses its row.
    """
    names = rows.names[scheme]
    _refuse_shared(names, scheme, rows)
    has: set[int] = set()
    for holder in holders(cursor, scheme, names):
        if holder.code == resolved.codes[holder.at]:
            has.add(holder.at)
        else:
            rows.refuse(
                holder.at,
                f"{scheme} name {names[holder.at]!r}: it is entity {holder.code}'s, "
                "expected a name that is free",
            )
    return [(at, name) for at, name in enumerate(names) if name and at not in has]


def _refuse_shared(names: Sequence[str | None], scheme: str, rows: Rows) -> None:
    first: dict[str, int] = {}
    for at in np.flatnonzero(rows.passed()).tolist():
        name = names[at]
        if name is not None and first.setdefault(name, at) != at:
            earlier = rows.numbers[first[name]]
            rows.refuse(at, f"{scheme} name {name!r}: row {earlier} has it too")
