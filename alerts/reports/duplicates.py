"""Alerts that tell people what another one has told already."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from alerts.backtesting import Occurrence
from alerts.memory import Group
from alerts.rules.courses import NEVER

WITHIN_US = 10 * 60_000_000
"""How soon after one of its kind an alert tells nothing new, where nobody says otherwise."""


class Duplicate(NamedTuple):
    """Of what an alert is the duplicate.

    Attributes:
        again: one of the same rule and thing that ended shortly before it began.
        beside: one of another rule at the same thing that stood when it began.
    """

    again: Occurrence | None
    beside: Occurrence | None

    def __bool__(self) -> bool:
        """Return whether it is one."""
        return self.again is not None or self.beside is not None


def duplicates(
    occurrences: Sequence[Occurrence], within_us: int = WITHIN_US
) -> dict[Occurrence, Duplicate]:
    """Return what each alert repeats.

    Args:
        occurrences: of any rules and things.
        within_us: how soon after the end of the one before.
    """
    again = dict(_again(occurrences, within_us))
    beside = dict(_beside(occurrences))
    return {one: Duplicate(again.get(one), beside.get(one)) for one in occurrences}


def _again(
    occurrences: Iterable[Occurrence], within_us: int
) -> Iterator[tuple[Occurrence, Occurrence]]:
    last: dict[Group, Occurrence] = {}
    for one in sorted(occurrences, key=_by_begin):
        before = last.get(one.group)
        if before is not None and one.from_us - _end(before) <= within_us:
            yield one, before
        last[one.group] = one


def _beside(occurrences: Iterable[Occurrence]) -> Iterator[tuple[Occurrence, Occurrence]]:
    standing: dict[tuple[int, str], list[Occurrence]] = {}
    for one in sorted(occurrences, key=_by_begin):
        place = one.group.entity, one.group.mode
        still = [other for other in standing.get(place, ()) if _end(other) > one.from_us]
        found = next((other for other in still if other.group.rule != one.group.rule), None)
        if found is not None:
            yield one, found
        standing[place] = [*still, one]


def _by_begin(one: Occurrence) -> tuple[int, Group]:
    return one.from_us, one.group


def _end(one: Occurrence) -> int:
    return NEVER if one.to_us is None else one.to_us
