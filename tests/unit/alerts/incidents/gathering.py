"""Short ways to alerts at places of a small network, for tests of grouping."""

from typing import NamedTuple

from alerts.incidents.grouping import Found, Known, group
from alerts.incidents.linking import NO_GAUGES, Linking, Neighbours
from alerts.incidents.members import STANDS_US, Members
from data.reference.causes import cause_links, family_order

MINUTE = 60_000_000
NOON = 1_767_600_000_000_000


class One(NamedTuple):
    """An alert; times in minutes after noon, places in metres."""

    id: int
    family: str
    minute: float = 0.0
    until: float | None = None
    entity: int = 0
    x: float = 0.0
    y: float = 0.0
    building: int = -1
    catchment: int = -1
    root: int = -1
    enter: int = -1
    leave: int = -1
    way_m: float = 0.0
    gauge: int = -1
    nearest: int = -1
    mode: int = 0


def members_of(ones: list[One]) -> Members:
    return Members.of([_row(one) for one in ones])


def _row(one: One) -> tuple[float, ...]:
    end = STANDS_US if one.until is None else NOON + round(one.until * MINUTE)
    return (
        *(one.id, one.mode, family_order()[one.family], 2, one.entity or one.id),
        *(NOON + round(one.minute * MINUTE), end, one.x, one.y, one.building, one.catchment),
        *(one.root, one.enter, one.leave, one.way_m, one.way_m, one.gauge, one.nearest),
    )


def grouped(ones: list[One], known: Known | None = None, gauges: Neighbours = NO_GAUGES) -> Found:
    return group(members_of(ones), Linking(cause_links(), family_order(), gauges), known)


def parts(ones: list[One], gauges: Neighbours = NO_GAUGES) -> set[frozenset[int]]:
    """Groups as sets of the alerts' numbers."""
    return parted(ones, grouped(ones, gauges=gauges))


def parted(ones: list[One], found: Found) -> set[frozenset[int]]:
    by_group: dict[int, set[int]] = {}
    for one, number in zip(ones, found.group.tolist(), strict=True):
        by_group.setdefault(number, set()).add(one.id)
    return {frozenset(held) for held in by_group.values()}
