"""Which objects sensors and cameras belong to."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from spatial.links import found as links_found
from spatial.links.choosing import Choice, choose
from spatial.links.covering import look_through
from spatial.links.entities import Entities
from spatial.links.found import Found
from spatial.links.looking import Candidates, Ground, look_around
from spatial.links.reasons import Unlinked, Why
from spatial.links.rules import Ints, LinkRule, RuleBook, Shapes


class Decided(NamedTuple):
    """What linking does not find by itself (d).

    Attributes:
        device: int64[d], codes.
        relation: the kind of relation, d of them.
        target: int64[d], code of the object that a person named; 0 where nothing is to be found,
            because a person said "to none of these" or somebody else has said something.
    """

    device: Ints
    relation: Sequence[str]
    target: Ints


NOTHING = Decided(np.empty(0, np.int64), (), np.empty(0, np.int64))
NO_NAMES: Mapping[str, str] = MappingProxyType({})


class Links(NamedTuple):
    """Links, and why devices have none; ``relations`` are the kinds that both speak of."""

    relations: tuple[str, ...]
    found: Found
    unlinked: list[Unlinked]


class Judged(NamedTuple):
    """Everything that was looked at, and what came of it."""

    ground: Ground
    book: RuleBook
    candidates: Candidates
    choice: Choice


def link(
    devices: Entities,
    objects: Entities,
    rules: Sequence[LinkRule],
    *,
    decided: Decided = NOTHING,
    views: Shapes | None = None,
    class_names: Mapping[str, str] = NO_NAMES,
) -> Links:
    """Link each device to the objects that its class can belong to.

    For each relation the nearest object is taken that is near enough, at the device's height and
    there at the same time. The result does not depend on the order of devices and objects.

    Args:
        devices: sensors and cameras (n).
        objects: everything that they can belong to; what no rule names does no harm.
        rules: in the order of preference.
        decided: what linking shall not find by itself.
        views: object[n], polygons of what cameras see, for rules of covering; None of no camera.
        class_names: what a reader calls a class, for the reasons; its digits where missing.
    """
    book = RuleBook.of(rules, decided.relation)
    slots = _slots_of(decided, devices, book)
    # Coordinates may be as large as floats are; what comes of them is infinitely far away.
    with np.errstate(all="ignore"):
        judged = judge(devices, objects, book, taken_slots=slots, views=views)
        named = np.flatnonzero(decided.target)
        relation = np.array([book.relations.index(each) for each in decided.relation], np.int64)
        people = links_found.said(
            judged.ground, decided.device[named], relation[named], decided.target[named]
        )
        found = links_found.taken(*judged).joined(people)
    why = Why(judged.ground, book, judged.candidates, judged.choice, class_names)
    return Links(book.relations, found, list(why.unlinked(slots)))


def judge(
    devices: Entities,
    objects: Entities,
    book: RuleBook,
    *,
    taken_slots: Ints,
    views: Shapes | None = None,
) -> Judged:
    """Return what lies around the devices and what is taken, but for slots that are taken."""
    ground = Ground.of(devices, objects, book)
    seen = [] if views is None else [look_through(ground, book, views)]
    every = Candidates.joined([look_around(ground, book), *seen])
    free = every.taken(~np.isin(book.slots(every.device, every.rule), taken_slots))
    return Judged(ground, book, free, choose(free, book, objects))


def _slots_of(decided: Decided, devices: Entities, book: RuleBook) -> Ints:
    """Return the slot of everything that is decided."""
    if not len(decided.device):
        return decided.device
    position = {code: at for at, code in enumerate(devices.code.tolist())}
    slots = [
        position[device] * len(book.relations) + book.relations.index(relation)
        for device, relation in zip(decided.device.tolist(), decided.relation, strict=True)
        if device in position
    ]
    return np.array(slots, np.int64)
