"""A part of a rule: one signal of one quantity with the limits that it is held against."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from alerts.rules.alert_level import AlertLevel
from alerts.rules.courses import Rungs
from alerts.rules.signals import Signal


class Measured(NamedTuple):
    """What a series tells, as far as rules ask.

    Attributes:
        quantity: a row of ``quantities.csv``.
        statistic: what a value stands for, empty for an instant.
        period_s: 0 for an instant.
        properties: of the entity that it is measured at.
    """

    quantity: str
    statistic: str
    period_s: int
    properties: Mapping[str, object]


class Part(NamedTuple):
    """What is held against limits at a series, and how; most rules have one part there.

    Attributes:
        name: tells the parts of a rule at a series apart; empty for the only one.
        signal: what is held against the limits.
        limits: in force there, from the lowest level on; None where the entity lacks its own.
        above: whether high values are the dangerous ones.
        hysteresis: how far beyond a limit on the safe side a value must be to end its level.
        hold_us: how long a limit must be reached to raise its level.
        clear_hold_us: how long it must be left to end it.
        phrase: how sentences call the signal.
        unit: of the limits; empty for a bare number.
        remarks: what a limit means, where its number does not say it.
        multiples: whether sentences say how many times a value exceeds a limit.
    """

    name: str
    signal: Signal
    limits: Mapping[AlertLevel, float | None]
    above: bool
    hysteresis: float
    hold_us: int
    clear_hold_us: int
    phrase: str
    unit: str
    remarks: Mapping[AlertLevel, str] = {}
    multiples: bool = False

    @property
    def known(self) -> dict[AlertLevel, float]:
        """The limits that are known."""
        return {level: limit for level, limit in self.limits.items() if limit is not None}

    def rungs(self) -> Rungs:
        """Return the latches for the limits that are known, in their order."""
        known = self.known
        count = len(known)
        return Rungs(
            limit=np.array(list(known.values()), np.float64),
            above=np.full(count, self.above),
            hysteresis=np.full(count, self.hysteresis),
            hold_us=np.full(count, self.hold_us, np.int64),
            clear_hold_us=np.full(count, self.clear_hold_us, np.int64),
            wants_good=np.array([level is AlertLevel.RED for level in known], np.bool_),
        )
