"""Ranks the sources of a pollution: how long it takes, and how often it is right.

The time is that of one ranking with readings of sensors at 5 % of the nodes, beside scipy's bare
breadth-first search over the same network in the same run. How often it is right is counted over
hidden releases that an explicit simulation moves through other networks, with velocities that the
ranking is not told (tests/unit/spatial/sources): with sensors anywhere, and where ``site_sensors``
proposes; also where the ranking is told how the water moves, beside an oracle that knows all but
the source and tries every node.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from spatial.networks.network import Network
from spatial.networks.sources import (
    Assumptions,
    Readings,
    Release,
    SitingConditions,
    rank_sources,
    simulate_release,
    site_sensors,
)
from spatial.networks.transport import Transport, estimate_transport
from tests.unit.spatial.sources.drains import Drains, demo_drains, grown_drains
from tests.unit.spatial.sources.hunt import Find, Setting, hunt

_LIMIT_S = 0.5
_RUNS = 5
_CONDITIONS = SitingConditions(released_known_s=120.0)


@dataclass(frozen=True)
class Report:
    """Figures of one run, medians; ``ratio`` is the ranking by the bare search."""

    pipes: int
    readings: int
    search_s: float
    estimate_transport_s: float
    ranking_s: float
    ranking_cpu_s: float
    siting_cpu_s: float
    ratio: float
    limit_s: float


@dataclass(frozen=True)
class Hits:
    """How often the source was right, as shares of all releases, seen or not, but where said.

    ``three_of_seen`` is the share of those that a sensor saw; ``three_of_branch`` what three
    guesses among all nodes above the first sensor below would give; ``three_by_oracle`` what the
    oracle finds, the most that readings tell, where it was asked; ``stated`` the probability that
    the ranking gives to its first node, which ``first_of_seen`` should come to.
    """

    network: str
    sensors: str
    transport: str
    released: str
    samples: int
    seen: float
    first: float
    first_three: float
    three_of_seen: float
    three_by_distance: float
    three_of_branch: float
    three_by_oracle: float | None
    stated: float
    first_of_seen: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pipes", type=int, default=100_000)
    parser.add_argument("--releases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=440311)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = _timed(options.pipes, options.seed)
    hits = _hits(options.releases, options.seed) if options.releases else []
    if options.json:
        print(json.dumps(asdict(report) | {"hits": [asdict(each) for each in hits]}))
        return
    for name, figure in asdict(report).items():
        print(f"{name:22} {figure:>12,}")
    for each in hits:
        print("  ".join(f"{name} {figure}" for name, figure in asdict(each).items()))


def _timed(pipes: int, seed: int) -> Report:
    drains = grown_drains(pipes + 1, seed, branching=0.02)
    network = drains.network
    moving = estimate_transport(network, inflow_m3s=drains.inflow_m3s)
    readings, limit = _readings(network, moving, seed)
    known = Assumptions(detection_limit=limit)
    search, _ = _seconds(lambda: _search(network))
    estimate, _ = _seconds(lambda: estimate_transport(network, inflow_m3s=drains.inflow_m3s))
    ranking, processor = _seconds(
        lambda: rank_sources(network, readings, transport=moving, assumptions=known)
    )
    _, siting = _seconds(
        lambda: site_sensors(network, pipes // 20, transport=moving, conditions=_CONDITIONS), 1
    )
    return Report(
        pipes=pipes,
        readings=len(readings.node),
        search_s=round(search, 4),
        estimate_transport_s=round(estimate, 3),
        ranking_s=round(ranking, 3),
        ranking_cpu_s=round(processor, 3),
        siting_cpu_s=round(siting, 2),
        ratio=round(ranking / search, 1),
        limit_s=_LIMIT_S,
    )


def _readings(network: Network, moving: Transport, seed: int) -> tuple[Readings, float]:
    """Return what sensors at 5 % of the nodes read of a release at the far end of the network."""
    dice = np.random.default_rng(seed)
    count = len(network.node_key)
    sensors = np.sort(dice.choice(count, count // 20, replace=False))
    instants = np.arange(0, 12 * 3600, 300.0)
    release = Release(int(np.argmax(network.node_invert_m)), 3600.0, 1800.0, 500.0)
    value = simulate_release(moving, release, sensors, instants)
    value *= 1 + 0.1 * dice.standard_normal(value.shape)
    node, when = np.repeat(sensors, len(instants)), np.tile(instants, len(sensors))
    return Readings(node, when, value.ravel()), float(value.max()) / 500


def _search(network: Network) -> None:
    count = len(network.node_key)
    ends = (network.link_to, network.link_from)
    breadth_first_order(csr_array((np.ones(len(network)), ends), shape=(count, count)), 0)


def _seconds(work: Callable[[], object], runs: int = _RUNS) -> tuple[float, float]:
    """Return the median of seconds by the clock and of the processor."""
    clock, processor = [], []
    for _ in range(runs):
        started, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    return statistics.median(clock), statistics.median(processor)


def _hits(releases: int, seed: int) -> list[Hits]:
    networks = {
        "demo district": demo_drains(30_000, seed),
        "grown, 600 manholes": grown_drains(600, seed, branching=0.1),
    }
    return [
        _counted(name, drains, setting._replace(releases=releases, seed=seed))
        for name, drains in networks.items()
        for setting in _SETTINGS
    ]


_KNOWN = Setting(known_within_s=120.0)
_SITED = _KNOWN._replace(sited=True)
_TOLD = _SITED._replace(exact=True, oracle=True)
_SETTINGS = (
    Setting(),
    _KNOWN,
    _KNOWN._replace(samples=2),
    _KNOWN._replace(exact=True, oracle=True),
    Setting(sited=True),
    _SITED,
    _SITED._replace(samples=1),
    _SITED._replace(samples=2),
    _TOLD,
    _TOLD._replace(known_within_s=None),
)


def _counted(name: str, drains: Drains, setting: Setting) -> Hits:
    finds = hunt(drains, setting)
    seen = [find for find in finds if find.seen]
    within = setting.known_within_s
    return Hits(
        network=name,
        sensors="sited" if setting.sited else "anywhere",
        transport="told" if setting.exact else "10 to 20 % off",
        released="any time" if within is None else f"known to {within / 60:.0f} min",
        samples=setting.samples,
        seen=round(len(seen) / len(finds), 2),
        first=_share(finds, lambda find: find.rank == 1),
        first_three=_share(finds, lambda find: 1 <= find.rank <= 3),  # noqa: PLR2004 - three
        three_of_seen=_share(seen, lambda find: 1 <= find.rank <= 3),  # noqa: PLR2004 - three
        three_by_distance=_share(finds, lambda find: 1 <= find.by_distance <= 3),  # noqa: PLR2004
        three_of_branch=round(statistics.fmean(find.best_possible for find in finds), 2),
        three_by_oracle=(
            _share(finds, lambda find: 1 <= find.by_oracle <= 3)  # noqa: PLR2004 - three
            if setting.oracle
            else None
        ),
        stated=round(statistics.fmean(find.likeliest for find in seen), 2),
        first_of_seen=_share(seen, lambda find: find.rank == 1),
    )


def _share(finds: list[Find], which: Callable[[Find], bool]) -> float:
    return round(statistics.fmean(which(find) for find in finds), 2)


if __name__ == "__main__":
    main()
