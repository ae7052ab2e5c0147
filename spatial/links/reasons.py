"""Why a device belongs to nothing, in a sentence for people."""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import shapely

from spatial.links.choosing import Choice
from spatial.links.looking import Candidates, Ground, Verdict
from spatial.links.rules import Ints, RuleBook, reach_m


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
        taken = book.slots(
            self.candidates.device[self.choice.won], self.candidates.rule[self.choice.won]
        )
        wanted = {sensor: book.relations.index(kind) for sensor, kind in book.main().items()}
        relation = np.array([wanted.get(sensor, -1) for sensor in self.ground.sensor.tolist()])
        slots = np.arange(len(code)) * len(book.relations) + relation
        lost = (relation < 0) | ~np.isin(slots, np.concatenate([taken, decided]))
        closest = self._closest()
        for device in np.flatnonzero(lost).tolist():
            at = int(relation[device])
            kind = book.relations[at] if at >= 0 else ""
            row = closest.get(int(slots[device])) if kind else None
            yield Unlinked(int(code[device]), kind, self._sentence(device, kind, row))

    def _closest(self) -> dict[int, int]:
        """Return for each slot the row that came closest; one that fits all but the distance."""
        found = self.candidates
        unfit = np.flatnonzero(~np.isin(found.verdict, (Verdict.FIT, Verdict.TOO_FAR)))
        # The last one of a slot stays, so the nearest comes last, and what was only too far after.
        keys = (self.ground.objects.code[found.target[unfit]], found.distance_m[unfit])
        rows = np.concatenate([unfit[np.lexsort(keys)][::-1], self.choice.missed])
        slots = self.book.slots(found.device[rows], found.rule[rows])
        return dict(zip(slots.tolist(), rows.tolist(), strict=True))

    def _sentence(self, device: int, kind: str, row: int | None) -> str:
        sensor = int(self.ground.sensor[device])
        if not kind:
            return f"no class of object is known that {self._name(f'{sensor:04}')} can belong to"
        if shapely.is_missing(self.ground.places[device]):
            names = " or ".join(map(self._name, self.book.targets(sensor, kind)))
            return f"the device has no place, expected a point near a {names}"
        if row is None:
            return "there is " + " and ".join(self._nowhere(sensor, kind))
        rule = self.book.rules[int(self.candidates.rule[row])]
        return f"nearest {self._name(rule.target_class)} " + objection(
            self.ground, self.book, self.candidates, row
        )

    def _nowhere(self, sensor: int, kind: str) -> Iterator[str]:
        for rule in self.book.rules:
            if int(rule.sensor_class) == sensor and rule.relation == kind:
                yield f"no {self._name(rule.target_class)} within {reach_m(rule):g} m"

    def _name(self, klass: str) -> str:
        return self.class_names.get(klass, klass)


def objection(ground: Ground, book: RuleBook, candidates: Candidates, row: int) -> str:
    """Say what stands against a candidate that does not fit."""
    verdict, target = Verdict(int(candidates.verdict[row])), int(candidates.target[row])
    if verdict is Verdict.OTHER_TIME:
        return "is not there at the same time as the device"
    if verdict is Verdict.NO_HEIGHT:
        return "has a height, expected one of the device to tell storeys apart"
    if verdict is Verdict.OTHER_HEIGHT:
        height = ground.devices.base_m[int(candidates.device[row])]
        return f"is {_span(ground, target)} high, and the device is at {height:g} m"
    limit = book.limit_m[int(candidates.rule[row])]
    # Rounded up, so that no sentence says "15.0 m away, expected at most 15 m".
    away = math.ceil(candidates.distance_m[row] * 10) / 10
    return f"is {away:g} m away, expected at most {limit:g} m"


def _span(ground: Ground, target: int) -> str:
    base, top = ground.objects.base_m[target], ground.objects.top_m[target]
    low = "" if math.isnan(base) else f"from {base:g} m"
    high = "" if math.isnan(top) else f"below {top:g} m"
    return " ".join(filter(None, (low, high)))
