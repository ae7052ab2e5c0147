"""What people keep apart stays apart, whatever links there are."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from alerts.incidents.members import Ints
from alerts.incidents.pairs import Pairs


class Apart(NamedTuple):
    """Pairs of incidents that people keep apart."""

    pairs: frozenset[tuple[int, int]]

    def forbid(self, one: Collection[int], other: Collection[int]) -> bool:
        """Tell whether an incident of one group is to stay apart from one of the other."""
        return any((a, b) in self.pairs or (b, a) in self.pairs for a in one for b in other)


TOGETHER = Apart(frozenset())


class Joining:
    """Labels (n) that are joined one by one, unless that is forbidden."""

    def __init__(self, label: Ints, incident: Ints, apart: Apart) -> None:
        self._parent = dict(zip(label.tolist(), label.tolist(), strict=True))
        self._held: dict[int, set[int]] = {number: set() for number in self._parent}
        for number, held in zip(label.tolist(), incident.tolist(), strict=True):
            if held >= 0:
                self._held[number].add(held)
        self._apart = apart

    def join(self, one: int, other: int) -> None:
        """Join two labels, if it is allowed."""
        low, high = sorted((self.top(one), self.top(other)))
        if low != high and not self._apart.forbid(self._held[low], self._held[high]):
            self._parent[high] = low
            self._held[low] |= self._held.pop(high)

    def top(self, number: int) -> int:
        """Return the label of what a label was joined to."""
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number


def joined_apart(label: Ints, incident: Ints, links: Pairs, apart: Apart) -> Ints:
    """Return labels (int64[n]) joined along links, those that count most first."""
    joining = Joining(label, incident, apart)
    for one, other in zip(label[links.cause].tolist(), label[links.effect].tolist(), strict=True):
        joining.join(one, other)
    return np.array([joining.top(number) for number in label.tolist()], np.int64)


def attached_apart(cluster: Ints, incident: Ints, ends: tuple[Ints, Ints], apart: Apart) -> Ints:
    """Return for each cluster the number of what it is attached to: int64[clusters]."""
    joining = Joining(cluster, incident, apart)
    for one, other in zip(ends[0].tolist(), ends[1].tolist(), strict=True):
        joining.join(one, other)
    count = int(cluster.max(initial=-1)) + 1
    return np.array([joining.top(number) for number in range(count)], np.int64)
