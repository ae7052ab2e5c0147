"""Links as they were found against those that stand: what differs is ended and added."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from data.links.columns import Column, copy_in, numbers, ranges, words
from data.links.standing import LINKING, RELATIONS, Spoken, Standing
from data.registry.first_load import checked_afterwards
from spatial.links import METHODS, NO_END, NO_START, SIDES, Found, Unlinked

Cursor = psycopg.Cursor[tuple[Any, ...]]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_MILLIMETRE = 0.001
_SIDE_WORDS = [SIDES[side] for side in sorted(SIDES)]

_ENDED = "UPDATE relation SET superseded_in = %s WHERE id = ANY (%s)"
_OVERRULED = """
    UPDATE relation r SET superseded_in = %s
    FROM unnest(%s::int8[], %s::text[]) AS fixed (origin, kind)
    WHERE r.origin = fixed.origin AND r.kind = fixed.kind AND r.superseded_in IS NULL
    AND r.method <> ALL (%s)"""
_IDS = """
    SELECT setval(s.name, nextval(s.name) + %(count)s - 1) - %(count)s + 1
    FROM (SELECT pg_get_serial_sequence('relation', 'id') AS name) AS s"""

REASONS = """
    SELECT id, origin, kind, reason FROM link_refusal
    WHERE %(codes)s::int8[] IS NULL OR origin = ANY (%(codes)s)"""
_EXCUSED = "DELETE FROM link_refusal WHERE id = ANY (%s)"
_REFUSED = "COPY link_refusal (origin, kind, reason, change_set_id) FROM STDIN"


class Written(NamedTuple):
    """What became of links and reasons; a link whose figures changed is ended and added.

    Attributes:
        ended: relations that stand no more.
        added: relations that are new.
        described: relations that stood, of which linking says now how sure they are.
        reasons: why devices have no link: new, changed or gone.
    """

    ended: int
    added: int
    described: int
    reasons: int


class _Difference(NamedTuple):
    """Rows: of what ends, of what is new, and of what stood and is described now, in both."""

    ended: Ints
    added: Ints
    stood: Ints
    described: Ints


def write_links(
    cursor: Cursor, change_set: int, found: Found, standing: Standing, spoken: Spoken
) -> tuple[int, int, int]:
    """Make the links that stand those that were found; return how many ended, came, were described.

    Args:
        cursor: in the transaction of the change set, which holds the register's lock.
        change_set: what ends and begins does so in it.
        found: the links, with positions in ``RELATIONS``.
        standing: the links of the same devices that stand.
        spoken: what others have said; linking does not say it again.
    """
    new = found.taken(~np.isin(*_keys(found, spoken)))
    differs = _compared(new, standing)
    ended = standing.relation_id[differs.ended].tolist()
    if ended:
        cursor.execute(_ENDED, (change_set, ended))
    added = new.taken(differs.added)
    ids = _new_ids(cursor, len(differs.added))
    if len(ids):
        with checked_afterwards(cursor, "relation", len(ids)):
            copy_in(cursor, "relation", _relation_columns(added, ids, change_set))
    described = new.taken(np.concatenate([differs.added, differs.described]))
    if len(described.device):
        told = np.concatenate([ids, standing.relation_id[differs.stood]])
        copy_in(cursor, "link", _link_columns(described, told))
    return len(differs.ended), len(differs.added), len(differs.described)


def overrule(
    cursor: Cursor, change_set: int, spoken: Spoken, fixed: AbstractSet[tuple[int, str]]
) -> tuple[int, Spoken]:
    """End what others say of links that people fixed; return how many, and what they say else.

    Args:
        cursor: in the transaction of the change set.
        change_set: what ends does so in it.
        spoken: what others have said.
        fixed: devices and kinds of relation of which a person has said something.
    """
    slots = zip(spoken.device.tolist(), spoken.relation.tolist(), strict=True)
    against = np.array([(device, RELATIONS[kind]) in fixed for device, kind in slots], np.bool_)
    if not against.any():
        return 0, spoken
    devices, kinds = zip(*fixed, strict=True)
    cursor.execute(_OVERRULED, (change_set, list(devices), list(kinds), list(LINKING)))
    return cursor.rowcount, Spoken(*(column[~against] for column in spoken))


def write_reasons(
    cursor: Cursor,
    change_set: int,
    unlinked: Iterable[Unlinked],
    standing: Iterable[tuple[Any, ...]],
) -> int:
    """Make the reasons why devices have no link those that were found; return how many changed.

    Args:
        cursor: in the transaction of the change set.
        change_set: what is new is said in it.
        unlinked: why devices have no link.
        standing: what is said of the same devices, as ``REASONS`` has it.
    """
    wanted = {row[:2]: row.reason for row in unlinked}
    stale = []
    for number, device, kind, reason in standing:
        if wanted.get((device, kind)) == reason:
            del wanted[device, kind]
        else:
            stale.append((number, (device, kind)))
    if stale:
        cursor.execute(_EXCUSED, ([number for number, _ in stale],))
    if wanted:
        with cursor.copy(_REFUSED) as copy:
            for (device, kind), reason in sorted(wanted.items()):
                copy.write_row((device, kind, reason, change_set))
    return len({slot for _, slot in stale} | wanted.keys())


def _compared(found: Found, standing: Standing) -> _Difference:
    stood = standing.links
    keys, old_keys = _keys(found, stood)
    _, new, old = np.intersect1d(keys, old_keys, assume_unique=True, return_indices=True)
    both, before = found.taken(new), stood.taken(old)
    told = ~np.isnan(before.confidence)
    same = _same_place(both, before) & (_same_figures(both, before) | ~told)
    return _Difference(
        np.setdiff1d(np.arange(len(old_keys)), old[same], assume_unique=True),
        np.setdiff1d(np.arange(len(keys)), new[same], assume_unique=True),
        old[same & ~told],
        new[same & ~told],
    )


def _same_place(found: Found, stood: Found) -> Bools:
    """Tell which links are of the same method, distance and validity."""
    gap = np.abs(found.distance_m - stood.distance_m)
    near = (gap < _MILLIMETRE) | (np.isnan(found.distance_m) & np.isnan(stood.distance_m))
    valid = (found.valid_from == stood.valid_from) & (found.valid_to == stood.valid_to)
    return np.asarray(near & valid & (found.method == stood.method))


def _same_figures(found: Found, stood: Found) -> Bools:
    same: Bools = (found.rival == stood.rival) & (found.side == stood.side)
    for name in ("confidence", "limit_m", "rival_m", "along_m", "share"):
        ours, theirs = getattr(found, name), getattr(stood, name)
        same &= (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    return same


def _keys(one: Found, other: Found | Spoken) -> tuple[Ints, Ints]:
    """Return a number for each device, relation and target, the same for the same in both."""
    devices = np.unique(np.concatenate([one.device, other.device]))
    targets = np.unique(np.concatenate([one.target, other.target]))

    def numbered(links: Found | Spoken) -> Ints:
        slots = np.searchsorted(devices, links.device) * len(RELATIONS) + links.relation
        keys: Ints = slots * len(targets) + np.searchsorted(targets, links.target)
        return keys

    return numbered(one), numbered(other)


def _new_ids(cursor: Cursor, count: int) -> Ints:
    """Return ids for new relations; nobody else takes any while the register is locked."""
    if not count:
        return np.empty(0, np.int64)
    cursor.execute(_IDS, {"count": count})
    first = int(cursor.fetchall()[0][0])
    return np.arange(first, first + count)


def _relation_columns(links: Found, ids: Ints, change_set: int) -> dict[str, Column]:
    return {
        "id": numbers(ids),
        "origin": numbers(links.device),
        "kind": words(links.relation, RELATIONS),
        "target": numbers(links.target),
        "valid": ranges(links.valid_from, links.valid_to, (NO_START, NO_END)),
        "method": words(links.method, METHODS),
        "distance_m": numbers(links.distance_m, np.isnan(links.distance_m)),
        "change_set_id": numbers(np.full(len(ids), change_set)),
    }


def _link_columns(links: Found, ids: Ints) -> dict[str, Column]:
    given = {name: getattr(links, name) for name in ("limit_m", "rival_m", "along_m", "share")}
    return {
        "relation_id": numbers(ids),
        "confidence": numbers(links.confidence),
        "rival": numbers(links.rival, links.rival == 0),
        "side": words(links.side - min(SIDES), _SIDE_WORDS),
        **{name: numbers(column, np.isnan(column)) for name, column in given.items()},
    }
