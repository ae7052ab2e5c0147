"""What can belong to what: the rules of linking, and the ways in which a link is found."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

LOOK_AROUND = 2.0
"""How many times as far as its limit a rule looks: a rival beyond that takes no confidence away."""

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Shapes: TypeAlias = NDArray[Any]


class Method(StrEnum):
    """How a link was found."""

    INSIDE = "inside"
    """The device stands in the object."""
    NEAREST = "nearest"
    """The object is the nearest that it can belong to."""
    AT = "at"
    """It stands at a line: so far from its start, on this side, so far off."""
    COVERS = "covers"
    """The camera's field of view covers the object, or a part of it."""
    PERSON = "by a person"
    """A person said so, and it stays so until the fix is released."""
    NAME = "by name"
    """An import named the object."""


METHODS = tuple(Method)
"""The methods in the order of the numbers that stand for them in arrays."""


class LinkRule(Protocol):
    """Which class a device's class can belong to, by which relation, found how, how near."""

    @property
    def sensor_class(self) -> str:
        """Four digits of the device's class."""

    @property
    def target_class(self) -> str:
        """Four digits of the object's class."""

    @property
    def relation(self) -> str:
        """Kind of relation, for example ``monitors``; a device has one link of each kind."""

    @property
    def method(self) -> str:
        """``inside``, ``nearest``, ``at``, or ``covers``, of which a device has many."""

    @property
    def max_distance_m(self) -> float:
        """Farther away the device belongs to something else, or to nothing."""


class RuleBook(NamedTuple):
    """Rules (r) as arrays, in the order of preference.

    Attributes:
        rules: as they were given.
        relations: the kinds of relation, each once.
        relation: int64[r], index of each rule's relation.
        sensor: int64[r], class of its devices.
        target: int64[r], class of its objects.
        limit_m: float64[r], metres.
        inside: bool[r], whether the smallest object around the device is the best.
        at: bool[r], whether the place along a line is asked.
        covers: bool[r], whether a device has a link to each object that it finds.
    """

    rules: tuple[LinkRule, ...]
    relations: tuple[str, ...]
    relation: Ints
    sensor: Ints
    target: Ints
    limit_m: Floats
    inside: Bools
    at: Bools
    covers: Bools

    @classmethod
    def of(cls, rules: Iterable[LinkRule], relations: Iterable[str] = ()) -> Self:
        """Return the rules as arrays, and further kinds of relation behind theirs."""
        given = tuple(rules)
        kinds = tuple(dict.fromkeys([*(rule.relation for rule in given), *relations]))
        return cls(
            given,
            kinds,
            np.array([kinds.index(rule.relation) for rule in given], np.int64),
            np.array([int(rule.sensor_class) for rule in given], np.int64),
            np.array([int(rule.target_class) for rule in given], np.int64),
            np.array([rule.max_distance_m for rule in given], np.float64),
            np.array([rule.method == Method.INSIDE for rule in given], np.bool_),
            np.array([rule.method == Method.AT for rule in given], np.bool_),
            np.array([rule.method == Method.COVERS for rule in given], np.bool_),
        )

    def slots(self, device: Ints, rule: Ints) -> Ints:
        """Return one number for each device and relation, of positions of devices and rules."""
        slots: Ints = device * len(self.relations) + self.relation[rule]
        return slots

    def main(self) -> dict[int, str]:
        """Return for each class of device the relation that it must have: its first rule's."""
        found: dict[int, str] = {}
        for rule in self.rules:
            found.setdefault(int(rule.sensor_class), rule.relation)
        return found

    def of_sensor(self, sensor: int) -> list[LinkRule]:
        """Return the rules of a class of device."""
        return [rule for rule in self.rules if int(rule.sensor_class) == sensor]


def reach_m(rule: LinkRule) -> float:
    """Return how far from a device objects matter to this rule, metres."""
    return LOOK_AROUND * rule.max_distance_m


def class_of(code: Ints) -> Ints:
    """Return the class of each entity code, as a number."""
    return code // 1_000_000 % 10_000
