"""Entities of a model that its newest file has no more."""

from typing import NamedTuple

import numpy as np

from data.importing.import_map import ImportMap
from data.importing.resolving import Resolved
from data.importing.rows import Rows
from data.importing.standing_names import entities_of_model
from data.registry.staging import Cursor
from data.registry.values import EndedRelation

_RELATIONS = """
    SELECT origin, kind, target FROM relation
    WHERE (origin = ANY (%(codes)s) OR target = ANY (%(codes)s)) AND superseded_in IS NULL
    ORDER BY id"""


class Vanished(NamedTuple):
    """Entities to be retired with the relations that end, and what speaks against it.

    ``refusal`` says why nothing of the file is taken, ``warning`` why nothing is retired.
    """

    codes: list[int]
    ended: list[EndedRelation]
    refusal: str = ""
    warning: str = ""


def vanished(
    cursor: Cursor, rows: Rows, resolved: Resolved, import_map: ImportMap, unread: int
) -> Vanished:
    """Return which entities the file has no more, if the map wants them retired.

    Args:
        cursor: in a transaction.
        rows: of the file.
        resolved: which entities they are.
        import_map: says whether, and how many at most.
        unread: rows that were refused before anybody knew their key.
    """
    if not import_map.missing.retire:
        return Vanished([], [])
    known = entities_of_model(cursor, import_map.model, import_map.key.scheme)
    codes = sorted(known - resolved.present)
    if not codes:
        return Vanished([], [])
    unread += int(np.sum([not key for key in rows.keys]))
    if unread:
        return Vanished([], [], warning=_unsure(len(codes), unread))
    if len(codes) * 100 > import_map.missing.at_most_percent * len(known):
        return Vanished(codes, [], refusal=_too_many(len(codes), len(known), import_map))
    cursor.execute(_RELATIONS, {"codes": codes})
    return Vanished(codes, [EndedRelation(*row) for row in cursor.fetchall()])


def _unsure(missing: int, unread: int) -> str:
    return (
        f"not in the file and yet kept in use: {missing:,} entities, because of rows that were "
        f"refused before their keys were known and could be theirs: {unread:,}"
    )


def _too_many(missing: int, known: int, import_map: ImportMap) -> str:
    return (
        f"{missing:,} of {known:,} entities of model {import_map.model!r} are not in the file, "
        f"expected at most {import_map.missing.at_most_percent} % (missing.at_most_percent)"
    )
