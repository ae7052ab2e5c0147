"""Which of its candidates a device belongs to, and which one came next."""

from typing import NamedTuple

import numpy as np
import shapely

from spatial.links.entities import Entities
from spatial.links.looking import FIT, TOO_FAR, Candidates
from spatial.links.rules import Bools, Floats, Ints, RuleBook

_EQUAL_M_DIGITS = 3
"""Distances that agree to the millimetre are equally good."""


class Choice(NamedTuple):
    """Rows of candidates.

    Attributes:
        won: int64[w], of those that are taken.
        rival: int64[w], of the next best for each, -1 where there is none.
        missed: int64[m], for each device and relation without a link the one that came closest.
    """

    won: Ints
    rival: Ints
    missed: Ints


def choose(found: Candidates, book: RuleBook, objects: Entities) -> Choice:
    """Take for each device and relation the nearest candidate that fits.

    Of equally near ones (to the millimetre) that of the earlier rule is taken, of those the smaller
    one if the rule is one of standing inside, of those the one with the lower code. What a view
    covers is all taken.
    """
    seen = book.covers[found.rule]
    rows = np.flatnonzero(~seen & np.isin(found.verdict, (FIT, TOO_FAR)))
    ranked = rows[_ranks(found.taken(rows), book, objects)]
    slot = book.slots(found.device, found.rule)[ranked]
    first = np.flatnonzero(np.diff(slot, prepend=-1))
    fits = found.verdict[ranked[first]] == FIT
    rival = _rivals(found, book, ranked, first)
    views = np.flatnonzero(seen & (found.verdict == FIT))
    return Choice(
        np.concatenate([ranked[first[fits]], views]),
        np.concatenate([rival[fits], np.full(len(views), -1)]),
        ranked[first[~fits]],
    )


def _ranks(found: Candidates, book: RuleBook, objects: Entities) -> Ints:
    """Return the order by device and relation, the best first."""
    misses = found.verdict == TOO_FAR
    badness = np.where(misses, found.distance_m - book.limit_m[found.rule], found.distance_m)
    keys = (
        objects.code[found.target],
        _sizes(found, book, objects),
        found.rule,
        badness.round(_EQUAL_M_DIGITS),
        misses,
        book.slots(found.device, found.rule),
    )
    return np.lexsort(keys)


def _sizes(found: Candidates, book: RuleBook, objects: Entities) -> Floats:
    """Return the area of what devices stand in, 0 of everything else."""
    sizes = np.zeros(len(found.rule))
    around = np.flatnonzero(book.inside[found.rule] & (found.distance_m == 0))
    sizes[around] = shapely.area(objects.shape[found.target[around]])
    return sizes


def _rivals(found: Candidates, book: RuleBook, ranked: Ints, first: Ints) -> Ints:
    """Return for each group of ranked rows the next best, -1 where there is none.

    A building is no rival of the storey in it: where the best one is that of a rule of standing
    inside, only those of the same rule are.
    """
    group = np.repeat(np.arange(len(first)), np.diff(first, append=len(ranked)))
    best = ranked[first][group]
    able: Bools = ~book.inside[found.rule[best]] | (found.rule[ranked] == found.rule[best])
    able &= found.target[ranked] != found.target[best]
    rivals = np.full(len(first), -1, np.int64)
    others = np.flatnonzero(able)
    groups, at = np.unique(group[others], return_index=True)
    rivals[groups] = ranked[others[at]]
    return rivals
