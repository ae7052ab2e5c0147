"""Two versions of a rule, or two sets of rules, over the same readings: what becomes otherwise."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from alerts.backtesting import Occurrence
from alerts.rules.courses import NEVER
from twin.model import Mode


class Pair(NamedTuple):
    """An alert that both raised.

    Attributes:
        first: as the first set raised it.
        second: as the second did.
    """

    first: Occurrence
    second: Occurrence

    @property
    def begins_later_s(self) -> float:
        """How much later the second one begins; negative where it begins earlier."""
        return (self.second.from_us - self.first.from_us) / 1e6

    @property
    def ends_later_s(self) -> float | None:
        """How much later the second one ends; None where one of the two stood at the end."""
        ends = self.first.to_us, self.second.to_us
        if ends == (None, None):
            return 0.0
        if ends[0] is None or ends[1] is None:
            return None
        return (ends[1] - ends[0]) / 1e6

    @property
    def levels_higher(self) -> int:
        """By how many levels the second one is higher; negative where it is lower."""
        return int(self.second.level) - int(self.first.level)

    @property
    def is_same(self) -> bool:
        """Whether begin, end and every stage agree."""
        return self.first[1:] == self.second[1:]


class Comparison(NamedTuple):
    """Alerts of two sets of rules.

    Attributes:
        only_first: that the second does not raise.
        only_second: that the first does not raise.
        both: pairs that stood at the same time.
    """

    only_first: Sequence[Occurrence]
    only_second: Sequence[Occurrence]
    both: Sequence[Pair]

    @property
    def is_same(self) -> bool:
        """Whether the two raise the very same alerts."""
        return not self.only_first and not self.only_second and all(p.is_same for p in self.both)


def compare(
    first: Sequence[Occurrence], second: Sequence[Occurrence], *, across_rules: bool = False
) -> Comparison:
    """Pair alerts of the same rule and thing that stood at the same time, the earliest first.

    Args:
        first: alerts of one set.
        second: of the other.
        across_rules: pair alerts of rules with different ids too, for sets of one rule each.
    """
    theirs = _by_place(second, across_rules=across_rules)
    both: list[Pair] = []
    for place, mine in _by_place(first, across_rules=across_rules).items():
        both += _pairs(mine, theirs.get(place, []))
    paired = {id(one) for pair in both for one in pair}
    return Comparison(
        [one for one in first if id(one) not in paired],
        [one for one in second if id(one) not in paired],
        sorted(both, key=lambda pair: (pair.first.from_us, pair.first.group)),
    )


_Place = tuple[str, int, Mode]


def _by_place(
    occurrences: Iterable[Occurrence], *, across_rules: bool
) -> dict[_Place, list[Occurrence]]:
    found: dict[_Place, list[Occurrence]] = {}
    for one in sorted(occurrences, key=lambda each: each.from_us):
        rule, entity, mode = one.group
        found.setdefault(("" if across_rules else rule, entity, mode), []).append(one)
    return found


def _pairs(first: Sequence[Occurrence], second: Sequence[Occurrence]) -> Iterator[Pair]:
    """Yield pairs of two lists without overlaps of their own; each alert is in one at most."""
    mine, theirs = 0, 0
    while mine < len(first) and theirs < len(second):
        one, other = first[mine], second[theirs]
        if _meet(one, other):
            yield Pair(one, other)
            mine, theirs = mine + 1, theirs + 1
        elif _end(one) <= _end(other):
            mine += 1
        else:
            theirs += 1


def _meet(one: Occurrence, other: Occurrence) -> bool:
    """Return whether they stood at the same time; what touches at an instant does not."""
    if one.from_us == other.from_us:
        return True
    return one.from_us < _end(other) and other.from_us < _end(one)


def _end(one: Occurrence) -> int:
    return NEVER if one.to_us is None else one.to_us
