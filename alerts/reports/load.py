"""The load that alerts put on people, by the measures of EEMUA 191 and ISA-18.2.

Neither document was at hand: the figures are as commonly cited (docs/backtest.md).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from alerts.backtesting import Occurrence
from alerts.memory import Group
from alerts.reports.chatter import Chatter, chatter
from alerts.rules import AlertLevel
from alerts.rules.courses import NEVER, Ints

INTERVAL_US = 10 * 60_000_000
_FLOOD_BEGINS_ABOVE, _FLOOD_ENDS_BELOW = 10, 5
_STALE_US = 24 * 60 * 60_000_000
_TOP = 10


class Flood(NamedTuple):
    """Intervals in a row in which more was raised than an operator can take in.

    Attributes:
        from_us: begin of the first interval with more than ten.
        to_us: begin of the first one after it with fewer than five, or the end of the period.
        alerts: raised in between.
        peak: most of one interval, per operator.
    """

    from_us: int
    to_us: int
    alerts: int
    peak: float


class Standing(NamedTuple):
    """Alerts that stood on.

    Attributes:
        at_end: when the period ended.
        most: at the same time.
        average: over the period.
        stale: longer than 24 hours within the period.
        stale_at_end: of those at the end.
    """

    at_end: int
    most: int
    average: float
    stale: int
    stale_at_end: int


class Often(NamedTuple):
    """A rule, how many alerts it raised, and its share of all."""

    rule: str
    alerts: int
    share: float


class Load(NamedTuple):
    """What a period's alerts come to.

    Attributes:
        begin_us: of the period.
        end_us: of it.
        operators: among whom alerts are shared.
        alerts: raised in the period.
        average: alerts per operator and ten minutes.
        peak: most of one interval, per operator.
        share_over_10: of the intervals, with more than ten per operator.
        counts: raised in each interval of ten minutes, by all operators together.
        floods: each.
        flood_share: of the period.
        standing: what stood on.
        chatter: alerts that come again and again.
        top: the rules that raised most, at most ten.
        by_level: alerts whose highest level was this.
    """

    begin_us: int
    end_us: int
    operators: int
    alerts: int
    average: float
    peak: float
    share_over_10: float
    counts: Sequence[int]
    floods: Sequence[Flood]
    flood_share: float
    standing: Standing
    chatter: Sequence[Chatter]
    top: Sequence[Often]
    by_level: Mapping[str, int]


def load(occurrences: Iterable[Occurrence], period: tuple[int, int], operators: int = 1) -> Load:
    """Count what alerts a period asked of people.

    Args:
        occurrences: alerts; those raised before the period count where they still stood.
        period: begin and end, microseconds.
        operators: among whom the alerts are shared.

    Raises:
        ValueError: the period is empty, or there is no operator.
    """
    begin, end = period
    if begin >= end or operators < 1:
        raise ValueError(f"{operators} operators over {end - begin} us: expected one, and a time")
    known = [one for one in occurrences if one.from_us < end and _end(one) > begin]
    raised = [one for one in known if one.from_us >= begin]
    counts = _counts(raised, begin, end)
    floods = list(_floods(counts, operators, period))
    length = (end - begin) / INTERVAL_US
    return Load(
        begin_us=begin,
        end_us=end,
        operators=operators,
        alerts=len(raised),
        average=len(raised) / operators / length,
        peak=float(counts.max()) / operators,
        share_over_10=float((counts / operators > _FLOOD_BEGINS_ABOVE).mean()),
        counts=counts.tolist(),
        floods=floods,
        flood_share=sum(each.to_us - each.from_us for each in floods) / (end - begin),
        standing=_standing(known, begin, end),
        chatter=chatter(_begins(raised)),
        top=_top(raised),
        by_level=_by_level(raised),
    )


def _end(one: Occurrence) -> int:
    return NEVER if one.to_us is None else one.to_us


def _counts(raised: Sequence[Occurrence], begin: int, end: int) -> Ints:
    interval = np.array([(one.from_us - begin) // INTERVAL_US for one in raised], np.int64)
    return np.bincount(interval, minlength=-(-(end - begin) // INTERVAL_US))


def _floods(counts: Ints, operators: int, period: tuple[int, int]) -> Iterator[Flood]:
    begin, end = period
    first: int | None = None
    for place, count in enumerate([*(counts / operators).tolist(), 0.0]):
        if first is None and count > _FLOOD_BEGINS_ABOVE:
            first = place
        elif first is not None and count < _FLOOD_ENDS_BELOW:
            mine = counts[first:place]
            until = min(begin + place * INTERVAL_US, end)
            peak = float(mine.max()) / operators
            yield Flood(begin + first * INTERVAL_US, until, int(mine.sum()), peak)
            first = None


def _standing(known: Sequence[Occurrence], begin: int, end: int) -> Standing:
    from_us = np.array([max(one.from_us, begin) for one in known], np.int64)
    to_us = np.array([min(_end(one), end) for one in known], np.int64)
    open_at_end = np.array([_end(one) > end for one in known], np.bool_)
    began = np.array([one.from_us for one in known], np.int64)
    lasted = to_us - began
    return Standing(
        at_end=int(open_at_end.sum()),
        most=_most_at_once(from_us, to_us),
        average=float((to_us - from_us).sum()) / (end - begin),
        stale=int((lasted > _STALE_US).sum()),
        stale_at_end=int((open_at_end & (lasted > _STALE_US)).sum()),
    )


def _most_at_once(from_us: Ints, to_us: Ints) -> int:
    """Return how many stood together at most; one that ends makes room for one that begins."""
    times = np.concatenate([to_us, from_us])
    steps = np.repeat([-1, 1], len(from_us))
    order = np.lexsort((steps, times))
    return int(np.cumsum(steps[order]).max(initial=0))


def _begins(raised: Iterable[Occurrence]) -> dict[Group, list[int]]:
    found: dict[Group, list[int]] = {}
    for one in raised:
        found.setdefault(one.group, []).append(one.from_us)
    return found


def _top(raised: Sequence[Occurrence]) -> list[Often]:
    counted = Counter(one.group.rule for one in raised)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [Often(rule, count, count / len(raised)) for rule, count in ordered[:_TOP]]


def _by_level(raised: Sequence[Occurrence]) -> dict[str, int]:
    counted = Counter(one.level for one in raised)
    return {level.text: counted[level] for level in AlertLevel}
