"""Declared corrections in a batch: what replaces, what is a redelivery and what is in conflict.

| key (series, time) | a plain reading | a declared correction |
|---|---|---|
| stands not yet | is stored | is stored, as a plain reading |
| stands with this value | is known: a redelivery | is known: a redelivery |
| had this value before a correction | is known: a redelivery | replaces |
| stands with another value | is known: a conflict | replaces |

Readings of one batch count in the order of their arrival.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from data import revisions
from data.observations import Rows
from data.revisions import Key, Revision, Standing
from ingest.handed_in import Declaration, declaration_in
from twin.model import Message

Cursor = psycopg.Cursor[tuple[Any, ...]]
Write = Callable[[Cursor, Rows], NDArray[np.bool_]]


class Span(NamedTuple):
    """The rows of a message that declares corrections: from ``begin`` to before ``end``."""

    begin: int
    end: int
    declaration: Declaration


class Written(NamedTuple):
    """What became of n rows.

    Attributes:
        new: bool[n], which were newly stored; rules may look at them.
        revised: bool[n], which replaced what stood and stand now. A later step may judge again by
            them what was judged by what they replaced.
    """

    new: NDArray[np.bool_]
    revised: NDArray[np.bool_]

    @property
    def taken(self) -> NDArray[np.bool_]:
        """Which rows stand now because of this batch."""
        return self.new | self.revised


def spans(messages: Iterable[Message], starts: Sequence[int]) -> list[Span]:
    """Return the rows that are declared corrections.

    Args:
        messages: of a batch.
        starts: where the rows of each message begin, and the end of the last one's.
    """
    return [
        Span(starts[place], starts[place + 1], declaration)
        for place, message in enumerate(messages)
        if (declaration := declaration_in(message.topic))
    ]


def store(cursor: Cursor, rows: Rows, declared: Sequence[Span], write: Write) -> Written:
    """Store rows in the cursor's transaction, those that are corrections as such.

    Args:
        cursor: in a transaction, in which nothing else was written with ``write``.
        rows: in the order of their arrival.
        declared: which of them are corrections.
        write: stores plain rows and returns which were new, as ``data.observations`` does.
    """
    revised = np.zeros(len(rows.series_id), dtype=np.bool_)
    if not any(span.begin < span.end for span in declared):
        return Written(write(cursor, rows), revised)
    contested = _contested(rows, declared)
    settled = _settled(cursor, rows, declared, np.flatnonzero(contested))
    plain = ~contested
    plain[settled.new] = True
    new = np.zeros(len(rows.series_id), dtype=np.bool_)
    new[plain] = write(cursor, rows.take(plain))
    revisions.keep_conflicts(cursor, rows.take(np.array(settled.conflicts, dtype=np.intp)))
    revisions.revise(cursor, settled.revisions, rows.take(np.array(settled.last, dtype=np.intp)))
    revised[settled.revised] = True
    return Written(new, revised)


class _Settled(NamedTuple):
    """Rows by index: new, replacing, in conflict; and the last of those that replace, by key."""

    new: list[int]
    revised: list[int]
    conflicts: list[int]
    last: list[int]
    revisions: list[Revision]


def _contested(rows: Rows, declared: Sequence[Span]) -> NDArray[np.bool_]:
    """Return bool[n]: the rows of every (series, time) that a correction of the batch is about."""
    keys = np.empty(len(rows.series_id), dtype=[("series_id", "i8"), ("ts_us", "i8")])
    keys["series_id"], keys["ts_us"] = rows.series_id, rows.ts_us
    _, number = np.unique(keys, return_inverse=True)
    about = np.unique(np.concatenate([number[span.begin : span.end] for span in declared]))
    return np.isin(number, about)


def _settled(
    cursor: Cursor, rows: Rows, declared: Sequence[Span], contested: NDArray[np.intp]
) -> _Settled:
    by_row = {index: span.declaration for span in declared for index in range(span.begin, span.end)}
    picked = rows.take(contested)
    keys = list(zip(picked.series_id.tolist(), picked.ts_us.tolist(), strict=True))
    stands = revisions.standing(cursor, picked)
    settled = _Settled([], [], [], [], [])
    last: dict[Key, int] = {}
    found = zip(
        contested.tolist(), keys, picked.value.tolist(), picked.quality.tolist(), strict=True
    )
    for index, key, value, quality in found:
        before = stands.get(key)
        if before is None:
            settled.new.append(index)
            stands[key] = Standing(value, quality, set())
        elif value == before.value:
            continue
        elif declaration := by_row.get(index):
            settled.revised.append(index)
            last[key] = index
            settled.revisions.append(Revision(key, before, value, quality, declaration))
            stands[key] = Standing(value, quality, before.past | {before.value})
        elif value not in before.past:
            settled.conflicts.append(index)
    settled.last.extend(last.values())
    return settled
