"""What each sensor sees before all others: the nodes above it up to the next, and how they look."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.networks.network import Floats, Ints
from spatial.networks.sources.main_ways import MainWays

_SEEN = 0.25
"""What it counts alone that a release is seen, by what it counts that its source is known."""
_LIKE = np.sqrt(np.pi)
"""Half of the width of a box that holds as much as the overlap of two normal distributions."""


class Outlook(NamedTuple):
    """What sensors are sited by, for nodes (n) in preorder.

    Attributes:
        ways: how they hang together.
        weight: float64[n], how likely each is a source.
        allowed: bool[n], where a sensor may stand.
        fixed_s2: variance of the time at which a release is seen that does not grow with the way;
            infinite where nobody knows when a release begins.
        travel_error: relative error of travel times.
        strength: logarithms of how far a release exceeds the detection limit in the water of its
            own node: the weakest and the strongest.
        guesses: how many nodes are looked at.
    """

    ways: MainWays
    weight: Floats
    allowed: NDArray[np.bool_]
    fixed_s2: float
    travel_error: float
    strength: tuple[float, float]
    guesses: float

    def visible(self, source: Ints, sensor: Ints | int) -> Floats:
        """Return how likely a sensor sees a release at a source above it, any shape."""
        return self.seen_at(self.ways.log_dilution[sensor] - self.ways.log_dilution[source])

    def seen_at(self, dilution: Floats) -> Floats:
        """Return how likely a release is seen after a dilution (its logarithm), any shape."""
        weakest, strongest = self.strength
        return np.asarray(((strongest - dilution) / (strongest - weakest)).clip(0.0, 1.0))

    def tolerance(self, away_s: Floats) -> Floats:
        """Return within which other travel times look like these, any shape."""
        return np.asarray(_LIKE * np.sqrt(self.fixed_s2 + (self.travel_error * away_s) ** 2))

    def found(self, alike: Floats) -> Floats:
        """Return what a release counts that is seen, its source being one of those alike."""
        told = self.guesses / (self.guesses + np.maximum(alike, 0.0))
        return _SEEN + (1 - _SEEN) * told


class Zone(NamedTuple):
    """Nodes (z) that one sensor sees first, or none where their water leaves the network unseen.

    Attributes:
        member: int64[z], positions, ascending; the first is the sensor's.
        watched: whether there is a sensor.
    """

    member: Ints
    watched: bool

    def split(self, place: int, outlook: Outlook) -> tuple["Zone", "Zone"]:
        """Return what a new sensor at a member sees first, and the rest."""
        end = int(np.searchsorted(self.member, outlook.ways.end[self.member[place]]))
        rest = np.concatenate([self.member[:place], self.member[end:]])
        return Zone(self.member[place:end], watched=True), Zone(rest, self.watched)


class Worth(NamedTuple):
    """What zones are worth; worths add up.

    Attributes:
        seen: weight of the nodes of which a sensor sees releases.
        alike: of those, times the weight of the nodes that look like them.
    """

    seen: float
    alike: float

    def more(self, other: "Worth", *, sign: int = 1) -> "Worth":
        """Return the sum of both, or the difference."""
        return Worth(self.seen + sign * other.seen, self.alike + sign * other.alike)


NOTHING = Worth(0.0, 0.0)


def worth_of(zone: Zone, outlook: Outlook) -> Worth:
    """Return what a zone is worth."""
    if not zone.watched:
        return NOTHING
    seen = outlook.weight[zone.member] * outlook.visible(zone.member, zone.member[0])
    return Worth(float(seen.sum()), float((seen * alike_in(zone, outlook)).sum()))


def alike_in(zone: Zone, outlook: Outlook) -> Floats:
    """Return the weight of the nodes of a zone that look like each of them: float64[z]."""
    clock = Clock.of(zone, outlook)
    before = np.append(0.0, outlook.weight[zone.member[clock.order]].cumsum())
    first, past = clock.around(np.arange(len(zone.member)), clock.away_s)
    return np.asarray(before[past] - before[first])


class Clock(NamedTuple):
    """The members of a zone (z) in the order of their travel times.

    Attributes:
        outlook: whose.
        away_s: float64[z], from each to the first of them.
        order: int64[z].
    """

    outlook: Outlook
    away_s: Floats
    order: Ints

    @classmethod
    def of(cls, zone: Zone, outlook: Outlook) -> "Clock":
        """Return that of a zone."""
        travel = outlook.ways.travel_s[zone.member]
        away = travel - travel[:1]
        return cls(outlook, away, np.argsort(away, kind="stable"))

    def around(self, member: Ints, away_s: Floats) -> tuple[Ints, Ints]:
        """Return between which places in the order those lie that look like members.

        Args:
            member: int64[p].
            away_s: float64[p], from each to the sensor, by which times are known.
        """
        within, ascending = self.outlook.tolerance(away_s), self.away_s[self.order]
        first = np.searchsorted(ascending, self.away_s[member] - within, "left")
        return first, np.searchsorted(ascending, self.away_s[member] + within, "right")
