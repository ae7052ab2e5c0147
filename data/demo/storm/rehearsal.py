"""The storm run once without devices: how much to release, and what the truth will be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from data.demo.network import DemoDevice
from data.demo.storm.basin import Floats, Ints
from data.demo.storm.stage import Release, Stage, choose_release

HORIZON_MIN = 180

_WANTED_MG_L = 6.0  # over the background, at the station
_SEEN_BY_MIN = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The course of the true state, one row a minute from 0 to HORIZON_MIN.

    Attributes:
        release: where and how much, or None where no station could see it.
        road_m: float64[minutes, r], depth on each road section.
        station: codes of the k water quality stations that measure a node.
        added_mg_l: float64[minutes, k], what the release adds at each station.
        swell: float64[minutes, k], logarithm of how many times its usual flow passes each station.
        water_node: int64[j], the reaches and reservoirs.
        level_m: float64[minutes, j], their levels.
    """

    release: Release | None
    road_m: Floats
    station: tuple[int, ...]
    added_mg_l: Floats
    swell: Floats
    water_node: Ints
    level_m: Floats


def rehearse(stage: Stage, devices: Sequence[DemoDevice]) -> Rehearsal:
    """Run the storm and size the release so that its station sees it plainly.

    The concentration is proportional to the mass, so one run with one kilogram is enough.
    """
    trial = choose_release(stage, devices)
    stations = sorted((d.code, d.node) for d in devices if d.klass == "8505" and d.node >= 0)
    codes = tuple(code for code, _ in stations)
    places = np.array([node for _, node in stations], dtype=np.int64)
    natural = np.flatnonzero(~stage.basin.piped & ~stage.basin.outlet)
    roads, added, levels, flows = [], [], [], []
    usual = np.maximum(stage.routing.steady(stage.base_m3s).link_m3s[places], 1e-6)
    for _, water in islice(stage.flow(trial), HORIZON_MIN + 1):
        roads.append(stage.road_depth_m(water))
        added.append(water.concentration_mg_l()[places])
        flows.append(water.link_m3s[places])
        levels.append(stage.basin.level_m(water.stored_m3)[natural])
    scale = _scale(trial, codes, np.array(added))
    return Rehearsal(
        release=replace(trial, mass_kg=scale) if trial else None,
        road_m=np.array(roads),
        station=codes,
        added_mg_l=np.array(added) * scale,
        swell=np.log(np.maximum(np.array(flows) / usual, 1)),
        water_node=natural,
        level_m=np.array(levels),
    )


def _scale(trial: Release | None, codes: tuple[int, ...], added_mg_l: Floats) -> float:
    if trial is None:
        return 1.0
    early = added_mg_l[: _SEEN_BY_MIN + 1, codes.index(trial.station)].max()
    return float(_WANTED_MG_L / early) if early > 0 else 1.0
