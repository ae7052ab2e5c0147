"""How water, and what it carries, moves through a network: shares, travel times, dilution."""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from scipy.sparse import csr_array, eye_array
from scipy.sparse.csgraph import breadth_first_order
from scipy.sparse.linalg import splu

from spatial.networks.graph import lengths_m
from spatial.networks.hydraulics import BOUNDS_M_S, full_bore_m_s
from spatial.networks.network import Floats, Ints, Network

Matrix: TypeAlias = "csr_array[Any, Any]"

_MANNING_N = 0.013
_SLOPE, _FLATTEST = 0.003, 0.0005
_DIAMETER_M = 0.4
_LENGTH_M = 30.0
_LEAST_S = 1.0
_INFLOW_M3S = 0.0005
"""Dry-weather inflow at a manhole of which nothing is known: some 60 households."""
_LEAST_M3S = 1e-6
_THIRD_FULL = 0.82
"""Velocity in a pipe that is a third full by that of the full pipe, by Manning."""
_OVERFLOW_SHARE = 1e-3
"""What goes over a weir in dry weather where there is another way out."""
_ONCE_MORE = 1 - 1e-9
"""Keeps water that goes round in a closed loop from doing so for ever."""

_HALF_ANGLE = np.linspace(0.3, 2.6, 60)
_WETTED = (_HALF_ANGLE - np.sin(_HALF_ANGLE) * np.cos(_HALF_ANGLE)) / np.pi
_PART_VELOCITY = (_WETTED * np.pi / _HALF_ANGLE) ** (2 / 3)
_PART_FLOW = _WETTED * _PART_VELOCITY
"""A round pipe filled in part, by the full one (Manning); angles at half of the wetted arc."""


class Mixing(NamedTuple):
    """How a cloud spreads on its way.

    Attributes:
        dispersion_m2_s: longitudinal dispersion; some 0.1 to 0.3 in sewers in which water runs
            (Rieckermann et al. 2005), more where it is slow or dead zones hold it back.
        tank_share: share of the travel time that water spends mixed, in wet wells, surcharged
            manholes and ponds; the rest it runs as a plug.
        manhole_m3: volume in which every manhole mixes, beside the travel time in the pipes.
    """

    dispersion_m2_s: float = 0.2
    tank_share: float = 0.0
    manhole_m3: float = 0.0


class Passage(NamedTuple):
    """How a cloud from each node (k) passes each place (s): float64[k, s] each.

    Attributes:
        share: of its mass; 0 where nothing ever comes by.
        travel_s: mean time from release to passage.
        deviation_s: standard deviation of that time.
        skewness: of that time.
    """

    share: Floats
    travel_s: Floats
    deviation_s: Floats
    skewness: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How what is released moves: ways in the direction of the water (a), between nodes (n).

    Attributes:
        link: int64[a], index of the link that each way takes.
        tail: int64[a], index of the node that it leaves.
        head: int64[a], index of the node that it leads to.
        share: float64[a], of the water that leaves ``tail``; they add up to 1.
        travel_s: float64[a].
        velocity_m_s: float64[a].
        node_flow_m3s: float64[n], what runs through each node.
        flow_known: whether the flows were given or are only guessed from the size of the network.
        decay_per_s: first-order decay of what is carried.
    """

    link: Ints
    tail: Ints
    head: Ints
    share: Floats
    travel_s: Floats
    velocity_m_s: Floats
    node_flow_m3s: Floats
    flow_known: bool
    decay_per_s: float = 0.0

    def steps(self, weight: Floats | None = None) -> Matrix:
        """Return what of each node's load comes to the next: n by n, times a weight of each way."""
        count = len(self.node_flow_m3s)
        kept = self.share * np.exp(-self.decay_per_s * self.travel_s) * _ONCE_MORE
        data = kept if weight is None else kept * weight
        return csr_array((data, (self.tail, self.head)), shape=(count, count))

    def onward(self, nodes: Ints) -> Ints:
        """Return the nodes (int64[k]) and all that lies downstream of any, nearest first."""
        count = len(self.node_flow_m3s)
        steps = csr_array((np.ones(len(self.tail)), (self.tail, self.head)), shape=(count, count))
        start = np.append(steps.indptr, steps.indptr[-1] + len(nodes))
        ends = np.append(steps.indices, nodes)
        # One node more, from which water comes to all of them, so that one search does.
        more = csr_array((np.ones(len(ends)), ends, start), shape=(count + 1, count + 1))
        order = breadth_first_order(more, count, return_predecessors=False)
        return order[1:].astype(np.int64)

    def part(self, nodes: Ints) -> "Transport":
        """Return the ways among some nodes (int64[k]), which are numbered anew in their order."""
        place = np.full(len(self.node_flow_m3s), -1)
        place[nodes] = np.arange(len(nodes))
        inside = (place[self.tail] >= 0) & (place[self.head] >= 0)
        return Transport(
            link=self.link[inside],
            tail=place[self.tail[inside]],
            head=place[self.head[inside]],
            share=self.share[inside],
            travel_s=self.travel_s[inside],
            velocity_m_s=self.velocity_m_s[inside],
            node_flow_m3s=self.node_flow_m3s[nodes],
            flow_known=self.flow_known,
            decay_per_s=self.decay_per_s,
        )


class Arrivals(NamedTuple):
    """What of a release at each node (k) comes by each place (s), and how long it takes.

    Attributes:
        share: float64[k, s], of the mass; 0 where nothing ever comes by.
        travel_s: float64[k, s], in the pipes, in the mean.
        ways_s2: float64[k, s], variance between the ways where ways part and meet again.
        dispersed: cumulants 2 and 3 (s2, s3) that 1 m2/s of dispersion adds, float64[k, s] each.
        tanks: alike, if all water were mixed all the time.
        manholes: cumulants 1, 2 and 3 that a mixed cubic metre in each manhole adds.
    """

    share: Floats
    travel_s: Floats
    ways_s2: Floats
    dispersed: tuple[Floats, Floats]
    tanks: tuple[Floats, Floats]
    manholes: tuple[Floats, Floats, Floats]

    def passage(self, mixing: Mixing) -> Passage:
        """Return how clouds pass that mix in one way."""
        dispersion, tank, volume = mixing
        travel = self.travel_s + volume * self.manholes[0]
        variance = self.ways_s2 + dispersion * self.dispersed[0] + tank**2 * self.tanks[0]
        variance += volume**2 * self.manholes[1]
        third = dispersion**2 * self.dispersed[1] + tank**3 * self.tanks[1]
        third += volume**3 * self.manholes[2]
        deviation = np.sqrt(variance)
        return Passage(self.share, travel, deviation, third / np.maximum(deviation, 1e-9) ** 3)


def estimate_transport(
    network: Network,
    *,
    flow_m3s: Floats | None = None,
    inflow_m3s: Floats | None = None,
    decay_per_s: float = 0.0,
) -> Transport:
    """Return how water moves through a network, as well as it is known.

    Travel times are those of the network where it has them; otherwise length by the velocity of a
    pipe filled in part (Manning, n = 0.013), or a third full where no flow is known.

    Args:
        network: of drains; a link that is not directed runs as it is drawn unless its flow says
            otherwise.
        flow_m3s: float64[m], discharge of each link, negative against the way it is drawn.
        inflow_m3s: float64[n], what enters at each node; flows follow from it where not given.
        decay_per_s: first-order decay of what is carried.
    """
    leads = (network.link_from >= 0) & (network.link_to >= 0)
    leads &= network.link_from != network.link_to  # what comes back at once never left
    if len(network.link_closed):
        leads &= ~network.link_closed
    link = np.flatnonzero(leads)
    flow = None if flow_m3s is None else flow_m3s[link]
    tail, head = _ends(network, link, flow)
    length, full = _full_pipes(network, link)
    weight = (
        _weights(network, link, full) if flow is None else np.abs(np.nan_to_num(flow)) + _LEAST_M3S
    )
    share = weight / np.bincount(tail, weight, len(network.node_key))[tail]
    through = _through(tail, head, share, flow, _inflow(network, inflow_m3s))
    known = flow_m3s is not None or inflow_m3s is not None
    velocity = full.part(through[tail] * share) if known else full.velocity_m_s * _THIRD_FULL
    stated = network.link_travel_s[link]
    travel = np.where(np.isfinite(stated), stated, length / velocity.clip(*BOUNDS_M_S))
    travel = np.maximum(travel, _LEAST_S)
    return Transport(
        link=link,
        tail=tail,
        head=head,
        share=share,
        travel_s=travel,
        velocity_m_s=np.maximum(length / travel, BOUNDS_M_S[0]),
        node_flow_m3s=np.maximum(through, _LEAST_M3S),
        flow_known=known,
        decay_per_s=decay_per_s,
    )


def arrivals(transport: Transport, nodes: Ints, places: Ints) -> Arrivals:
    """Return what of a release at each node comes by each place, by one backward pass for each.

    Args:
        transport: how water moves.
        nodes: int64[k].
        places: int64[s], nodes where sensors stand.
    """
    around = transport.onward(nodes)
    near = transport.part(around)
    here = np.full(len(transport.node_flow_m3s), -1)
    here[around] = np.arange(len(around))
    back = splu((eye_array(len(around), format="csr") - near.steps()).tocsc())
    at = np.flatnonzero(here[places] >= 0)
    goal = np.zeros((len(around), len(places)))
    goal[here[places[at]], at] = 1.0
    share = back.solve(goal)
    origin = here[nodes]

    def along(weight: Floats, load: Floats) -> Floats:
        total = back.solve(near.steps(weight) @ load)
        return np.asarray(total / np.maximum(share, 1e-30))

    def sum_of(weight: Floats) -> Floats:
        return np.asarray(along(weight, share)[origin])

    time, speed = near.travel_s, near.velocity_m_s
    rest = 1 / near.node_flow_m3s[near.tail]
    mean = along(time, share)
    square = along(time**2, share) + 2 * along(time, share * mean)
    ways = np.where(square > mean**2 * (1 + 1e-6), square - mean**2, 0.0)
    return Arrivals(
        share=share[origin].clip(0.0, 1.0),
        travel_s=mean[origin],
        ways_s2=ways[origin],
        dispersed=(sum_of(2 * time / speed**2), sum_of(12 * time / speed**4)),
        tanks=(sum_of(time**2), sum_of(2 * time**3)),
        manholes=(sum_of(rest), sum_of(rest**2), sum_of(2 * rest**3)),
    )


class _FullPipes(NamedTuple):
    """What links carry when they run full, by Manning: float64[a] each."""

    area_m2: Floats
    velocity_m_s: Floats

    @property
    def flow_m3s(self) -> Floats:
        return self.area_m2 * self.velocity_m_s

    def part(self, flow_m3s: Floats) -> Floats:
        """Return the velocity at a discharge; above the full pipe's it runs under pressure."""
        ratio = flow_m3s / self.flow_m3s
        filled = self.velocity_m_s * np.interp(ratio, _PART_FLOW, _PART_VELOCITY)
        return np.where(ratio > 1, flow_m3s / self.area_m2, filled)


def _ends(network: Network, link: Ints, flow: Floats | None) -> tuple[Ints, Ints]:
    tail, head = network.link_from[link], network.link_to[link]
    if flow is None:
        return tail, head
    back = flow < 0
    return np.where(back, head, tail), np.where(back, tail, head)


def _full_pipes(network: Network, link: Ints) -> tuple[Floats, _FullPipes]:
    length = _filled(lengths_m(network)[link], _LENGTH_M)
    diameter = _filled(network.link_diameter_m[link], _DIAMETER_M)
    drop = (network.link_invert_from_m - network.link_invert_to_m)[link]
    slope = np.maximum(np.nan_to_num(drop / length, nan=_SLOPE), _FLATTEST)
    velocity = full_bore_m_s(diameter / 4, slope, np.full(len(link), _MANNING_N))
    return length, _FullPipes(np.pi * diameter**2 / 4, velocity.clip(*BOUNDS_M_S))


def _filled(values: Floats, otherwise: float) -> Floats:
    """Return the values with the median of the known ones where one is not known."""
    known = values[np.isfinite(values) & (values > 0)]
    usual = float(np.median(known)) if len(known) else otherwise
    return np.where(np.isfinite(values) & (values > 0), values, usual)


def _weights(network: Network, link: Ints, full: _FullPipes) -> Floats:
    over = network.link_kind[link] == "weir"
    return np.where(over, _OVERFLOW_SHARE, 1.0) * full.flow_m3s


def _inflow(network: Network, inflow_m3s: Floats | None) -> Floats:
    if inflow_m3s is not None:
        return np.nan_to_num(inflow_m3s)
    return np.full(len(network.node_key), _INFLOW_M3S)


def _through(tail: Ints, head: Ints, share: Floats, flow: Floats | None, inflow: Floats) -> Floats:
    count = len(inflow)
    if flow is not None:
        size = np.abs(np.nan_to_num(flow))
        return np.maximum(np.bincount(tail, size, count), np.bincount(head, size, count))
    steps = csr_array((share * _ONCE_MORE, (head, tail)), shape=(count, count))
    gathered = splu((eye_array(count, format="csr") - steps).tocsc()).solve(inflow)
    return np.asarray(gathered, np.float64)
