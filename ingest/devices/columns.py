"""What is remembered of each device, as columns that grow."""

from typing import Final

import numpy as np

from data.device_states import DeviceState

NO_LAG: Final = np.iinfo(np.int64).max
GAPS: Final = 7
"""How many gaps between messages an interval is learnt from."""

STATES: Final = tuple(DeviceState)
"""A state by the number that stands for it in a column."""

_FIRST_ROOM: Final = 1024


class Columns:
    """One element for each device; those from ``count`` on are room.

    Attributes:
        count: how many devices there are, n.
        code: int64, entity codes.
        heard_us: int64, when anything last came; microseconds since 1970 UTC, 0 for never.
        gone_us: int64, when a device last said goodbye.
        turn_us: int64, the message from which the next gap is counted.
        gaps_s: float32[n, 7], the last gaps between messages.
        gap_count: int32, how many gaps there were.
        interval_s: float32, learnt or told; 0 for unknown.
        told: bool, whether the interval was told.
        supervised: bool, whether silence means anything; not of cameras, which speak of events.
        values: int32, values since soundness was last judged.
        unreliable: int32, how many of them were unreliable.
        faulty: bool, whether most of the values judged last were.
        instants: int32, live values since the clock was last judged.
        ahead: int32, how many of them were far in the future.
        lag_us: int64, the least of their ages at arrival.
        lag_before_us: int64, the same of the values before them.
        clock_us: int64, from when on clocks are being judged.
        drift_us: int64, how far ahead the clock runs, 0 where it is right.
        throttled: bool.
        state: int8, as it was last found.
    """

    def __init__(self) -> None:
        self.count = 0
        self.code = np.zeros(_FIRST_ROOM, dtype=np.int64)
        self.heard_us = np.zeros(_FIRST_ROOM, dtype=np.int64)
        self.gone_us = np.zeros(_FIRST_ROOM, dtype=np.int64)
        self.turn_us = np.zeros(_FIRST_ROOM, dtype=np.int64)
        self.gaps_s = np.zeros((_FIRST_ROOM, GAPS), dtype=np.float32)
        self.gap_count = np.zeros(_FIRST_ROOM, dtype=np.int32)
        self.interval_s = np.zeros(_FIRST_ROOM, dtype=np.float32)
        self.told = np.zeros(_FIRST_ROOM, dtype=np.bool_)
        self.supervised = np.zeros(_FIRST_ROOM, dtype=np.bool_)
        self.values = np.zeros(_FIRST_ROOM, dtype=np.int32)
        self.unreliable = np.zeros(_FIRST_ROOM, dtype=np.int32)
        self.faulty = np.zeros(_FIRST_ROOM, dtype=np.bool_)
        self.instants = np.zeros(_FIRST_ROOM, dtype=np.int32)
        self.ahead = np.zeros(_FIRST_ROOM, dtype=np.int32)
        self.lag_us = np.zeros(_FIRST_ROOM, dtype=np.int64)
        self.lag_before_us = np.zeros(_FIRST_ROOM, dtype=np.int64)
        self.clock_us = np.zeros(_FIRST_ROOM, dtype=np.int64)
        self.drift_us = np.zeros(_FIRST_ROOM, dtype=np.int64)
        self.throttled = np.zeros(_FIRST_ROOM, dtype=np.bool_)
        self.state = np.zeros(_FIRST_ROOM, dtype=np.int8)

    def add(self, code: int, *, supervised: bool) -> int:
        """Return the place of a new device."""
        place = self.count
        if place == len(self.code):
            self._double()
        self.count += 1
        self.code[place] = code
        self.supervised[place] = supervised
        self.lag_us[place] = self.lag_before_us[place] = NO_LAG
        return place

    def _double(self) -> None:
        for name, old in vars(self).items():
            if isinstance(old, np.ndarray):
                setattr(self, name, np.concatenate((old, np.zeros_like(old))))
