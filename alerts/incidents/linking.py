"""Which alerts are linked, and how: a function of two alerts and their places, nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from alerts.incidents.candidates import FINDING
from alerts.incidents.members import NOWHERE, Flags, Floats, Ints, Members
from alerts.incidents.pairs import Pairs
from data.reference.causes import ANY_FAMILY, CauseLink

_MINUTE_US = 60_000_000
_SLOWER = 1.5
"""How much longer than computed water may take."""


class Neighbours(NamedTuple):
    """Which rain gauges have no other gauge between them: ``g1 * gauges + g2``, ascending."""

    gauges: int
    keys: Ints

    def holds(self, one: Ints, other: Ints) -> Flags:
        """Tell of pairs of gauges whether they are neighbours or the same; true where unknown."""
        unknown = (one < 0) | (other < 0)
        key = np.where(unknown, 0, one * self.gauges + other)
        at = np.minimum(np.searchsorted(self.keys, key), max(len(self.keys) - 1, 0))
        found = self.keys[at] == key if len(self.keys) else np.zeros(len(key), np.bool_)
        return np.asarray(unknown | (one == other) | found, np.bool_)


NO_GAUGES = Neighbours(0, np.empty(0, np.int64))


class Linking(NamedTuple):
    """What links are looked for by.

    Attributes:
        links: rows of ``cause_links.csv``.
        families: number of each family.
        gauges: which rain gauges are neighbours.
    """

    links: tuple[CauseLink, ...]
    families: Mapping[str, int]
    gauges: Neighbours = NO_GAUGES

    def recalled(self, members: Members, cause: Ints, effect: Ints, names: Sequence[str]) -> Pairs:
        """Return links that were found before, by their names; those of the table no more go.

        Args:
            members: n alerts.
            cause: int64[k], rows of them.
            effect: int64[k].
            names: k names of links.
        """
        numbers = {link.name: number for number, link in enumerate(self.links)}
        rule = np.array([numbers.get(name, NOWHERE) for name in names], np.int64)
        after = members.from_us[effect] - members.from_us[cause]
        away = np.full(len(rule), np.nan)
        for number in np.unique(rule[rule >= 0]).tolist():
            here = rule == number
            away[here] = _apart(members, self.links[number], cause[here], effect[here])[0]
        return Pairs(cause, effect, rule, away, after).take(rule >= 0)

    @property
    def shares(self) -> Flags:
        """bool[links]: whether both have one cause, and neither is the other's."""
        return np.array([link.kind == SHARES for link in self.links], np.bool_)

    @property
    def quiets(self) -> Flags:
        """bool[links]: whether a cause that stands quiets its consequence."""
        return np.array([link.quiets for link in self.links], np.bool_)

    def pairs(self, members: Members, fresh: Flags) -> Iterator[Pairs]:
        """Yield the links in which at least one alert is fresh, in portions.

        Args:
            members: n alerts.
            fresh: bool[n].
        """
        for number, link in enumerate(self.links):
            causes, effects = self._sides(link, members)
            if link.kind == SHARES and link.relation in _CHAINED and link.distance_m is None:
                yield self._chained(members, link, number, causes)
                continue
            turns = [(causes[fresh[causes]], effects)]
            if link.kind != SHARES:
                turns.append((causes[~fresh[causes]], effects[fresh[effects]]))
            for first, second in turns:
                if len(first) and len(second):
                    for found in self._found(members, link, number, (first, second)):
                        yield _once(members, found, fresh) if link.kind == SHARES else found

    def _sides(self, link: CauseLink, members: Members) -> tuple[Ints, Ints]:
        if link.from_family == ANY_FAMILY:
            everyone = np.arange(len(members))
            return everyone, everyone
        sides = (self.families.get(name, NOWHERE) for name in (link.from_family, link.to_family))
        first, second = (np.flatnonzero(members.family == side) for side in sides)
        return first, second

    def _chained(self, members: Members, link: CauseLink, number: int, rows: Ints) -> Pairs:
        """Return a chain of links through alerts at one key, which joins all that links join.

        Each alert is linked to the one before it that ended last: whether any one before is near
        enough in time is whether that one is.
        """
        key: Ints = getattr(members, _CHAINED[link.relation])
        rows = rows[key[rows] >= 0]
        if not len(rows):
            return Pairs.none()
        parts = (members.id, members.from_us, key, members.family, members.mode)
        rows = rows[np.lexsort(tuple(part[rows] for part in parts))]
        starts = np.ones(len(rows), np.bool_)
        same = [part[rows][1:] == part[rows][:-1] for part in (key, members.family, members.mode)]
        starts[1:] = ~np.logical_and.reduce(same)
        last = _ended_last(members.to_us[rows], starts)
        effect, cause = rows[~starts], rows[last[~starts]]
        gap = members.from_us[effect] - members.to_us[cause]
        near = gap <= int(link.lag_min * _MINUTE_US)
        away = np.hypot(members.x[cause] - members.x[effect], members.y[cause] - members.y[effect])
        after = members.from_us[effect] - members.from_us[cause]
        rule = np.full(len(cause), number, np.int64)
        return Pairs(cause, effect, rule, away, after).take(near)

    def _found(
        self, members: Members, link: CauseLink, number: int, sides: tuple[Ints, Ints]
    ) -> Iterator[Pairs]:
        for cause, effect in FINDING[link.relation](members, link.distance_m or np.inf, *sides):
            fit = (cause != effect) & (members.mode[cause] == members.mode[effect])
            if link.from_family == ANY_FAMILY:
                fit &= members.family[cause] == members.family[effect]
            if link.kind != SHARES and link.from_family == link.to_family:
                fit &= members.entity[cause] != members.entity[effect]
            if link.relation == "network":
                fit &= (members.root[cause] == members.root[effect]) & (members.root[cause] >= 0)
            if link.relation == "cell":
                fit &= self.gauges.holds(members.gauge[cause], members.gauge[effect])
            cause, effect = cause[fit], effect[fit]  # noqa: PLW2901 - less of the same
            away, seconds = _apart(members, link, cause, effect)
            after = members.from_us[effect] - members.from_us[cause]
            near = _in_time(members, link, cause, effect, seconds)
            if link.distance_m is not None:
                near &= away <= link.distance_m
            rule = np.full(len(cause), number, np.int64)
            yield Pairs(cause, effect, rule, away, after).take(near)


def _ended_last(ends: Ints, starts: Flags) -> Ints:
    """Return for each row the one before it, in its run, that ends last; its own at a start."""
    found = np.arange(len(ends))
    best = 0
    for row, (end, begins) in enumerate(zip(ends.tolist(), starts.tolist(), strict=True)):
        if begins:
            best = row
        else:
            found[row] = best
            best = row if end > ends[best] else best
    return found


def _once(members: Members, pairs: Pairs, fresh: Flags) -> Pairs:
    """Return each pair once, with the one that was raised first as the cause."""
    pairs = pairs.take(~fresh[pairs.effect] | (pairs.cause < pairs.effect))
    begun, number = members.from_us, members.id
    sooner = (begun[pairs.effect], number[pairs.effect])
    later = (sooner[0] < begun[pairs.cause]) | (
        (sooner[0] == begun[pairs.cause]) & (sooner[1] < number[pairs.cause])
    )
    cause = np.where(later, pairs.effect, pairs.cause)
    effect = np.where(later, pairs.cause, pairs.effect)
    return Pairs(cause, effect, pairs.rule, pairs.away_m, np.abs(pairs.after_us))


_PLANE = frozenset({"near", "cell", "network", "gauge"})
SHARES = "shares"
_CHAINED: Mapping[str, str] = {"entity": "entity", "building": "building", "catchment": "catchment"}
_ALONG = frozenset({"downstream", "upstream"})


def _apart(members: Members, link: CauseLink, cause: Ints, effect: Ints) -> tuple[Floats, Floats]:
    """Return how far apart in metres, and how long the water takes in seconds."""
    if link.relation in _ALONG:
        way = np.abs(members.way_m[cause] - members.way_m[effect])
        return way, np.abs(members.way_s[cause] - members.way_s[effect])
    east = members.x[cause] - members.x[effect]
    north = members.y[cause] - members.y[effect]
    away = np.hypot(east, north)
    if link.distance_m is not None and link.relation not in _PLANE:
        away = np.nan_to_num(away)  # what has no place is not too far away
    return away, np.zeros(len(cause))


def _in_time(
    members: Members, link: CauseLink, cause: Ints, effect: Ints, seconds: Floats
) -> Flags:
    """Tell whether the effect begins while the cause stands or soon after, and not long before.

    Of two that share a cause either may begin first: times that overlap, or nearly, count.
    """
    begins, ends = members.from_us[effect], members.to_us[cause]
    travel = (np.nan_to_num(seconds) * _SLOWER * 1e6).astype(np.int64)
    late = begins <= ends + int(link.lag_min * _MINUTE_US) + travel
    lead = int((link.lag_min if link.kind == "shares" else link.lead_min) * _MINUTE_US)
    first = members.from_us[cause] - lead
    early = members.to_us[effect] if link.kind == "shares" else begins
    return np.asarray(late & (early >= first), np.bool_)
