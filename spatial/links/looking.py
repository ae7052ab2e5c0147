"""Which objects each device has around it, and why some of them cannot be its own."""

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
import shapely

from spatial.links.entities import Entities
from spatial.links.rules import Bools, Floats, Ints, RuleBook, Shapes, class_of, reach_m
from spatial.soundness import somewhere, stands

_AT_ONCE = 16_384
"""Devices that look around at once, so that a dense city needs no more memory than a sparse one."""


FIT, TOO_FAR, OTHER_HEIGHT, NO_HEIGHT, OTHER_TIME = range(5)
"""What is to be said of an object that a device has around it: numbers, for there are many."""


class Candidates(NamedTuple):
    """Objects around devices (k), each for one rule.

    Attributes:
        device: int64[k], position of the device.
        rule: int64[k], position of the rule.
        target: int64[k], position of the object.
        distance_m: float64[k], seen from above.
        share: float64[k], of the object that a camera sees; NaN for other rules.
        verdict: int64[k], ``FIT`` or what stands against it.
    """

    device: Ints
    rule: Ints
    target: Ints
    distance_m: Floats
    share: Floats
    verdict: Ints

    @classmethod
    def joined(cls, several: list[Self]) -> Self:
        """Return all of them one after the other."""
        columns = [_NONE, *several]
        return cls._make(np.concatenate(column) for column in zip(*columns, strict=True))

    def taken(self, rows: Ints | Bools) -> Self:
        """Return some of them."""
        return type(self)._make(column[rows] for column in self)


_NO_ROWS, _NO_FIGURES = np.empty(0, np.int64), np.empty(0, np.float64)
_NONE = Candidates(_NO_ROWS, _NO_ROWS, _NO_ROWS, _NO_FIGURES, _NO_FIGURES, _NO_ROWS)


class Ground(NamedTuple):
    """The devices' places and the objects, by class with an index in space."""

    devices: Entities
    objects: Entities
    places: Shapes
    sensor: Ints
    rows: dict[int, Ints]
    trees: dict[int, shapely.STRtree]

    @classmethod
    def of(cls, devices: Entities, objects: Entities, book: RuleBook) -> Self:
        """Index the objects of every class that a rule names."""
        sound = np.flatnonzero(somewhere(objects.shape))
        klass = class_of(objects.code[sound])
        rows = {int(target): sound[klass == target] for target in np.unique(book.target)}
        trees = {target: shapely.STRtree(objects.shape[mine]) for target, mine in rows.items()}
        places = stands(devices.shape)
        return cls(devices, objects, places, class_of(devices.code), rows, trees)

    def placed(self, sensor: int) -> Ints:
        """Return the positions of the devices of a class that have a place."""
        mine = np.flatnonzero(self.sensor == sensor)
        return mine[~shapely.is_missing(self.places[mine])]


def look_around(ground: Ground, book: RuleBook) -> Candidates:
    """Return what lies around the devices within the reach of each rule that is not of a view."""
    found = []
    for number in np.flatnonzero(~book.covers).tolist():
        reach = reach_m(book.rules[number])
        target = int(book.target[number])
        for device, thing, distance in near(ground, int(book.sensor[number]), target, reach):
            verdict = np.where(distance <= book.limit_m[number], FIT, TOO_FAR)
            found.append(_candidates(device, number, thing, distance, verdict))
    return _judged(ground, Candidates.joined(found))


def near(
    ground: Ground, sensor: int, target: int, reach: float
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Yield positions of devices, of objects within the reach of each, and metres between."""
    everyone, things = ground.placed(sensor), ground.rows[target]
    # The index works with rounded envelopes, so it looks a little farther.
    wide = reach * 1.001 + 0.001
    for start in range(0, len(everyone) if len(things) else 0, _AT_ONCE):
        mine = everyone[start : start + _AT_ONCE]
        places = ground.places[mine]
        x, y = shapely.get_x(places), shapely.get_y(places)
        at, thing = ground.trees[target].query(shapely.box(x - wide, y - wide, x + wide, y + wide))
        distance = shapely.distance(places[at], ground.objects.shape[things[thing]])
        kept = distance <= reach
        yield mine[at[kept]], things[thing[kept]], distance[kept]


def _candidates(
    device: Ints, rule: int, target: Ints, distance: Floats, verdict: Ints
) -> Candidates:
    count = len(device)
    rules, shares = np.full(count, rule), np.full(count, np.nan)
    return Candidates(device, rules, target, distance, shares, verdict)


def _judged(ground: Ground, found: Candidates) -> Candidates:
    """Return the candidates with what stands against them beside their distance."""
    things = ground.objects.taken(found.target)
    verdict = found.verdict.copy()
    height = ground.devices.base_m[found.device]
    layered = ~(np.isnan(things.base_m) & np.isnan(things.top_m))
    outside = (height < things.base_m) | (height >= things.top_m)
    # What is too far away too: what cannot be meant is no rival either.
    verdict[apart(ground, found.device, found.target)] = OTHER_TIME
    verdict[layered & outside] = OTHER_HEIGHT
    verdict[layered & np.isnan(height)] = NO_HEIGHT
    return found._replace(verdict=verdict)


def apart(ground: Ground, device: Ints, target: Ints) -> Bools:
    """Tell which devices and objects, by position, are never there at the same time."""
    devices, objects = ground.devices, ground.objects
    before: Bools = devices.valid_to[device] <= objects.valid_from[target]
    after: Bools = objects.valid_to[target] <= devices.valid_from[device]
    return before | after
