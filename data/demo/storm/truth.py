"""What truly happened, known from the simulation and not from readings: for tests."""

import json
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import numpy as np

from data.demo.network import DemoDevice
from data.demo.storm.basin import Floats
from data.demo.storm.incidents import INTRUSION_MINUTES, Site, leak_lel
from data.demo.storm.rehearsal import HORIZON_MIN
from data.demo.storm.run import StormRun
from data.demo.storm.sensors import BACKGROUND_AMMONIA_MG_L

FLOOD_DEPTH_M = 0.15
AMMONIA_LIMIT_MG_L = 2.0
GAS_LIMIT_LEL = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A time in which something at an entity was at or over its limit.

    Attributes:
        entity: code of what it happened to, 0 where unknown.
        device: code of the device that sees it, 0 where none does.
        first_minute: first minute at or over the limit.
        last_minute: last one; there may be calmer minutes between.
        highest: highest value, in the quantity's stored unit.
    """

    entity: int
    device: int
    first_minute: int
    last_minute: int
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTruth:
    """The release of ammonia nitrogen.

    Attributes:
        node: code of the manhole or reach where it was let in.
        station: code of the station expected to see it first.
        mass_kg: how much.
        from_minute: when it began.
        to_minute: when it ended.
    """

    node: int
    station: int
    mass_kg: float
    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelTruth:
    """The course of one reach's or reservoir's level, metres above datum."""

    entity: int
    usual_m: float
    highest_m: float
    highest_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StormTruth:
    """What happened from minute 0 to the horizon; empty or None where it did not happen.

    Attributes:
        seed: of the run.
        start_us: instant of minute 0.
        horizon_min: last minute looked at.
        release: where the substance came from.
        pollution: by water quality station, ammonia nitrogen with background in mg/L.
        floods: by road section, depth in m; ``device`` is its first road gauge.
        leak: the gas leak, in %LEL.
        intrusion: minutes in which somebody was in the area; ``highest`` is 1.
        slide: device and slope that moved; minutes of the horizon, ``highest`` is 1.
        levels: reaches and reservoirs.
        links: what each device truly belongs to, code to code.
    """

    seed: int
    start_us: int
    horizon_min: int
    release: ReleaseTruth | None
    pollution: tuple[Episode, ...]
    floods: tuple[Episode, ...]
    leak: Episode | None
    intrusion: Episode | None
    slide: Site | None
    levels: tuple[LevelTruth, ...]
    links: dict[int, int]


def storm_truth(run: StormRun) -> StormTruth:
    """Return what happens in a run."""
    return StormTruth(
        seed=run.seed,
        start_us=run.start_us,
        horizon_min=HORIZON_MIN,
        release=_release(run),
        pollution=_pollution(run),
        floods=_floods(run),
        leak=_leak(run.incidents.leak),
        intrusion=_intrusion(run.incidents.intrusion),
        slide=run.incidents.slide,
        levels=_levels(run),
        links={device.code: device.target for device in run.devices},
    )


def write_truth(truth: StormTruth, path: Path) -> None:
    """Write the truth as JSON; entity codes are strings of 16 digits, 0 becomes null."""
    text = json.dumps(_plain(truth), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


_CODES = frozenset({"entity", "device", "node", "station", "target"})


def _plain(value: object, name: str = "") -> object:
    if name == "links" and isinstance(value, dict):
        return {str(device): str(target) if target else None for device, target in value.items()}
    if name in _CODES:
        return str(value) if value else None
    if isinstance(value, Site):
        return {key: _plain(part, key) for key, part in value._asdict().items()}
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name), item.name) for item in fields(value)}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _release(run: StormRun) -> ReleaseTruth | None:
    release = run.rehearsal.release
    if release is None:
        return None
    return ReleaseTruth(
        node=int(run.network.node_code[release.node]),
        station=release.station,
        mass_kg=release.mass_kg,
        from_minute=release.from_minute,
        to_minute=release.to_minute,
    )


def _pollution(run: StormRun) -> tuple[Episode, ...]:
    targets = {device.code: device.target for device in run.devices}
    columns = (run.rehearsal.added_mg_l + BACKGROUND_AMMONIA_MG_L).T
    found = (
        _episode(column, AMMONIA_LIMIT_MG_L, targets[station], station)
        for station, column in zip(run.rehearsal.station, columns, strict=True)
    )
    return tuple(episode for episode in found if episode)


def _floods(run: StormRun) -> tuple[Episode, ...]:
    gauges = {d.target: d.code for d in sorted(run.devices, key=_falling) if d.klass == "8502"}
    found = (
        _episode(column, FLOOD_DEPTH_M, road, gauges.get(road, 0))
        for road, column in zip(run.stage.roads.tolist(), run.rehearsal.road_m.T, strict=True)
    )
    return tuple(episode for episode in found if episode)


def _leak(site: Site | None) -> Episode | None:
    if site is None:
        return None
    course = np.array([leak_lel(minute) for minute in range(HORIZON_MIN + 1)])
    return _episode(course, GAS_LIMIT_LEL, site.target, site.device)


def _intrusion(site: Site | None) -> Episode | None:
    if site is None:
        return None
    first, last = INTRUSION_MINUTES
    return Episode(
        entity=site.target, device=site.device, first_minute=first, last_minute=last, highest=1.0
    )


def _levels(run: StormRun) -> tuple[LevelTruth, ...]:
    nodes = run.rehearsal.water_node
    return tuple(
        LevelTruth(
            entity=code,
            usual_m=float(course[0]),
            highest_m=float(course.max()),
            highest_minute=int(course.argmax()),
        )
        for code, course in zip(
            run.network.node_code[nodes].tolist(), run.rehearsal.level_m.T, strict=True
        )
    )


def _episode(course: Floats, limit: float, entity: int, device: int) -> Episode | None:
    over = np.flatnonzero(course >= limit)
    if not len(over):
        return None
    return Episode(
        entity=entity,
        device=device,
        first_minute=int(over[0]),
        last_minute=int(over[-1]),
        highest=float(course.max()),
    )


def _falling(device: DemoDevice) -> int:
    return -device.code
