"""Groups of alerts of one cause: what shares a cause is together, and what follows joins its cause.

Two steps, both a function of the alerts alone, whatever the order in which they came:

1. Alerts that share a cause (links of the kind ``shares``) are one cluster, and so are those that a
   chain of such links joins.
2. Each cluster follows from the one cause that the table puts first, and of several such the one
   nearest in time and place. A consequence never joins two causes: where the waters of two storms
   meet, the river belongs to one of them.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from alerts.incidents.apart import TOGETHER, Apart, attached_apart, joined_apart
from alerts.incidents.linking import Linking
from alerts.incidents.members import Flags, Floats, Ints, Members
from alerts.incidents.pairs import Pairs

MOST_QUIETERS = 8
"""Causes that are kept for each alert: one of them standing is enough to quiet it."""


class Known(NamedTuple):
    """What was found before about n alerts.

    Attributes:
        cluster: int64[n], a number for each cluster; -1 for one that is fresh.
        incident: int64[n], -1 for none.
        causes: links to causes, one of each effect at most.
        ties: int64[t, 2], pairs of rows that people put together.
    """

    cluster: Ints
    incident: Ints
    causes: Pairs
    ties: Ints

    @classmethod
    def nothing(cls, count: int) -> "Known":
        """Return what is known of fresh alerts."""
        none = np.full(count, -1, np.int64)
        return cls(none, none, Pairs.none(), np.empty((0, 2), np.int64))


class Found(NamedTuple):
    """What the links come to.

    Attributes:
        group: int64[n], number of each alert's group, from 0.
        cluster: int64[n], number of the cluster within which a cause is shared.
        causes: the link to the cause of each effect, at most one.
        shares: a link that says with what each alert shares its cause, at most one and fresh.
        quieting: links by which an alert is quieted while the cause stands.
    """

    group: Ints
    cluster: Ints
    causes: Pairs
    shares: Pairs
    quieting: Pairs


def group(
    members: Members, linking: Linking, known: Known | None = None, apart: Apart = TOGETHER
) -> Found:
    """Return the groups of alerts.

    Args:
        members: n alerts.
        linking: what links them.
        known: what was found before; nothing if None.
        apart: incidents that no link may join.
    """
    size = len(members)
    before = Known.nothing(size) if known is None else known
    collected = Collected(size, linking, before.causes)
    sharing: list[Pairs] = []
    label = _joined(_labels(before.cluster), *before.ties.T) if len(before.ties) else None
    label = _labels(before.cluster) if label is None else label
    for pairs in linking.pairs(members, before.cluster < 0):
        collected.add(members, pairs)
        shared = pairs.take(linking.shares[pairs.rule])
        if apart.pairs:
            sharing.append(shared)
        else:
            label = _joined(label, shared.cause, shared.effect)
    if apart.pairs:
        label = joined_apart(label, before.incident, best_first(members, sharing), apart)
    cluster = _numbered(label)
    follows = _follows(members, cluster, collected.causes)
    if apart.pairs:
        held = attached_apart(cluster, before.incident, _ends(cluster, follows), apart)
    else:
        held = _joined(np.arange(cluster.max(initial=-1) + 1), *_ends(cluster, follows))
    found = _numbered(held[cluster])
    return Found(found, cluster, collected.causes, collected.shared, collected.quieting)


class Collected:
    """The links worth keeping of a stream of them."""

    def __init__(self, size: int, linking: Linking, causes: Pairs) -> None:
        self._shares, self._quiets = linking.shares, linking.quiets
        self._reached = np.full(size, len(linking.links), np.int64)
        self._reached[causes.effect] = causes.rule
        self.causes = causes
        self.shared = self.quieting = Pairs.none()

    def add(self, members: Members, pairs: Pairs) -> None:
        """Take more of them."""
        if not len(pairs.cause):
            return
        shared = self._shares[pairs.rule]
        if shared.any():
            self.shared = first_of(members, Pairs.together([self.shared, pairs.take(shared)]), 1)
        causes = pairs.take(~shared & (pairs.rule <= self._reached[pairs.effect]))
        if len(causes.cause):
            self.causes = first_of(members, Pairs.together([self.causes, causes]), 1)
            self._reached[self.causes.effect] = self.causes.rule
        quieting = pairs.take(self._quiets[pairs.rule])
        if len(quieting.cause):
            self.quieting = first_of(
                members, Pairs.together([self.quieting, quieting]), MOST_QUIETERS
            )


def _order(members: Members, pairs: Pairs) -> tuple[Ints | Floats, ...]:
    """Return the keys of the order in which links count, the last one first."""
    away = np.nan_to_num(pairs.away_m)
    return (members.id[pairs.cause], np.abs(pairs.after_us), away, pairs.rule)


def first_of(members: Members, pairs: Pairs, most: int) -> Pairs:
    """Return the first links of each effect: by the table's order, then near in time and place."""
    ordered = pairs.take(np.lexsort((*_order(members, pairs), pairs.effect)))
    start = np.searchsorted(ordered.effect, ordered.effect, "left")
    return ordered.take(np.arange(len(ordered.effect)) - start < most)


def best_first(members: Members, portions: Iterable[Pairs]) -> Pairs:
    """Return links in the order in which they count."""
    pairs = Pairs.together(portions)
    return pairs.take(np.lexsort((members.id[pairs.effect], *_order(members, pairs))))


def _follows(members: Members, cluster: Ints, causes: Pairs) -> Pairs:
    """Return the one link by which each cluster follows from another."""
    outward = causes.take(cluster[causes.cause] != cluster[causes.effect])
    order = np.lexsort((members.id[outward.effect], *_order(members, outward)))
    ordered = outward.take(order)
    _, first = np.unique(cluster[ordered.effect], return_index=True)
    return ordered.take(np.sort(first))


def _ends(cluster: Ints, follows: Pairs) -> tuple[Ints, Ints]:
    return cluster[follows.cause], cluster[follows.effect]


def _labels(cluster: Ints) -> Ints:
    """Return a label for each alert, the same one for those of one cluster."""
    alone = np.arange(len(cluster))
    known = cluster >= 0
    label = alone.copy()
    if known.any():
        _, first, back = np.unique(cluster[known], return_index=True, return_inverse=True)
        label[known] = alone[known][first][back]
    return label


def _joined(label: Ints, one: Ints, other: Ints) -> Ints:
    if not len(one):
        return label
    size = len(label)
    ends = (label[one], label[other])
    matrix = coo_array((np.ones(len(one), np.int8), ends), shape=(size, size))
    _, component = connected_components(matrix.tocsr(), directed=False)
    return np.asarray(component, np.int64)[label]


def _numbered(label: Ints) -> Ints:
    _, first, back = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[back]


def roots(members: Members, groups: Ints, caused: Flags) -> Ints:
    """Return the row of each group's root cause: int64[groups].

    That is an alert without a known cause, of the family that stands first in the table; of
    several the first one raised.

    Args:
        members: n alerts.
        groups: int64[n], numbers from 0.
        caused: bool[n], whether something else caused it.
    """
    order = np.lexsort((members.id, members.from_us, members.family, caused, groups))
    _, first = np.unique(groups[order], return_index=True)
    return order[first]


def rows_of(groups: Ints) -> Iterator[Ints]:
    """Yield the rows of each group, in the order of their numbers."""
    order = np.argsort(groups, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
