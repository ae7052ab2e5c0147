"""What has one alert together: a rule at an entity in a mode, with the latches of its series."""

from collections.abc import Iterable, Mapping

import numpy as np

from alerts.memory import Group, Key
from alerts.rules import AlertLevel
from alerts.rules.courses import Flags, Ints


class Groups:
    """Groups by number, and the places of their latches by name."""

    def __init__(self) -> None:
        self._numbers: dict[Group, int] = {}
        self._groups: list[Group] = []
        self._places: list[dict[Key, int]] = []
        self._named: dict[int, tuple[Group, Key]] = {}

    def __getitem__(self, number: int) -> Group:
        """Return the group with a number."""
        return self._groups[number]

    def number(self, group: Group) -> int:
        """Return the number of a group, a new one where it has none."""
        found = self._numbers.get(group)
        if found is None:
            found = self._numbers[group] = len(self._groups)
            self._groups.append(group)
            self._places.append({})
        return found

    def name(self, latch: int) -> tuple[Group, Key]:
        """Return group and key of a latch."""
        return self._named[latch]

    def places(self, group: Group) -> Mapping[Key, int]:
        """Return the latches of a group."""
        number = self._numbers.get(group)
        return {} if number is None else self._places[number]

    def add(self, number: int, names: Iterable[tuple[Group, Key]], places: Ints) -> None:
        """Say where latches of a group are."""
        known = self._places[number]
        for name, place in zip(names, places.tolist(), strict=True):
            known[name[1]] = place
            self._named[place] = name

    def remove(self, latch: int) -> None:
        """Forget a latch."""
        group, key = self._named.pop(latch)
        self._places[self._numbers[group]].pop(key, None)

    def standing(
        self, number: int, raised: Flags, level: Ints, changed: Mapping[int, bool]
    ) -> AlertLevel | None:
        """Return the highest level that stands in a group.

        Args:
            number: of the group.
            raised: of all latches.
            level: of all latches.
            changed: of those that differ from ``raised``.
        """
        standing = [
            int(level[place])
            for place in self._places[number].values()
            if changed.get(place, bool(raised[place]))
        ]
        return AlertLevel(max(standing)) if standing else None


def distinct(latches: Ints) -> tuple[Ints, Ints]:
    """Return the places that occur, ascending, and the position among them of each."""
    found, position = np.unique(latches, return_inverse=True)
    return found, np.asarray(position, np.int64)
