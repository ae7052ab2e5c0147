"""Hidden releases in a network, read by sensors, ranked, and counted."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from spatial.networks.network import Floats, Ints, Network
from spatial.networks.sources import (
    Assumptions,
    Readings,
    SitingConditions,
    SourceRanking,
    rank_sources,
    site_sensors,
)
from spatial.networks.transport import Mixing, Transport, estimate_transport
from tests.unit.spatial.sources.drains import Drains
from tests.unit.spatial.sources.oracle import Oracle
from tests.unit.spatial.sources.plug_flow import Releases, Truth, Watch, read, simulate

HOURS = 3600.0
UNTIL_S = 8 * HOURS
_MEAN_INTERVAL_S = 180


class Setting(NamedTuple):
    """How releases are hidden.

    Attributes:
        releases: how many.
        seed: of all dice.
        tank_m3: volume in which manholes mix.
        sensor_share: of the nodes.
        known_within_s: how well the begin of a release is known; None where it is not.
        limit: detection limit of the sensors.
        samples: how many more sensors are put up, one after the other, where the ranking asks for
            one; the release comes again.
        sited: whether sensors stand where ``site_sensors`` proposes, not anywhere.
        exact: whether the ranking is told how the water moves and mixes as it does: velocities that
            are steady, flows, the volume of manholes.
        interval_s: between two readings; 1 to 5 minutes, each sensor its own, where None.
        oracle: whether to ask the oracle, too; only where velocities are steady.
    """

    releases: int = 200
    seed: int = 1
    tank_m3: float = 0.05
    sensor_share: float = 0.05
    known_within_s: float | None = None
    limit: float = 1.0
    samples: int = 0
    sited: bool = False
    exact: bool = False
    interval_s: int | None = None
    oracle: bool = False

    @property
    def travel_error(self) -> float:
        """What the ranking is told of the error of travel times."""
        return 0.02 if self.exact else 0.15

    def known(self, window: tuple[float, float] | None) -> Assumptions:
        """Return what the ranking takes for granted."""
        told = Assumptions(detection_limit=self.limit, released=window)
        if not self.exact:
            return told
        mixing = Mixing(0.05, manhole_m3=self.tank_m3)
        return replace(told, travel_error=self.travel_error, flow_error=0.05, mixings=(mixing,))


class Find(NamedTuple):
    """What became of one release.

    Attributes:
        seen: whether any sensor saw it.
        rank: of its node, from 1 on; 0 where it was not ranked at all.
        by_distance: its rank by the way down to the first sensor that saw it, alike.
        best_possible: how often three guesses are right above that sensor.
        likeliest: probability that the ranking gives to its first node.
        true: the one that it gives to the true node.
        by_oracle: rank by the oracle, which knows all but the source; 0 where nobody asked.
    """

    seen: bool
    rank: int
    by_distance: int
    best_possible: float
    likeliest: float
    true: float
    by_oracle: int = 0


class _Hunt(NamedTuple):
    """All that stays the same from release to release."""

    network: Network
    told: Transport
    watch: Watch
    oracle: Oracle | None
    releases: Releases
    setting: Setting
    dice: np.random.Generator


def hunt(drains: Drains, setting: Setting) -> list[Find]:
    """Hide releases, have them ranked, and say what was found."""
    dice = np.random.default_rng([setting.seed, 3])
    network = drains.network
    told = estimate_transport(network, inflow_m3s=drains.inflow_m3s)
    truth = _truth(network, told, setting, dice)
    releases = _releases(network, truth, setting, dice)
    watch = _watch(network, told, setting, dice)
    oracle = Oracle(network, truth, watch) if setting.oracle else None
    on = _Hunt(network, told, watch, oracle, releases, setting, dice)
    seen = simulate(network, truth, releases, UNTIL_S)
    return [_found(on, number, passing) for number, passing in enumerate(seen)]


def _truth(network: Network, told: Transport, setting: Setting, dice: np.random.Generator) -> Truth:
    tank = np.where(network.node_kind == "junction", setting.tank_m3, 0.0)
    if setting.exact:
        return Truth(told.travel_s, told.share, told.node_flow_m3s, tank, swing=0.0)
    together = dice.choice([-1, 1]) * dice.uniform(0.1, 0.2)
    each = dice.normal(0, 0.1, len(told.travel_s))
    flow = told.node_flow_m3s * np.exp(dice.normal(0, 0.15, len(told.node_flow_m3s)))
    return Truth(told.travel_s * np.exp(together + each), told.share, flow, tank)


def _releases(
    network: Network, truth: Truth, setting: Setting, dice: np.random.Generator
) -> Releases:
    count = setting.releases
    node = dice.choice(np.flatnonzero(network.node_kind == "junction"), count)
    duration = np.exp(dice.uniform(np.log(300), np.log(5400), count))
    height = setting.limit * np.exp(dice.uniform(np.log(200), np.log(5000), count))
    start = dice.uniform(0, 2 * HOURS, count)
    return Releases(node, start, duration, height * duration * truth.flow_m3s[node])


def _watch(network: Network, told: Transport, setting: Setting, dice: np.random.Generator) -> Watch:
    count = round(setting.sensor_share * len(network.node_key))
    node = np.sort(dice.choice(len(network.node_key), count, replace=False))
    every = 60 * dice.integers(1, 6, count)
    if setting.sited:
        conditions = SitingConditions(
            released_known_s=setting.known_within_s,
            interval_s=setting.interval_s or _MEAN_INTERVAL_S,
            travel_error=setting.travel_error,
        )
        node = np.sort(site_sensors(network, count, transport=told, conditions=conditions).node)
    if setting.interval_s is not None:
        every = np.full(count, setting.interval_s)
    return Watch(node, every, setting.limit)


def _found(on: _Hunt, number: int, passing: dict[int, Floats]) -> Find:
    window = _window(on, number)
    readings = read(on.watch, passing, round(UNTIL_S / 60), on.dice)
    ranking = _ranked(on, readings, passing, window)
    node = int(on.releases.node[number])
    if not len(ranking.node):
        return Find(seen=False, rank=0, by_distance=0, best_possible=0, likeliest=0, true=0)
    true = ranking.node == node
    return Find(
        seen=True,
        rank=int(np.flatnonzero(true)[0]) + 1 if true.any() else 0,
        by_distance=_distance_rank(on.network, ranking, node),
        best_possible=_best_possible(on.network, on.watch.node, node),
        likeliest=float(ranking.probability[0]),
        true=float(ranking.probability[true].sum()),
        by_oracle=0 if on.oracle is None else on.oracle.rank(node, readings, window),
    )


def _ranked(
    on: _Hunt, readings: Readings, passing: dict[int, Floats], window: tuple[float, float] | None
) -> SourceRanking:
    steps, limit = round(UNTIL_S / 60), on.setting.limit
    known = on.setting.known(window)
    ranking = rank_sources(on.network, readings, transport=on.told, assumptions=known)
    for _ in range(on.setting.samples):
        if ranking.sample_next < 0:
            break
        more = Watch(np.array([ranking.sample_next]), np.array([60]), limit)
        added = read(more, passing, steps, on.dice)
        readings = Readings(*(np.concatenate(both) for both in zip(readings, added, strict=True)))
        ranking = rank_sources(on.network, readings, transport=on.told, assumptions=known)
    return ranking


def _window(on: _Hunt, number: int) -> tuple[float, float] | None:
    within = on.setting.known_within_s
    if within is None:
        return None
    early = float(on.releases.start_s[number]) - on.dice.uniform(0, within)
    return early, early + within


def _distance_rank(network: Network, ranking: SourceRanking, node: int) -> int:
    """Return the rank by the way down to the first sensor that saw it; 0 where none leads there."""
    saw = np.flatnonzero(ranking.saw)
    first = int(ranking.sensor[saw[np.argmin(ranking.passed_s[saw])]])
    away = upstream_m(network, np.array([first]))[0]
    return int((away < away[node]).sum()) + 1 if np.isfinite(away[node]) else 0


def upstream_m(network: Network, nodes: Ints) -> Floats:
    """Return the way from every node down to some nodes: float64[k, n]."""
    count = len(network.node_key)
    ends = (network.link_to, network.link_from)
    back = csr_array((network.link_length_m, ends), shape=(count, count))
    return np.asarray(dijkstra(back, indices=nodes))


def _best_possible(network: Network, sensors: Ints, node: int) -> float:
    """Return how often three guesses are right if only the first sensor below were known."""
    below = dict(zip(network.link_from.tolist(), network.link_to.tolist(), strict=True))
    watched = set(sensors.tolist())

    def first(start: int) -> int:
        while start not in watched and start in below:
            start = below[start]
        return start

    mine = first(node)
    return min(1.0, 3 / sum(first(each) == mine for each in range(len(network.node_key))))
