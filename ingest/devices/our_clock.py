"""Our own clock, held against those of most devices: columns in, one number out."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.devices.columns import NO_LAG

_TURN_US: Final = 120_000_000
"""The smallest lag of each device counts for one to two of these."""
_FEWEST_DEVICES: Final = 5
_PROMPT_SHARE: Final = 0.1
_SECOND_US: Final = 1e6


class OurClock:
    """Finds by how much our clock is off, from how late values of devices seem to arrive.

    A value that comes late has a larger lag, never a smaller one. So of each device the smallest
    lag of the last minutes counts, and ours is ahead only by what even the promptest tenth of the
    devices shows. It is behind when half of the devices seem to send from the future.
    """

    def __init__(self) -> None:
        self._now = np.empty(0, dtype=np.int64)
        self._before = np.empty(0, dtype=np.int64)
        self._turned_us = 0

    def note(self, place: NDArray[np.int32], lag_us: NDArray[np.int64]) -> None:
        """Take note of values.

        Args:
            place: int[n], a number of each value's device.
            lag_us: int[n], arrival less observation.
        """
        if not len(place):
            return
        largest = int(place.max())
        if largest >= len(self._now):
            more = np.full(largest + 1, NO_LAG, dtype=np.int64)
            self._now = np.concatenate((self._now, more))
            self._before = np.concatenate((self._before, more))
        np.minimum.at(self._now, place, lag_us)

    def error_s(self, now_us: int) -> float | None:
        """Return by how many seconds our clock is ahead of most devices', less than 0 if behind.

        None where fewer than five devices were heard. Call it every few seconds.
        """
        if abs(now_us - self._turned_us) >= _TURN_US:
            self._before, self._now = self._now, np.full_like(self._now, NO_LAG)
            self._turned_us = now_us
        lag = np.minimum(self._now, self._before)
        lag = lag[lag != NO_LAG]
        if len(lag) < _FEWEST_DEVICES:
            return None
        promptest, middle = np.quantile(lag, (_PROMPT_SHARE, 0.5)).tolist()
        return float(min(middle, max(promptest, 0.0))) / _SECOND_US
