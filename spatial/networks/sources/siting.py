"""Where to put sensors, so that they tell apart the nodes from which a pollution can come."""

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.networks.network import Floats, Ints, Network
from spatial.networks.sources.main_ways import MainWays, main_ways
from spatial.networks.sources.splits import best_places
from spatial.networks.sources.zones import NOTHING, Outlook, Worth, Zone, worth_of
from spatial.networks.transport import Transport, estimate_transport

_EVEN = 12.0
"""The variance of what is even over an interval is the square of the interval by this."""


class SiteSensorsError(ValueError):
    """Sensors that cannot be sited so. Give what the sentence says it expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingConditions:
    """What is known beforehand of releases, and where sensors may stand.

    Attributes:
        existing: int64[e], nodes where sensors stand already; they stay.
        allowed: bool[n], where a new one may stand; everywhere where None.
        prior: float64[n], how likely each node is a source, up to a factor; 0 where nothing can
            enter. All alike where None.
        released_known_s: how long the time is within which the release will be known to have begun;
            None where nobody will know.
        interval_s: between two readings of a sensor.
        travel_error: relative error of travel times.
        strength: by what factor a release exceeds the detection limit in the water of its own node:
            from the weakest to the strongest, even on a log scale.
        guesses: how many nodes will be looked at.
    """

    existing: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    allowed: NDArray[np.bool_] | None = None
    prior: Floats | None = None
    released_known_s: float | None = None
    interval_s: float = 300.0
    travel_error: float = 0.15
    strength: tuple[float, float] = (100.0, 10_000.0)
    guesses: int = 3


class Siting(NamedTuple):
    """New sensors (k), the one that adds most first; fewer where no other place adds anything.

    Attributes:
        node: int64[k], indices of nodes.
        seen: float64[k + 1], share of all releases that a sensor sees, with so many of them; the
            first is that of the existing sensors alone.
        alike: float64[k + 1], nodes that look alike, the source itself among them, in the mean of
            the releases that are seen; NaN where none is.
    """

    node: Ints
    seen: Floats
    alike: Floats


def site_sensors(
    network: Network,
    count: int,
    *,
    transport: Transport | None = None,
    conditions: SitingConditions | None = None,
) -> Siting:
    """Propose at which nodes sensors tell the sources of pollution apart best.

    Nodes whose releases come by the same sensor first look alike, unless the begin will be known:
    then those do whose travel times differ by no more than its accuracy, the interval of readings
    and the error of travel times allow. A new sensor parts the nodes of one zone, those that it
    sees first from the rest. Each is put where the expected g / (g + a) grows most: a nodes look
    alike, g are looked at, and what is not seen counts for nothing.

    Zones follow the way that most of each node's water takes; what parts from it counts as lost.

    Args:
        network: of drains, its links leading downstream.
        count: new sensors.
        transport: how water moves; estimated from the network where not given.
        conditions: what is known beforehand.

    Raises:
        SiteSensorsError: a negative count, an existing sensor at no node, arrays of another length
            than the network's, or numbers that are none.
    """
    given = conditions or SitingConditions()
    nodes = len(network.node_key)
    _check(given, count, nodes)
    ways = main_ways(transport or estimate_transport(network))
    outlook = _outlook(ways, given)
    zones = _zones(ways, given.existing)
    return _sited(zones, count, outlook)


def _check(given: SitingConditions, count: int, nodes: int) -> None:
    if count < 0:
        raise SiteSensorsError(f"count {count!r}: expected 0 or more")
    strange = given.existing[(given.existing < 0) | (given.existing >= nodes)].tolist()
    if strange:
        raise SiteSensorsError(f"existing sensor at node {strange[0]!r}: expected 0 to {nodes - 1}")
    for name in ("allowed", "prior"):
        each = getattr(given, name)
        if each is not None and len(each) != nodes:
            raise SiteSensorsError(
                f"{name}: {len(each)!r} values: expected one for each of {nodes}"
            )
    known = given.released_known_s
    figures = (given.interval_s, given.travel_error, 0.0 if known is None else known)
    if not all(np.isfinite(each) and each >= 0 for each in figures):
        raise SiteSensorsError(f"times and errors {figures!r}: expected numbers not below 0")
    weakest, strongest = given.strength
    if not 0 < weakest < strongest < np.inf:
        raise SiteSensorsError(f"strength {given.strength!r}: expected the weakest, the strongest")
    if given.guesses < 1:
        raise SiteSensorsError(f"guesses {given.guesses!r}: expected 1 or more")


def _outlook(ways: MainWays, given: SitingConditions) -> Outlook:
    count = len(ways.node)
    prior = np.ones(count) if given.prior is None else np.nan_to_num(given.prior, posinf=0.0)
    weight = np.maximum(prior, 0.0)[ways.node]
    possible = weight[weight > 0]
    allowed = np.ones(count, np.bool_) if given.allowed is None else given.allowed
    known = given.released_known_s
    return Outlook(
        ways=ways,
        weight=weight / possible.mean() if len(possible) else weight,
        allowed=allowed[ways.node],
        fixed_s2=np.inf if known is None else (known**2 + given.interval_s**2) / _EVEN,
        travel_error=given.travel_error,
        strength=(float(np.log(given.strength[0])), float(np.log(given.strength[1]))),
        guesses=float(given.guesses),
    )


def _zones(ways: MainWays, existing: Ints) -> list[Zone]:
    """Return the zones of the existing sensors, and of all ends of the network without one."""
    count = len(ways.node)
    watched = np.zeros(count, np.bool_)
    watched[existing] = True
    watched = watched[ways.node]
    owner = np.empty(count, np.int64)
    # In preorder a zone's own nodes come after those below it: the last one to write stands.
    for place in np.flatnonzero(watched | ways.root).tolist():
        owner[place : ways.end[place]] = place
    order = np.argsort(owner, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(owner[order])) + 1) if count else []
    return [Zone(part, bool(watched[part[0]])) for part in parts]


def _sited(zones: list[Zone], count: int, outlook: Outlook) -> Siting:
    queue = _Queue(outlook)
    total = NOTHING
    for zone in zones:
        queue.put(zone)
        total = total.more(worth_of(zone, outlook))
    node, worths = list[int](), [total]
    while len(node) < count and queue.waiting:
        for place, gained in queue.take():
            if len(node) < count:
                node.append(place)
                worths.append(worths[-1].more(gained))
    seen, alike = np.array(worths).T
    whole = max(float(outlook.weight.sum()), 1e-30)
    with np.errstate(invalid="ignore"):
        return Siting(outlook.ways.node[np.array(node, np.int64)], seen / whole, alike / seen)


class _Queue:
    """Zones by what the best sensor in each adds."""

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook
        self._count = 0
        self.waiting: list[tuple[float, int, Zone, Ints]] = []

    def put(self, zone: Zone) -> None:
        """Put a zone in; one where no sensor would add anything is left out."""
        places, gain = best_places(zone, self._outlook)
        if len(places):
            # The positions of the sensors, not of the members: parting a zone moves those.
            entry = (-float(gain.max()), self._count, zone, zone.member[places])
            heappush(self.waiting, entry)
            self._count += 1

    def take(self) -> list[tuple[int, Worth]]:
        """Put sensors into the zone that gains most, and return where, and what each adds."""
        _, _, rest, sensors = heappop(self.waiting)
        taken = []
        worth = worth_of(rest, self._outlook)
        for sensor in sensors.tolist():
            place = int(np.searchsorted(rest.member, sensor))
            above, rest = rest.split(place, self._outlook)
            left = worth_of(rest, self._outlook)
            gained = worth_of(above, self._outlook).more(left).more(worth, sign=-1)
            taken.append((sensor, gained))
            worth = left
            self.put(above)
        self.put(rest)
        return taken
