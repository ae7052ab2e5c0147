"""The relation of rows to entities that they name as their parents."""

from typing import NamedTuple

import numpy as np

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
    """Relations that the register lacks, by the position of their row, and those that end."""

    targets: dict[int, int]
    ended: list[EndedRelation]


def relate(
    cursor: Cursor, rows: Rows, resolved: Resolved, classes: list[str], import_map: ImportMap
) -> Related:
    """Return which relations are missing; a parent that cannot be one refuses its row."""
    parent = import_map.parent
    if parent is None:
        return Related({}, [])
    targets = _targets(cursor, rows, parent)
    if parent.kind == "part_of":
        _refuse_unfit(targets, rows, classes)
        _refuse_circles(cursor, targets, rows, resolved)
    return _lacking(cursor, targets, resolved, import_map.model, parent.kind)


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
        NewRelation(codes[at], parent.kind, target, method)
        for at, target in related.targets.items()
        if codes[at] != NEW
    ]


def _targets(cursor: Cursor, rows: Rows, parent: Parent) -> dict[int, int]:
    held = holders(cursor, parent.scheme, rows.parents)
    targets = dict(held.only(held.now & ~held.retired).pairs())
    for at, name in enumerate(rows.parents):
        if name is not None and at not in targets:
            rows.refuse(
                at, f"parent {name!r} ({parent.scheme}): expected the name of an entity in use"
            )
    return targets


def _refuse_unfit(targets: dict[int, int], rows: Rows, classes: list[str]) -> None:
    for at, target in targets.items():
        whole = str(target)[6:10]
        if classes[at] and not may_be_part_of(classes[at], whole):
            rows.refuse(
                at,
                f"parent {target} is of class {whole}: class {classes[at]} can be no part of "
                "it, expected a pair of parts.csv",
            )


def _refuse_circles(
    cursor: Cursor, targets: dict[int, int], rows: Rows, resolved: Resolved
) -> None:
    passed = rows.passed()
    planned = {
        int(resolved.codes[at]): target
        for at, target in targets.items()
        if passed[at] and resolved.codes[at] != NEW
    }
    if not planned:
        return
    told = {"origins": list(planned), "targets": list(planned.values())}
    cursor.execute(_CIRCLES, told)
    for (code,) in cursor.fetchall():
        at = np.flatnonzero(resolved.codes == code)
        rows.sieve.refuse(at, [f"entity {code} would be a part of itself"] * len(at))


def _lacking(
    cursor: Cursor, targets: dict[int, int], resolved: Resolved, model: str, kind: str
) -> Related:
    codes = {int(resolved.codes[at]): at for at in targets if resolved.codes[at] != NEW}
    cursor.execute(_STANDING, (kind, list(codes)))
    lacking, ended = dict(targets), []
    for origin, target, method in cursor.fetchall():
        at = codes[origin]
        if target == targets[at]:
            del lacking[at]
        elif method == method_of(model) and kind != "part_of":
            ended.append(EndedRelation(origin, kind, target))
    return Related(lacking, ended)
