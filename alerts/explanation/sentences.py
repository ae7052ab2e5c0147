"""Explanations in words."""

from typing import NamedTuple

import numpy as np

from alerts.rules import AlertLevel, Reason
from alerts.rules.duration import format_duration
from alerts.rules.part import Part
from alerts.rules.sentences import Finding, level_sentence
from twin.model import from_us


class LimitState(NamedTuple):
    """How a level is at a series; times are microseconds, None where there is none.

    Attributes:
        level: which.
        limit: None where the thing has none of its own.
        own: the property that it comes from, if any.
        reached: by the newest number; None where that is not known.
        reached_us: since when.
        stands_us: since when it stands by what was recorded.
        expected: whether it stands by the readings.
        raises_us: when its hold time is up.
        ends_us: when it has been left for long enough.
    """

    level: AlertLevel
    limit: float | None
    own: str | None
    reached: bool | None
    reached_us: int | None = None
    stands_us: int | None = None
    expected: bool = False
    raises_us: int | None = None
    ends_us: int | None = None


def moment(ts_us: int) -> str:
    """Return an instant as sentences have it: UTC to the second."""
    return from_us(ts_us).strftime("%Y-%m-%dT%H:%M:%SZ")


def limit_sentence(part: Part, state: LimitState, value: float | None) -> str:
    """Return how a level is, with the number and the limit."""
    name = state.level.text
    if state.limit is None:
        return f"{name}: {Reason.NO_LIMIT}" + (f": {state.own!r}" if state.own else "")
    if value is None:
        held = f"{part.phrase}: too little is known to hold it against"
        return _standing(state, f"{held} {_amount(part, state.limit)} ({name})")
    if np.isinf(value):
        return _standing(state, f"{part.phrase} {Reason.OUT_OF_HOURS} ({name})")
    if state.reached:
        reason = Reason.AT_OR_ABOVE if part.above else Reason.AT_OR_BELOW
        told = level_sentence(
            part._replace(hold_us=0), Finding(reason, state.level, value, state.limit)
        )
        return _reached(part, state, told)
    side = "below" if part.above else "above"
    told = f"{part.phrase} {_amount(part, value)} is {side} {_amount(part, state.limit)} ({name})"
    return _standing(state, told)


def _reached(part: Part, state: LimitState, told: str) -> str:
    if state.reached_us is None:
        return f"{told}, but {Reason.DOUBTFUL_ALONE}"
    told += f" since {moment(state.reached_us)}"
    if state.stands_us is not None:
        return _standing(state, told)
    if state.raises_us is not None:
        return f"{told}, not yet for {format_duration(part.hold_us)}: {moment(state.raises_us)}"
    return f"{told}, and nothing was raised: no reading was judged by this rule since"


def _standing(state: LimitState, told: str) -> str:
    if state.stands_us is None:
        return told
    until = "" if state.ends_us is None else f", until {moment(state.ends_us)} if that stays so"
    return f"{told}; it stands since {moment(state.stands_us)}{until}"


def _amount(part: Part, value: float) -> str:
    return f"{value:.6g} {part.unit}".rstrip()
