"""The relation of rows to entities that they name as their parents, in the register or the file."""

from typing import NamedTuple

from data.importing.import_map import ImportMap, Parent
from data.importing.resolving import NEW, Resolved
from data.importing.rows import Rows
from data.importing.standing_names import holders
from data.reference.parts import may_be_part_of
from data.registry.staging import Cursor
from data.registry.values import EndedRelation, NewRelation

_STANDING = """
    SELECT origin, target, method FROM relation
    WHERE kind = %s AND origin = ANY (%s) AND superseded_in IS NULL"""

# The relations as they will stand: those planned, and those of origins that none is planned for.
_CIRCLES = """
    WITH RECURSIVE planned AS (
        SELECT * FROM unnest(%(origins)s::int8[], %(targets)s::int8[]) AS p (origin, target)),
    above (start, code) AS (
        SELECT origin, target FROM planned
        UNION
        SELECT a.start, l.target FROM above a CROSS JOIN LATERAL (
            SELECT p.target FROM planned p WHERE p.origin = a.code
            UNION ALL
            SELECT r.target FROM relation r
            WHERE r.origin = a.code AND r.kind = 'part_of' AND r.superseded_in IS NULL
            AND NOT EXISTS (SELECT FROM planned p WHERE p.origin = a.code)) AS l)
    SELECT DISTINCT start FROM above WHERE start = code"""


class Related(NamedTuple):
    """Relations of rows to their parents.

    Attributes:
        targets: those that the register lacks, by the position of their row: the code of the
            parent, or what ``_new_at`` makes of its position if the file brings it.
        ended: those that end.
        within: by position of a row, the position of its parent in the same file.
    """

    targets: dict[int, int]
    ended: list[EndedRelation]
    within: dict[int, int]


def relate(
    cursor: Cursor, rows: Rows, resolved: Resolved, classes: list[str], import_map: ImportMap
) -> Related:
    """Return which relations are missing; a parent that cannot be one refuses its row."""
    parent = import_map.parent
    if parent is None:
        return Related({}, [], {})
    within = _within(rows) if parent.scheme == import_map.key.scheme else {}
    targets = _targets(cursor, rows, parent, within, resolved)
    if parent.kind == "part_of":
        _refuse_unfit(targets, rows, classes)
        _refuse_circles(cursor, targets, rows, resolved)
    lacking, ended = _lacking(cursor, targets, resolved, import_map.model, parent.kind)
    return Related(lacking, ended, within)


def refuse_orphans(rows: Rows, related: Related) -> None:
    """Refuse rows whose parent is a row that is refused, once all other reasons are known."""
    waiting = dict(related.within)
    while True:
        passed = rows.passed()
        orphans = {at: parent for at, parent in waiting.items() if not passed[parent]}
        if not orphans:
            return
        for at, parent in orphans.items():
            del waiting[at]
            rows.refuse(
                at, f"parent {rows.parents[at]!r}: its row {rows.numbers[parent]} is refused"
            )


def method_of(model: str) -> str:
    """Return how a relation says that imports of a model found it."""
    return f"import {model}"


def relations_of(related: Related, codes: list[int], import_map: ImportMap) -> list[NewRelation]:
    """Return the relations that are to be written, once every row has its code."""
    parent = import_map.parent
    if parent is None:
        return []
    method = method_of(import_map.model)
    return [
        NewRelation(
            codes[at], parent.kind, target if target > 0 else codes[_position(target)], method
        )
        for at, target in related.targets.items()
        if codes[at] != NEW
    ]


def _new_at(at: int) -> int:
    """Return what stands for the code of a new entity before there is one."""
    return -1 - at


def _position(target: int) -> int:
    return -1 - target


def _within(rows: Rows) -> dict[int, int]:
    """Return the rows whose parents are rows too."""
    positions = {key: at for at, key in reversed(list(enumerate(rows.keys))) if key}
    return {at: positions[name] for at, name in enumerate(rows.parents) if name in positions}


def _identity(resolved: Resolved, at: int) -> int:
    code = int(resolved.codes[at])
    return _new_at(at) if code == NEW else code


def _targets(
    cursor: Cursor, rows: Rows, parent: Parent, within: dict[int, int], resolved: Resolved
) -> dict[int, int]:
    elsewhere = [None if at in within else name for at, name in enumerate(rows.parents)]
    held = holders(cursor, parent.scheme, elsewhere)
    targets = dict(held.only(held.now & ~held.retired).pairs())
    targets |= {at: _identity(resolved, above) for at, above in within.items()}
    for at, name in enumerate(rows.parents):
        if name is not None and at not in targets:
            rows.refuse(
                at,
                f"parent {name!r} ({parent.scheme}): expected the name of an entity in use, or "
                "the key of a row",
            )
    return targets


def _refuse_unfit(targets: dict[int, int], rows: Rows, classes: list[str]) -> None:
    for at, target in targets.items():
        whole = str(target)[6:10] if target > 0 else classes[_position(target)]
        if classes[at] and whole and not may_be_part_of(classes[at], whole):
            called = target if target > 0 else repr(rows.parents[at])
            rows.refuse(
                at,
                f"parent {called} is of class {whole}: class {classes[at]} can be no part of "
                "it, expected a pair of parts.csv",
            )


def _refuse_circles(
    cursor: Cursor, targets: dict[int, int], rows: Rows, resolved: Resolved
) -> None:
    passed = rows.passed()
    planned = {_identity(resolved, at): target for at, target in targets.items() if passed[at]}
    if not planned:
        return
    told = {"origins": list(planned), "targets": list(planned.values())}
    cursor.execute(_CIRCLES, told)
    positions = {_identity(resolved, at): at for at in targets if passed[at]}
    for (origin,) in cursor.fetchall():
        at = positions[origin]
        called = f"entity {origin}" if origin > 0 else f"key {rows.keys[at]!r}"
        rows.refuse(at, f"{called} would be a part of itself")


def _lacking(
    cursor: Cursor, targets: dict[int, int], resolved: Resolved, model: str, kind: str
) -> tuple[dict[int, int], list[EndedRelation]]:
    codes = {int(resolved.codes[at]): at for at in targets if resolved.codes[at] != NEW}
    cursor.execute(_STANDING, (kind, list(codes)))
    lacking, ended = dict(targets), []
    for origin, target, method in cursor.fetchall():
        at = codes[origin]
        if target == targets[at]:
            del lacking[at]
        elif method == method_of(model) and kind != "part_of":
            ended.append(EndedRelation(origin, kind, target))
    return lacking, ended
