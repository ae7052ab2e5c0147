"""Latches of rules with limits: what readings and the clock make of them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from alerts.groups import distinct
from alerts.latches import LatchTable
from alerts.past_readings import Readings
from alerts.rules.courses import NEVER, Floats, Ints, Rows, States, Turns, follow
from alerts.stored_latches import StoredLatch

_LONGEST_SILENCE_US = 24 * 3_600_000_000


class Moved(NamedTuple):
    """Latches that readings or the clock touched (m), and what they turned (e).

    Attributes:
        latches: int64[m], their places.
        before: what they were.
        after: what they are.
        value: float64[m], the last number that each was held against.
        turns: of them, by their positions.
        values: float64[e], the number that each turn stands on.
        observed_us: int64[e], when that was observed.
        doubtful: how many reached a limit by doubtful readings alone, and did not move.
        by_clock: whether no reading was needed for it.
    """

    latches: Ints
    before: States
    after: States
    value: Floats
    turns: Turns
    values: Floats
    observed_us: Ints
    doubtful: int = 0
    by_clock: bool = False

    @property
    def waiting(self) -> int:
        """How many began to wait for their hold time."""
        began = (self.after.since_us != NEVER) & (self.before.since_us == NEVER)
        return int(np.count_nonzero(began & ~self.before.raised))


def by_readings(table: LatchTable, latch: Ints, readings: Readings) -> Moved:
    """Hold numbers against latches.

    Args:
        table: of all latches.
        latch: int64[k], the place of the latch that each number is for.
        readings: k numbers; those of a latch in the order of their times.
    """
    latches, rung = distinct(latch)
    order = np.argsort(rung, kind="stable")
    rows = Rows(rung[order], *readings.of(order))
    return follow_from(table, latches, _not_ahead(table.states.of(latches), rows), rows)


def follow_from(
    table: LatchTable, latches: Ints, before: States, rows: Rows, until_us: int = -NEVER
) -> Moved:
    """Hold numbers against latches, from a state that is given."""
    rungs = table.rungs.of(latches)
    turns, after = follow(rungs, before, rows, until_us)
    told = turns.row >= 0
    value, observed = table.value[latches[turns.rung]], before.ts_us[turns.rung]
    value[told], observed[told] = rows.value[turns.row[told]], rows.ts_us[turns.row[told]]
    last = table.value[latches]
    last[rows.rung] = rows.value
    reached = np.where(
        rungs.above[rows.rung],
        rows.value >= rungs.limit[rows.rung],
        rows.value <= rungs.limit[rows.rung],
    )
    reached &= ~rows.good & rungs.wants_good[rows.rung]
    alone = np.zeros(len(latches), np.bool_)
    alone[rows.rung[reached]] = True
    doubtful = int(np.count_nonzero(alone & before.idle & after.idle))
    return Moved(latches, before, after, last, turns, value, observed, doubtful)


def by_clock(table: LatchTable, now_us: int) -> Moved:
    """Let the latches of the real city rise whose hold time has ended without another reading.

    Args:
        table: of all latches.
        now_us: our clock. What has been silent for more than a day is left alone.
    """
    since, hold = table.states.since_us, table.rungs.hold_us
    due = table.actual & ~table.states.raised & (since + hold <= now_us)
    due &= now_us <= since + np.maximum(hold, _LONGEST_SILENCE_US)
    latches = np.flatnonzero(due)
    nothing = np.empty(0, np.int64)
    rows = Rows(nothing, nothing, np.empty(0), np.empty(0, np.bool_))
    moved = follow_from(table, latches, table.states.of(latches), rows, now_us)
    return moved._replace(by_clock=True)


def _not_ahead(states: States, rows: Rows) -> States:
    """Return states with no time ahead of their first new reading.

    A device whose clock once ran ahead must not make its next readings wait for that time.
    """
    first = np.full(len(states.raised), NEVER, np.int64)
    first[rows.rung[::-1]] = rows.ts_us[::-1]
    waits, leaves = states.since_us != NEVER, states.clear_since_us != NEVER
    return States(
        states.raised,
        np.where(waits, np.minimum(states.since_us, first), NEVER),
        np.where(leaves, np.minimum(states.clear_since_us, first), NEVER),
        np.minimum(states.ts_us, first),
    )


def changed_latches(moved: Moved) -> Iterator[tuple[int, StoredLatch | None]]:
    """Yield the places of latches whose stored part has changed; None where one is idle now."""
    before, after, idle = moved.before, moved.after, moved.after.idle
    differs = (before.raised != after.raised) | (before.since_us != after.since_us)
    differs |= before.clear_since_us != after.clear_since_us
    for row in np.flatnonzero(differs).tolist():
        kept = StoredLatch(
            bool(after.raised[row]),
            int(after.since_us[row]),
            int(after.clear_since_us[row]),
            int(after.ts_us[row]),
            float(moved.value[row]),
        )
        yield int(moved.latches[row]), None if idle[row] else kept
