"""Why a device belongs to nothing, in a sentence for people."""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import shapely

from spatial.links.choosing import Choice
from spatial.links.looking import FIT, NO_HEIGHT, OTHER_TIME, TOO_FAR, Candidates, Ground
from spatial.links.rules import Ints, RuleBook, reach_m

_NOBODY = -1


class Unlinked(NamedTuple):
    """A device (code) without the link that its class must have, and why.

    ``relation`` is empty where no rule knows its class.
    """

    device: int
    relation: str
    reason: str


class Why(NamedTuple):
    """Everything that says why a device has no link."""

    ground: Ground
    book: RuleBook
    candidates: Candidates
    choice: Choice
    class_names: Mapping[str, str]

    def unlinked(self, decided: Ints) -> Iterator[Unlinked]:
        """Yield the devices without the link that their class must have.

        Args:
            decided: slots of which linking says nothing.
        """
        book, code = self.book, self.ground.devices.code
        relation, slots = self._wanted()
        won = self.candidates.taken(self.choice.won)
        taken = np.concatenate([book.slots(won.device, won.rule), decided])
        lost = np.flatnonzero((relation < 0) | ~np.isin(slots, taken))
        placeless = shapely.is_missing(self.ground.places[lost]).tolist()
        closest = self._closest()
        general = cache(self._general)
        columns = (code[lost], relation[lost], self.ground.sensor[lost], slots[lost])
        rows = zip(placeless, *(column.tolist() for column in columns), strict=True)
        for missing, device, at, sensor, slot in rows:
            kind = book.relations[at] if at >= 0 else ""
            row = closest.get(slot, _NOBODY)
            if not kind or missing or row == _NOBODY:
                yield Unlinked(device, kind, general(sensor, kind, missing))
            else:
                yield Unlinked(device, kind, self._nearly(row))

    def _wanted(self) -> tuple[Ints, Ints]:
        """Return for each device the relation that it must have, -1 for none, and its slot."""
        sensors, at = np.unique(self.ground.sensor, return_inverse=True)
        main, kinds = self.book.main(), self.book.relations
        of_class = [kinds.index(main[s]) if s in main else -1 for s in sensors.tolist()]
        relation = np.array(of_class, np.int64)[at]
        slots: Ints = np.arange(len(relation)) * len(kinds) + relation
        return relation, slots

    def _closest(self) -> dict[int, int]:
        """Return for each slot the row that came closest; one that fits all but the distance."""
        found = self.candidates
        unfit = np.flatnonzero(~np.isin(found.verdict, (FIT, TOO_FAR)))
        # The last one of a slot stays, so the nearest comes last, and what was only too far after.
        keys = (self.ground.objects.code[found.target[unfit]], found.distance_m[unfit])
        rows = np.concatenate([unfit[np.lexsort(keys)][::-1], self.choice.missed])
        slots = self.book.slots(found.device[rows], found.rule[rows])
        return dict(zip(slots.tolist(), rows.tolist(), strict=True))

    def _general(self, sensor: int, kind: str, missing: bool) -> str:  # noqa: FBT001 - of a cache
        """Say what holds for every device of a class that has nothing around it."""
        if not kind:
            return f"no class of object is known that {self._name(f'{sensor:04}')} can belong to"
        rules = [rule for rule in self.book.of_sensor(sensor) if rule.relation == kind]
        if missing:
            names = " or ".join(self._name(rule.target_class) for rule in rules)
            return f"the device has no place, expected a point near a {names}"
        return "there is " + " and ".join(
            f"no {self._name(rule.target_class)} within {reach_m(rule):g} m" for rule in rules
        )

    def _nearly(self, row: int) -> str:
        rule = self.book.rules[self.candidates.rule[row]]
        against = objection(self.ground, self.book, self.candidates, row)
        return f"nearest {self._name(rule.target_class)} {against}"

    def _name(self, klass: str) -> str:
        return self.class_names.get(klass, klass)


def objection(ground: Ground, book: RuleBook, candidates: Candidates, row: int) -> str:
    """Say what stands against a candidate that does not fit."""
    verdict, target = candidates.verdict[row], candidates.target[row]
    if verdict == TOO_FAR:
        limit = book.limit_m[candidates.rule[row]]
        # Rounded up, so that no sentence says "15.0 m away, expected at most 15 m".
        away = math.ceil(candidates.distance_m[row] * 10) / 10
        return f"is {away:g} m away, expected at most {limit:g} m"
    if verdict == OTHER_TIME:
        return "is not there at the same time as the device"
    if verdict == NO_HEIGHT:
        return "has a height, expected one of the device to tell storeys apart"
    height = ground.devices.base_m[candidates.device[row]]
    return f"is {_span(ground, int(target))} high, and the device is at {height:g} m"


def _span(ground: Ground, target: int) -> str:
    base, top = ground.objects.base_m[target], ground.objects.top_m[target]
    low = "" if math.isnan(base) else f"from {base:g} m"
    high = "" if math.isnan(top) else f"below {top:g} m"
    return " ".join(filter(None, (low, high)))
