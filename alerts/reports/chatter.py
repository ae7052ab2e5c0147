"""Alerts that come and go in quick succession."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from alerts.memory import Group
from alerts.rules.courses import Ints

_TIMES, _WITHIN_US = 3, 60_000_000
_CHATTERS_FROM = 0.05


class Chatter(NamedTuple):
    """A rule and thing whose alerts come again and again.

    Attributes:
        group: rule, thing and mode.
        alerts: how many were raised.
        most_per_minute: in any 60 s.
        run_index: mean of one by the time from each alert to the next, per second; three a
            minute give 0.05 (Kondaveeti, Izadi, Shah, Shook, Kadali, Chen: Quantification of
            alarm chatter based on run length distributions, 2013).
    """

    group: Group
    alerts: int
    most_per_minute: int
    run_index: float


def chatter(begins: Mapping[Group, Sequence[int]]) -> list[Chatter]:
    """Return those with three alerts or more in 60 s or an index of 0.05/s, the worst first.

    Args:
        begins: when alerts of each rule and thing were raised, microseconds.
    """
    found = [_measure(group, np.sort(np.array(times, np.int64))) for group, times in begins.items()]
    bad = [one for one in found if one.most_per_minute >= _TIMES or one.run_index >= _CHATTERS_FROM]
    return sorted(bad, key=lambda one: (-one.run_index, one.group))


def _measure(group: Group, times: Ints) -> Chatter:
    upto = np.searchsorted(times, times + _WITHIN_US, "right")
    most = int((upto - np.arange(len(times))).max())
    # As the paper counts run lengths: in whole seconds, one at least.
    runs_s = np.maximum(np.round(np.diff(times) / 1e6), 1.0)
    index = float((1 / runs_s).mean()) if len(runs_s) else 0.0
    return Chatter(group, len(times), most, index)
