"""Turns of latches as changes of groups, each with the judgement in words."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from alerts.bindings import Binding
from alerts.groups import Groups
from alerts.judging import Moved
from alerts.latches import LatchTable
from alerts.memory import Cause, Change, Group, Key
from alerts.rules import AlertLevel, Reason
from alerts.rules.part import Part
from alerts.rules.sentences import Finding, level_sentence
from alerts.run import Run
from alerts.stored_latches import StoredLatch


class Turn(NamedTuple):
    """One latch that rose or fell.

    Attributes:
        latch: its place.
        at_us: when.
        rose: or fell.
        value: the number that it stands on.
        observed_us: when that was observed.
    """

    latch: int
    at_us: int
    rose: bool
    value: float
    observed_us: int


class Told(NamedTuple):
    """What changes are told by.

    Attributes:
        table: of all latches, as they were.
        groups: of them.
        bindings: of each latch, by its place.
    """

    table: LatchTable
    groups: Groups
    bindings: list[Binding]


def turns_of(moved: Moved) -> list[Turn]:
    """Return the turns in the order of their times."""
    turns = moved.turns
    order = np.argsort(turns.at_us, kind="stable")
    latch, rose = moved.latches[turns.rung], turns.rose
    columns = (latch, turns.at_us, rose, moved.values, moved.observed_us)
    return [Turn(*row) for row in zip(*(c[order].tolist() for c in columns), strict=True)]


def tell(run: Run, told: Told, moved: Moved, changed: dict[int, bool]) -> None:
    """Note the changes of groups that turns make, one for all turns of a group at an instant.

    Args:
        run: notes them.
        told: of latches.
        moved: with the turns.
        changed: whether latches are raised, where that differs from the table's.
    """
    for number, turns in _together(told, turns_of(moved)):
        old = told.groups.standing(number, told.table.states.raised, told.table.level, changed)
        changed |= {turn.latch: turn.rose for turn in turns}
        new = told.groups.standing(number, told.table.states.raised, told.table.level, changed)
        if old != new:
            rule = told.bindings[turns[0].latch].rule
            step = Step(told, turns, old, new, by_clock=moved.by_clock)
            run.guarded(rule, partial(note, run, step))


def tell_unbound(run: Run, told: Told, gone: Iterable[int]) -> None:
    """Note what becomes of groups without latches that are bound no more."""
    raised, level = told.table.states.raised, told.table.level
    left: dict[int, dict[int, bool]] = {}
    for place in gone:
        left.setdefault(int(told.table.group[place]), {})[place] = False
    for number, without in left.items():
        old = told.groups.standing(number, raised, level, {})
        new = told.groups.standing(number, raised, level, without)
        if old != new:
            stood = [each for each in without if raised[each]]
            place = max(stood, key=lambda each: int(level[each]))
            run.note(Change(told.groups[number], old, new, 0, _unbound(told, place)))


def tell_given_up(run: Run, told: Told, name: tuple[Group, Key], latch: StoredLatch) -> None:
    """Note what becomes of a group when a latch that only the store knew is given up."""
    group, key = name
    if not latch.raised:
        return
    number = told.groups.number(group)
    new = told.groups.standing(number, told.table.states.raised, told.table.level, {})
    old = key.level
    if new is None or new < old:
        sentence = f"series {key.stem} {Reason.UNBOUND}"
        cause = Cause(latch.ts_us, 0, None, None, None, Reason.UNBOUND, sentence)
        run.note(Change(group, old, new, 0, cause))


def _unbound(told: Told, place: int) -> Cause:
    binding, value = told.bindings[place], float(told.table.value[place])
    series_id = binding.info.series_id
    return Cause(
        ts_us=int(told.table.states.ts_us[place]),
        device=binding.info.device,
        series_id=series_id,
        value=None if np.isnan(value) else value,
        limit=None,
        reason=Reason.UNBOUND,
        sentence=f"series {series_id} {Reason.UNBOUND}",
    )


class Step(NamedTuple):
    """A change of a group, and the turns that made it.

    Attributes:
        told: of latches.
        turns: of the group's latches.
        old: its level before.
        new: and after.
        by_clock: whether no reading was needed for it.
        late: why it was not told before; None where it is news.
    """

    told: Told
    turns: list[Turn]
    old: AlertLevel | None
    new: AlertLevel | None
    by_clock: bool = False
    late: Reason | None = None

    @property
    def leading(self) -> Turn:
        """The turn that the change is about: of the level reached, or of the lowest one left."""
        level = self.told.table.level
        rose = (self.new or 0) > (self.old or 0)
        turns = [turn for turn in self.turns if turn.rose == rose] or self.turns
        pick = max if rose else min
        return pick(turns, key=lambda turn: int(level[turn.latch]))


def _together(told: Told, turns: list[Turn]) -> Iterator[tuple[int, list[Turn]]]:
    waiting: dict[tuple[int, int], list[Turn]] = {}
    for turn in turns:
        number = int(told.table.group[turn.latch])
        waiting.setdefault((turn.at_us, number), []).append(turn)
    for (_, number), together in waiting.items():
        yield number, together


def note(run: Run, step: Step) -> None:
    """Note a change, with the judgement in words."""
    turn = step.leading
    binding = step.told.bindings[turn.latch]
    level = AlertLevel(int(step.told.table.level[turn.latch]))
    value = turn.value if np.isfinite(turn.value) else None
    reason = _reason(binding.part, rose=turn.rose, by_clock=step.by_clock)
    if np.isinf(turn.value):
        reason = Reason.OUT_OF_HOURS
    limit = binding.limits[level]
    sentence = level_sentence(binding.part, Finding(reason, level, value, limit))
    if binding.info.channel:
        sentence = f"{binding.info.channel}: {sentence}"
    cause = Cause(
        ts_us=turn.observed_us,
        device=binding.info.device,
        series_id=binding.info.series_id,
        value=value,
        limit=limit,
        reason=reason,
        sentence=f"{sentence} ({step.late})" if step.late else sentence,
    )
    run.note(Change(binding.group, step.old, step.new, turn.at_us, cause))


def _reason(part: Part, *, rose: bool, by_clock: bool) -> Reason:
    if rose and by_clock:
        return Reason.STAYED_AT_OR_ABOVE if part.above else Reason.STAYED_AT_OR_BELOW
    if rose:
        return Reason.AT_OR_ABOVE if part.above else Reason.AT_OR_BELOW
    return Reason.BACK_BELOW if part.above else Reason.BACK_ABOVE
