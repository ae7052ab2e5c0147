"""How devices are, judged by columns; time and what was heard are arguments."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.device_states import DeviceState
from ingest.devices.columns import GAPS, NO_LAG, STATES, Columns
from ingest.devices.listening import Listening

_SECOND_US: Final = 1_000_000
_TURN_US: Final = 5 * _SECOND_US
"""Messages that are nearer to each other than that are one, for an interval."""

_FEWEST_GAPS: Final = 3
_USUAL_INTERVAL_S: Final = 3600.0
"""Of devices whose interval is not known: hourly reports are the rarest that are common."""

_LATE_INTERVALS: Final = 2.0
_SILENT_INTERVALS: Final = 3.0
_LEAST_LATE_US: Final = 30 * _SECOND_US
_LEAST_SILENT_US: Final = 60 * _SECOND_US
_DEAF_US: Final = 10 * _SECOND_US
"""So much of not listening is no reason to know nothing of a device."""

_VALUES_JUDGED: Final = 20
_FAULTY_SHARE: Final = 0.5
_SOUND_SHARE: Final = 0.2

TOLERANCE_US: Final = 300 * _SECOND_US
_INSTANTS_JUDGED: Final = 10
_CLOCK_US: Final = 300 * _SECOND_US
_FEWEST_AHEAD: Final = 3
_STEADY_US: Final = 60 * _SECOND_US

_CODE: Final = {state: np.int8(number) for number, state in enumerate(STATES)}


def learn_intervals(columns: Columns, listening: Listening) -> NDArray[np.intp]:
    """Learn how often devices send from the gaps between their messages.

    A gap in which we did not listen, or not all the time, says nothing. The interval is the
    median of the last seven gaps.

    Returns:
        int[k], places of the devices whose interval is another one now.
    """
    count = columns.count
    heard, turn = columns.heard_us[:count], columns.turn_us[:count]
    places = np.flatnonzero(heard - turn >= _TURN_US)
    if not len(places):
        return places
    gap_us = heard[places] - turn[places]
    heard_all = listening.until(heard[places]) - listening.until(turn[places]) >= gap_us - _DEAF_US
    known = places[(turn[places] > 0) & heard_all]
    columns.gaps_s[known, columns.gap_count[known] % GAPS] = (heard - turn)[known] / _SECOND_US
    columns.gap_count[known] += 1
    columns.turn_us[places] = heard[places]
    return _settle_intervals(columns, known)


def judge_values(columns: Columns) -> None:
    """Judge whether devices are faulty, by at least twenty values each."""
    full = np.flatnonzero(columns.values[: columns.count] >= _VALUES_JUDGED)
    share = columns.unreliable[full] / columns.values[full]
    was = columns.faulty[full]
    columns.faulty[full] = np.where(was, share > _SOUND_SHARE, share >= _FAULTY_SHARE)
    columns.values[full] = columns.unreliable[full] = 0


def judge_clocks(columns: Columns, now_us: int) -> None:
    """Judge the clocks of devices, by at least ten live values in at least five minutes each.

    A clock is ahead when several values are of the future. It is behind when even the newest
    values are old, and just as old as before: of a device that catches up they get younger.
    """
    count = columns.count
    due = columns.clock_us[:count] + _CLOCK_US <= now_us
    full = np.flatnonzero((columns.instants[:count] >= _INSTANTS_JUDGED) & due)
    lag, before = columns.lag_us[full], columns.lag_before_us[full]
    steady = (before != NO_LAG) & (np.abs(lag - before) <= _STEADY_US)
    ahead = columns.ahead[full] >= _FEWEST_AHEAD
    behind = (lag > TOLERANCE_US) & steady
    columns.drift_us[full] = np.where(ahead | behind, -lag, 0)
    columns.lag_before_us[full] = lag
    columns.lag_us[full] = NO_LAG
    columns.instants[full] = columns.ahead[full] = 0
    columns.clock_us[full] = now_us


def judge_states(columns: Columns, listening: Listening, now_us: int) -> NDArray[np.int8]:
    """Return how each device is, by the numbers of ``STATES``: int8[n]."""
    count = columns.count
    heard = columns.heard_us[:count]
    late_us, silent_us = patience_us(columns.interval_s[:count])
    quiet_us = now_us - heard
    now = np.array([now_us], dtype=np.int64)
    counted_us = listening.until(now)[0] - listening.until(heard)
    watched = columns.supervised[:count]
    # The last condition that holds counts.
    states = np.full(count, _CODE[DeviceState.ONLINE])
    states[columns.drift_us[:count] != 0] = _CODE[DeviceState.CLOCK_WRONG]
    states[columns.faulty[:count]] = _CODE[DeviceState.FAULTY]
    states[watched & (quiet_us - _DEAF_US >= late_us)] = _CODE[DeviceState.UNKNOWN]
    states[watched & (counted_us >= late_us)] = _CODE[DeviceState.LATE]
    states[watched & (counted_us >= silent_us)] = _CODE[DeviceState.SILENT]
    states[heard == 0] = _CODE[DeviceState.UNKNOWN]
    gone = columns.gone_us[:count]
    states[(gone > 0) & (gone >= heard)] = _CODE[DeviceState.SILENT]
    states[columns.throttled[:count]] = _CODE[DeviceState.THROTTLED]
    return states


def patience_us(interval_s: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return after how long devices with these intervals are late, and silent."""
    interval = np.where(interval_s > 0, interval_s, _USUAL_INTERVAL_S).astype(np.float64)
    late = (interval * (_LATE_INTERVALS * _SECOND_US)).astype(np.int64)
    silent = (interval * (_SILENT_INTERVALS * _SECOND_US)).astype(np.int64)
    return np.maximum(late, _LEAST_LATE_US), np.maximum(silent, _LEAST_SILENT_US)


def _settle_intervals(columns: Columns, places: NDArray[np.intp]) -> NDArray[np.intp]:
    """Take the median of the gaps where there are enough of them and nobody told the interval."""
    enough = (columns.gap_count[places] >= _FEWEST_GAPS) & ~columns.told[places]
    learnt = places[enough]
    gaps = np.where(columns.gaps_s[learnt] > 0, columns.gaps_s[learnt], np.nan)
    interval = np.nanmedian(gaps, axis=1) if len(learnt) else np.zeros(0)
    before = columns.interval_s[learnt]
    other = np.abs(interval - before) > before / 2
    columns.interval_s[learnt] = interval
    return learnt[other]
