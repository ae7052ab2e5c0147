"""Ranks the nodes from which a pollution can have come."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import eye_array
from scipy.sparse.linalg import splu

from spatial.networks.network import Floats, Ints, Network
from spatial.networks.sources.assumptions import Assumptions, Readings
from spatial.networks.sources.candidates import promising
from spatial.networks.sources.pulses import Sensors, pulse_of, read_sensors
from spatial.networks.sources.shapes import durations_of, fit_shapes, shapeless
from spatial.networks.sources.weighing import Evidence, Weighed, weigh
from spatial.networks.transport import Arrivals, Transport, arrivals, estimate_transport

_MOST_PULSES = 4
"""The pulses nearest to the source say most of it; those further down are counted, not fitted."""
_MOST_SENSORS = 60
_CLEAR, _FEW = 0.5, 0.5
_LEAST_SPLIT = 0.05


class Verdict(StrEnum):
    """How much a ranking says."""

    NOTHING_SEEN = "no sensor saw anything"
    NO_SOURCE = "no node explains what was seen"
    CLEAR = "one node is more likely than all others together"
    FEW = "three nodes are more likely than all others together"
    NOT_ENOUGH_DATA = "not enough data to tell the nodes apart"


class SourceRanking(NamedTuple):
    """Nodes (k), the likeliest source first, and the sensors (s) that say so.

    Attributes:
        verdict: how much it says.
        node: int64[k], indices of nodes.
        probability: float64[k]; they add up to 1, there being one source and the network as it is.
        begin_s: float64[k], when the release began if it was here, on the clock of the readings.
        begin_error_s: float64[k], one standard deviation of that.
        duration_s: float64[k], of the release.
        mass: float64[k], unit of the readings times cubic metres, by the flows of the network.
        sensor: int64[s], nodes where the sensors stand, those that saw something first.
        saw: bool[s].
        passed_s: float64[s], when the pulse passed each; NaN where it saw nothing.
        travel_s: float64[k, s], from the node to each; NaN where no water from there comes by.
        stand: int8[k, s], 1 where a sensor agrees, -1 where it contradicts, 0 where it says
            nothing.
        mixing_weight: float64[h], how likely each way of mixing is; what ``Assumptions`` take for
            the next release in the same network.
        sample_next: node at which a sample now would say most, -1 where none would.
    """

    verdict: Verdict
    node: Ints
    probability: Floats
    begin_s: Floats
    begin_error_s: Floats
    duration_s: Floats
    mass: Floats
    sensor: Ints
    saw: NDArray[np.bool_]
    passed_s: Floats
    travel_s: Floats
    stand: NDArray[np.int8]
    mixing_weight: Floats
    sample_next: int = -1

    def credible(self, share: float = 0.9) -> Ints:
        """Return the fewest nodes that are the source with this probability."""
        return self.node[: int(np.searchsorted(self.probability.cumsum(), share)) + 1]


def rank_sources(
    network: Network,
    readings: Readings,
    *,
    transport: Transport | None = None,
    assumptions: Assumptions | None = None,
    prior: Floats | None = None,
) -> SourceRanking:
    """Rank the nodes from which a pollution that sensors saw can have come.

    One release at one node is taken for granted: at an even rate, at any time, of any mass. Each
    pulse is fitted once by all durations of a release and all ways of spreading; each node is
    then weighed by how far the pulses' times, shapes and loads agree with the way from it, by the
    sensors that should have seen it and did not, and by those that saw what cannot come from it.

    Args:
        network: of drains, its links leading downstream.
        readings: of all sensors, also of those that saw nothing, which are evidence too.
        transport: how water moves; estimated from the network where not given.
        assumptions: what is known beforehand.
        prior: float64[n], how likely each node is a source before anything was read, up to a
            factor; 0 where nothing can enter. All alike where not given.
    """
    known = assumptions or Assumptions()
    moving = transport or estimate_transport(network)
    sensors = read_sensors(readings, known)
    if not sensors.saw.any():
        return _empty(Verdict.NOTHING_SEEN, known)
    likely = _before(prior, len(moving.node_flow_m3s))
    candidates = promising(moving, _worth(sensors, known, likely), known.most_nodes)
    candidates = candidates[likely[candidates] > 0]
    if not len(candidates):
        return _empty(Verdict.NO_SOURCE, known)
    evidence, come = _evidence(moving, candidates, sensors, known)
    weighed = weigh(moving, come, evidence, known)
    score = weighed.log_likelihood + np.log(likely[candidates])
    probability = np.exp(score - score.max())
    probability /= probability.sum()
    order = np.argsort(-probability, kind="stable")
    ranking = _ranking(candidates, probability, order, weighed, evidence)
    return ranking._replace(sample_next=_sample_next(moving, ranking, sensors))


def _before(prior: Floats | None, count: int) -> Floats:
    if prior is None:
        return np.ones(count)
    return np.maximum(np.nan_to_num(prior), 0.0)


def _worth(sensors: Sensors, known: Assumptions, likely: Floats) -> Floats:
    worth = np.zeros(len(likely))
    unlikely = -np.log(known.faulty)
    worth[sensors.node] = np.where(sensors.saw, 2 * unlikely, -unlikely)
    return worth


def _evidence(
    transport: Transport, candidates: Ints, sensors: Sensors, known: Assumptions
) -> tuple[Evidence, Arrivals]:
    """Return what the sensors nearest to the candidates say, and what comes by them from each."""
    place = np.full(len(transport.node_flow_m3s), -1)
    place[sensors.node] = np.arange(len(sensors.node))
    below = place[transport.onward(candidates)]
    below = below[below >= 0]
    elsewhere = np.setdiff1d(np.flatnonzero(sensors.saw), below)
    seeing = np.concatenate([below[sensors.saw[below]], elsewhere])[:_MOST_SENSORS]
    silent = below[~sensors.saw[below]][:_MOST_SENSORS]
    node = sensors.node[np.concatenate([seeing, silent])]
    come = arrivals(transport, candidates, node)
    pulses = [pulse_of(sensors, sensor) for sensor in seeing.tolist()]
    fitted = _nearest(come, len(pulses))
    durations = durations_of([pulses[at] for at in fitted.tolist()], sensors.limit, known)
    shapes = [
        fit_shapes(pulse, durations, sensors.limit, known.noise)
        if at in fitted
        else shapeless(pulse, durations)
        for at, pulse in enumerate(pulses)
    ]
    return Evidence(sensors, pulses, shapes, durations, silent, node), come


def _nearest(come: Arrivals, seen: int) -> Ints:
    """Return positions of the pulses nearest to the candidates that reach most of them."""
    reached = come.share[:, :seen] > 0
    many = reached.sum(axis=1)
    travel = np.where(reached, come.travel_s[:, :seen], np.inf)[many == many.max(initial=0)]
    return np.argsort(np.median(travel, axis=0), kind="stable")[:_MOST_PULSES]


def _ranking(
    candidates: Ints,
    probability: Floats,
    order: Ints,
    weighed: Weighed,
    evidence: Evidence,
) -> SourceRanking:
    seen = len(evidence.pulses)
    centres = [shapes.best_centre_s for shapes in evidence.shapes]
    return SourceRanking(
        verdict=_verdict(probability[order]),
        node=candidates[order],
        probability=probability[order],
        begin_s=weighed.begin_s[order],
        begin_error_s=weighed.begin_error_s[order],
        duration_s=weighed.duration_s[order],
        mass=weighed.mass[order],
        sensor=evidence.node,
        saw=np.arange(len(evidence.node)) < seen,
        passed_s=np.array(centres + [np.nan] * len(evidence.silent)),
        travel_s=weighed.travel_s[order],
        stand=weighed.stand[order],
        mixing_weight=(weighed.mixing_weight * probability[:, None]).sum(axis=0),
    )


def _verdict(probability: Floats) -> Verdict:
    if probability[0] >= _CLEAR:
        return Verdict.CLEAR
    return Verdict.FEW if probability[:3].sum() >= _FEW else Verdict.NOT_ENOUGH_DATA


def _empty(verdict: Verdict, known: Assumptions) -> SourceRanking:
    nothing, none = np.empty(0), np.empty(0, np.int64)
    return SourceRanking(
        *(verdict, none, nothing, nothing, nothing, nothing, nothing, none),
        *(np.empty(0, np.bool_), nothing, np.empty((0, 0)), np.empty((0, 0), np.int8)),
        np.exp(known.log_weights()),
    )


def _sample_next(transport: Transport, ranking: SourceRanking, sensors: Sensors) -> int:
    """Return the node past which half of the probability flows, as near as there is one."""
    around = transport.onward(ranking.node)
    near = transport.part(around)
    here = np.zeros(len(transport.node_flow_m3s))
    here[ranking.node] = ranking.probability
    there = splu((eye_array(len(around), format="csr") - near.steps().T).tocsc())
    passing = there.solve(here[around])
    free = ~np.isin(around, sensors.node)
    split = np.where(free, np.minimum(passing, 1 - passing), 0.0)
    best = int(split.argmax())
    return int(around[best]) if split[best] > _LEAST_SPLIT else -1
