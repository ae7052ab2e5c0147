"""Numbers and limits of a series: what the judges' own code makes of it up to an instant."""

from datetime import datetime
from typing import NamedTuple

import numpy as np

from alerts.bindings import Binding
from alerts.explanation.documents import LimitTold, PartTold
from alerts.explanation.gathering import Stood
from alerts.explanation.own_limits import own_property
from alerts.explanation.sentences import LimitState, limit_sentence, moment
from alerts.memory import Key
from alerts.past_readings import Readings
from alerts.rules import AlertLevel
from alerts.rules.courses import NEVER, Flags, Floats, Rows, States, follow
from alerts.rules.duration import format_duration
from alerts.rules.part import Part
from twin.model import Mode, from_us

_SECOND_US = 1_000_000


class Course(NamedTuple):
    """A number along the readings of its series.

    Attributes:
        ts_us: of the readings.
        value: of the number at each; NaN where too little is known.
        good: whether it stands on good readings.
    """

    ts_us: np.ndarray
    value: Floats
    good: Flags

    @property
    def last(self) -> float | None:
        """The newest number; None where there is none."""
        return float(self.value[-1]) if len(self.value) and not np.isnan(self.value[-1]) else None


class Past(NamedTuple):
    """What is known of a series up to an instant.

    Attributes:
        readings: reliable ones.
        begin_us: from when on latches are followed; older readings are for looking back.
        at_us: the instant.
        stood: recorded intervals.
    """

    readings: Readings
    begin_us: int
    at_us: int
    stood: Stood


def part_told(binding: Binding, past: Past) -> PartTold:
    """Return what a part of a rule comes to at a series."""
    part, course = binding.part, _course(binding.part, past.readings)
    after = _followed(binding, past, course)
    limits = []
    places = {level: place for place, level in enumerate(part.known)}
    for level in part.limits:
        place = places.get(level)
        state = _limit_state(binding, past, level, course)
        if place is not None:
            state = _with_waits(state, part, after, place)
        limits.append(_limit_told(binding, state, course))
    return PartTold(
        name=part.name,
        phrase=part.phrase,
        unit=part.unit,
        dangerous="above" if part.above else "below",
        hysteresis=part.hysteresis,
        hold_s=part.hold_us / _SECOND_US,
        clear_hold_s=part.clear_hold_us / _SECOND_US,
        reach_s=part.signal.reach_us / _SECOND_US,
        value=course.last if course.last is not None and np.isfinite(course.last) else None,
        at=from_us(int(course.ts_us[-1])) if len(course.ts_us) else None,
        good=bool(course.good[-1]) if len(course.good) else None,
        limits=limits,
    )


def missing_of(part: Part, past: Past, patience_us: int) -> list[str]:
    """Return what is not known of a number: a hole in the time that it looks back over."""
    reach_us = part.signal.reach_us
    if not reach_us or not len(past.readings.ts_us):
        return []
    begin = past.at_us - reach_us
    inside = past.readings.ts_us[past.readings.ts_us > begin]
    marks = np.concatenate([[begin], inside, [past.at_us]])
    widest = int(np.argmax(np.diff(marks)))
    if marks[widest + 1] - marks[widest] <= patience_us:
        return []
    told = f"{part.phrase}: no reading between {moment(int(marks[widest]))} and "
    return [
        told + f"{moment(int(marks[widest + 1]))}, and it looks back {format_duration(reach_us)}"
    ]


def _course(part: Part, readings: Readings) -> Course:
    if not len(readings.ts_us):
        return Course(*readings)
    value, good = part.signal.along(*readings)
    return Course(readings.ts_us, value, good)


def _followed(binding: Binding, past: Past, course: Course) -> States:
    """Return what latches are at the instant, followed from what was recorded a while before."""
    part, keys = binding.part, binding.keys
    count = len(keys)
    stood = [past.stood.was_raised(binding.info.entity, key, past.begin_us) for key in keys]
    before = States.low(count)._replace(
        raised=np.array(stood, np.bool_), ts_us=np.full(count, past.begin_us, np.int64)
    )
    new = course.ts_us > past.begin_us
    length = int(np.count_nonzero(new))
    rows = Rows(
        rung=np.repeat(np.arange(count), length),
        ts_us=np.tile(course.ts_us[new], count),
        value=np.tile(course.value[new], count),
        good=np.tile(course.good[new], count),
    )
    until_us = past.at_us if binding.info.mode is Mode.ACTUAL else -NEVER
    return follow(part.rungs(), before, rows, until_us)[1]


def _limit_state(binding: Binding, past: Past, level: AlertLevel, course: Course) -> LimitState:
    part, limit, last = binding.part, binding.part.limits[level], course.last
    behind = f"@{part.name}" if part.name else ""
    key = Key(str(binding.info.series_id), level.text + behind)
    if limit is None:
        return LimitState(level, None, own_property(binding.rule, part, level), None)
    reached = None if last is None else (last >= limit if part.above else last <= limit)
    return LimitState(
        level=level,
        limit=limit,
        own=own_property(binding.rule, part, level),
        reached=reached,
        reached_us=_reached_since(part, level, limit, course) if reached else None,
        stands_us=past.stood.since(binding.info.entity, key),
    )


def _with_waits(state: LimitState, part: Part, after: States, place: int) -> LimitState:
    since, clear_since = int(after.since_us[place]), int(after.clear_since_us[place])
    return state._replace(
        expected=bool(after.raised[place]),
        raises_us=None if since == NEVER else since + part.hold_us,
        ends_us=None if clear_since == NEVER else clear_since + part.clear_hold_us,
    )


def _reached_since(part: Part, level: AlertLevel, limit: float, course: Course) -> int | None:
    """Return the first of the newest readings in a row that reach a limit and can begin it."""
    reached = course.value >= limit if part.above else course.value <= limit
    safe = np.flatnonzero(~reached)
    first = int(safe[-1]) + 1 if len(safe) else 0
    begins = course.good[first:] if level is AlertLevel.RED else np.ones(1, np.bool_)
    places = np.flatnonzero(begins)
    return int(course.ts_us[first + int(places[0])]) if len(places) else None


def _limit_told(binding: Binding, state: LimitState, course: Course) -> LimitTold:
    return LimitTold(
        level=state.level.text,
        limit=state.limit,
        own=state.own,
        reached=state.reached,
        reached_since=_instant(state.reached_us),
        stands=state.stands_us is not None,
        stands_since=_instant(state.stands_us),
        raises_at=_instant(state.raises_us),
        ends_at=_instant(state.ends_us) if state.stands_us is not None else None,
        sentence=limit_sentence(binding.part, state, course.last),
    )


def _instant(ts_us: int | None) -> datetime | None:
    return None if ts_us is None else from_us(ts_us)
